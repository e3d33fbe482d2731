import { expect, test } from 'vitest'
import type { EditableDisk, EditableHardware, PendingChange } from '../../../shared/model/index.ts'
import { takenBack } from './inverse.ts'
import { hardware, view } from './testing/hardware.ts'

const [DISK, DRIVE] = hardware().disks as [EditableDisk, EditableDisk]
const change = (field: string, device: string | null = null): PendingChange => ({ device, field, running: 'was', kept: 'will' })
const between = (running: Partial<EditableHardware>, kept: Partial<EditableHardware> = {}) =>
  view({ running: hardware(running), kept: hardware(kept) })

test('a setting goes back to what runs', () => {
  const now = between({ vcpus: 1, memoryKiB: 1_024, maxMemoryKiB: 2_048, tune: { ...hardware().tune, ioWeight: 300 } })
  expect(takenBack(change('maxVcpus'), now)).toEqual({ edit: 'setVcpus', vcpus: 1, maxVcpus: 4 })
  expect(takenBack(change('memoryKiB'), now)).toEqual({ edit: 'setMemory', memoryKiB: 1_024, maxMemoryKiB: 2_048 })
  expect(takenBack(change('tune.ioWeight'), now)).toEqual({ edit: 'setTune', ioWeight: 300 })
  expect(takenBack(change('tune.cpuShares'), now)).toEqual({ edit: 'setTune', cpuShares: null })
  expect(takenBack(change('boot.order'), now)).toEqual({ edit: 'setBoot', order: ['disk:vda'], menu: false })
})

test('pins that only the next start has are taken off, those that run are put on again', () => {
  const now = between(
    { pinning: { vcpus: [{ vcpu: 0, cpus: '1' }], emulator: null } },
    { pinning: { vcpus: [{ vcpu: 1, cpus: '2' }], emulator: '0' } },
  )
  expect(takenBack(change('pinning.vcpus'), now)).toEqual({
    edit: 'setPinning',
    vcpus: [
      { vcpu: 0, cpus: '1' },
      { vcpu: 1, cpus: null },
    ],
    emulator: null,
  })
  expect(takenBack(change('numa'), now)).toEqual({ edit: 'setNuma', mode: 'strict', nodes: null })
})

test('a device that comes is removed, one that goes is added as it runs', () => {
  expect(takenBack({ ...change('device', 'disk:vdb'), running: null }, view())).toEqual({ edit: 'removeDevice', device: 'disk:vdb' })
  expect(takenBack({ ...change('device', 'rng:'), kept: null }, view())).toEqual({ edit: 'addDevice', xml: "<rng model='virtio'/>\n" })
})

test('a field of a device goes back alone; the file of a disk only by the history', () => {
  const now = between({
    disks: [
      { ...DISK, cache: 'none' },
      { ...DRIVE, source: '/iso/a.iso' },
    ],
  })
  expect(takenBack(change('disk.cache', 'disk:vda'), now)).toEqual({ edit: 'changeDisk', device: 'disk:vda', cache: 'none' })
  expect(takenBack(change('disk.source', 'disk:sda'), now)).toEqual({
    edit: 'setMedia',
    device: 'disk:sda',
    media: { path: '/iso/a.iso' },
    force: false,
  })
  expect(takenBack(change('disk.source', 'disk:vda'), now)).toBeNull()
  expect(takenBack(change('nic.source', 'nic:52:54:00:00:00:01'), now)).toEqual({
    edit: 'changeNic',
    device: 'nic:52:54:00:00:00:01',
    source: { kind: 'network', network: 'default' },
  })
  expect(takenBack(change('rng', 'rng:'), now)).toEqual({ edit: 'changeDevice', device: 'rng:', xml: "<rng model='virtio'/>\n" })
})

test('what no single edit takes back is left to the history', () => {
  expect(takenBack(change('cpu.mode'), view())).toBeNull()
  expect(takenBack(change('machineType'), view())).toBeNull()
  expect(takenBack(change('vcpus'), view({ running: null }))).toBeNull()
})
