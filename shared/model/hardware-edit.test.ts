import { expect, test } from 'vitest'
import { type HardwareEditInput, hardwareEditSchema } from './hardware-edit.ts'

const CHANGES: readonly HardwareEditInput[] = [
  { edit: 'setVcpus', vcpus: 2 },
  { edit: 'setMemory', memoryKiB: 1_048_576 },
  { edit: 'setBoot', order: [] },
  { edit: 'setPinning', vcpus: [] },
  { edit: 'setTune', ioWeight: 100 },
  { edit: 'changeDisk', device: 'disk:vda', cache: 'none' },
  { edit: 'changeNic', device: 'nic:1', linkUp: false },
]

test.each(CHANGES.map((edit) => [edit.edit, edit] as const))(
  '%s: fields that are left out stay out, so that they stay as they are',
  (_name, edit) => {
    expect(hardwareEditSchema.parse(edit)).toEqual(edit)
  },
)
