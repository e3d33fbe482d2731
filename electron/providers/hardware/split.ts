import {
  type EditableHardware,
  type HardwareEdit,
  type HardwareReason,
  hardwareEditSchema,
  type Reason,
} from '../../../shared/model/index.ts'
import { isAsWanted } from './is-as-wanted.ts'

/** An edit of several fields of which a running machine can take some now, and the others only with its next start. */
export interface Split {
  /** What it can take now. */
  readonly now: HardwareEdit
  /** Their names as changes that wait have them: `nic.linkUp`. */
  readonly fields: readonly string[]
  readonly rest: ReadonlyArray<{ readonly field: string; readonly reason: Reason }>
}

interface Fields {
  /** Before the names of its fields among changes that wait. */
  readonly prefix: string
  readonly names: readonly string[]
}

const FIELDS: Partial<Readonly<Record<HardwareEdit['edit'], Fields>>> = {
  setVcpus: { prefix: '', names: ['vcpus', 'maxVcpus'] },
  setMemory: { prefix: '', names: ['memoryKiB', 'maxMemoryKiB'] },
  setTune: { prefix: 'tune.', names: ['cpuShares', 'cpuQuotaPercent', 'memoryHardLimitKiB', 'memorySoftLimitKiB', 'ioWeight'] },
  changeDisk: { prefix: 'disk.', names: ['bus', 'cache', 'discard', 'readOnly', 'shareable', 'limits'] },
  changeNic: { prefix: 'nic.', names: ['linkUp', 'source', 'model', 'filter', 'limits'] },
}

/** Without these it is no edit. */
const ALWAYS: readonly string[] = ['edit', 'device', 'vcpus', 'memoryKiB']

/** Refusals that the next start ends. Any other, of any field, is one of the whole edit. */
const WAITS: ReadonlySet<string> = new Set<HardwareReason>([
  'hardware.next-start-only',
  'hardware.default-next-start',
  'hardware.vcpus-over-maximum',
  'hardware.vcpus-not-removable',
  'hardware.vcpu-unplug-emulated',
  'hardware.memory-over-maximum',
  'hardware.no-balloon',
])

function only(edit: HardwareEdit, names: readonly string[]): HardwareEdit {
  return hardwareEditSchema.parse(
    Object.fromEntries(Object.entries(edit).filter(([name]) => ALWAYS.includes(name) || names.includes(name))),
  )
}

/**
 * Splits an edit by its fields. `judged` says why a part cannot be done to the machine that runs. Null: it cannot be split, as all of it counts
 * at the same time, or something else is wrong with it.
 */
export function splitOf(edit: HardwareEdit, running: EditableHardware | null, judged: (part: HardwareEdit) => Reason | null): Split | null {
  const known = FIELDS[edit.edit]
  if (!known || !running) return null
  const fields: string[] = []
  const rest: Array<Split['rest'][number]> = []
  for (const name of known.names.filter((each) => each in edit)) {
    const part = only(edit, [name])
    const reason = judged(part)
    if (reason && !WAITS.has(reason.code)) return null
    if (reason) rest.push({ field: `${known.prefix}${name}`, reason })
    else if (isAsWanted(part, running) !== true) fields.push(name)
  }
  if (fields.length === 0 || rest.length === 0) return null
  return { now: only(edit, fields), fields: fields.map((name) => `${known.prefix}${name}`), rest }
}
