import type { EditableDisk, EditableHardware, EditableNic, HardwareEdit } from '../../../shared/model/index.ts'
import type { EditOf } from './edit-of.ts'

/** Whether a definition is as an edit wants it; null: it cannot be told from it. */
export function isAsWanted(edit: HardwareEdit, now: EditableHardware): boolean | null {
  switch (edit.edit) {
    case 'setVcpus':
      return now.vcpus === edit.vcpus && (edit.maxVcpus === undefined || now.maxVcpus === edit.maxVcpus)
    case 'setMemory':
      return now.memoryKiB === edit.memoryKiB && (edit.maxMemoryKiB === undefined || now.maxMemoryKiB === edit.maxMemoryKiB)
    case 'setBoot':
      return JSON.stringify(now.boot.order) === JSON.stringify(edit.order) && (edit.menu === undefined || now.boot.menu === edit.menu)
    case 'setPinning':
      return isPinned(edit, now)
    case 'setNuma':
      return edit.nodes === null ? now.numa === null : now.numa?.mode === edit.mode && now.numa.nodes === edit.nodes
    case 'setTune':
      return (['cpuShares', 'memoryHardLimitKiB', 'memorySoftLimitKiB', 'ioWeight'] as const).every(
        (field) => edit[field] === undefined || now.tune[field] === edit[field],
      )
    case 'addDisk': {
      const { source } = edit.disk
      if (source.kind !== 'existing') return null
      return now.disks.some((disk) => disk.source?.split('/').at(-1) === source.volume)
    }
    case 'addNic':
      return edit.nic.mac === null ? null : now.nics.some(({ mac }) => mac.toLowerCase() === edit.nic.mac?.toLowerCase())
    case 'changeDisk':
      return ofDevice(now.disks, edit.device, (disk) => isDisk(edit, disk))
    case 'setMedia':
      return ofDevice(now.disks, edit.device, (drive) => holds(edit, drive))
    case 'changeNic':
      return ofDevice(now.nics, edit.device, (card) => isNic(edit, card))
    case 'removeDevice':
      return ![...now.disks, ...now.nics, ...now.others].some(({ key }) => key === edit.device)
    case 'setCpu':
      return isCpu(edit, now)
    case 'addDrive':
    case 'addHostDevice':
    case 'addDevice':
    case 'changeDevice':
    case 'setDefinition':
    case 'resizeDisk':
      return null
    default:
      return edit satisfies never
  }
}

function ofDevice<T extends { readonly key: string }>(
  devices: readonly T[],
  key: string,
  is: (device: T) => boolean | null,
): boolean | null {
  const device = devices.find((each) => each.key === key)
  return device ? is(device) : false
}

function isCpu({ cpu }: EditOf<'setCpu'>, now: EditableHardware): boolean {
  const text = (topology: EditableHardware['cpu']['topology']) => topology && [topology.sockets, topology.cores, topology.threads].join('×')
  const isModel = cpu.mode !== 'custom' || now.cpu.model === cpu.model
  return now.cpu.mode === cpu.mode && isModel && now.maxVcpus === cpu.vcpus && text(now.cpu.topology) === text(cpu.topology)
}

function isPinned({ vcpus, emulator }: EditOf<'setPinning'>, { pinning }: EditableHardware): boolean {
  const now = new Map(pinning.vcpus.map(({ vcpu, cpus }) => [vcpu, cpus]))
  const isEmulator = emulator === undefined || pinning.emulator === emulator
  return isEmulator && vcpus.every(({ vcpu, cpus }) => (now.get(vcpu) ?? null) === cpus)
}

function isDisk(edit: EditOf<'changeDisk'>, disk: EditableDisk): boolean {
  const same = (['bus', 'cache', 'discard', 'readOnly', 'shareable'] as const).every(
    (field) => edit[field] === undefined || edit[field] === disk[field],
  )
  return same && (edit.limits === undefined || JSON.stringify(edit.limits) === JSON.stringify(disk.limits))
}

function holds({ media }: EditOf<'setMedia'>, { source }: EditableDisk): boolean {
  if (media === null) return source === null
  return 'path' in media ? source === media.path : source?.split('/').at(-1) === media.volume
}

function isNic({ linkUp, source, model, filter, limits }: EditOf<'changeNic'>, card: EditableNic): boolean {
  const name = source && (source.kind === 'network' ? source.network : source.kind === 'bridge' ? source.bridge : source.device)
  return (
    (linkUp === undefined || card.linkUp === linkUp) &&
    (name === undefined || card.source === name) &&
    (model === undefined || card.model === model) &&
    (filter === undefined || card.filter === filter) &&
    (limits === undefined || JSON.stringify(limits) === JSON.stringify(card.limits))
  )
}
