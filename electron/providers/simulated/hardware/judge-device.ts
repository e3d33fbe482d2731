import { type EditableHardware, type HardwareEdit, hardwareReason, type NicSpec, type Reason } from '../../../../shared/model/index.ts'
import { type EditOf, nextStartOnly, noSuchDevice, type Which } from '../../hardware/index.ts'
import { optionsOf } from '../build/options.ts'
import { child, parseTree, type Tree } from './definition-tree.ts'
import { deviceOf } from './device-keys.ts'
import { notWhole, type Situation } from './situation.ts'

type DeviceEdit = Exclude<
  HardwareEdit,
  { edit: 'setVcpus' | 'setCpu' | 'setMemory' | 'setBoot' | 'setPinning' | 'setNuma' | 'setTune' | 'setDefinition' }
>

const HOT_BUSES: ReadonlySet<string> = new Set(['virtio', 'scsi', 'usb'])
const HOT_KINDS: ReadonlySet<string> = new Set([
  'disk',
  'interface',
  'hostdev',
  'redirdev',
  'rng',
  'memory',
  'channel',
  'watchdog',
  'input',
])
const LIVE_UPDATES: ReadonlySet<string> = new Set(['disk', 'interface', 'graphics', 'memory'])

/** The same as `judge`, of edits that are about one device. */
export function judgeDevice(edit: DeviceEdit, which: Which, hardware: EditableHardware, now: Situation): Reason | null {
  switch (edit.edit) {
    case 'addDisk':
      return addDisk(edit, which, hardware, now)
    case 'addDrive':
      return addDrive(edit, which, now)
    case 'addNic':
      return addNic(edit, which, hardware, now)
    case 'addHostDevice': {
      const offered = now.options.hostDevices.find(({ name }) => name === edit.hostDevice)
      return offered ? offered.reason : hardwareReason('hardware.host-device-missing', { device: edit.hostDevice })
    }
    case 'addDevice':
      return notWhole(edit.xml) ?? (which === 'running' ? hotPluggable(parseTree(edit.xml), now) : null)
    case 'changeDisk':
      return changeDisk(edit, which, hardware, now)
    case 'resizeDisk':
      return resizeDisk(edit, which, hardware, now)
    case 'setMedia':
      return setMedia(edit, hardware, now)
    case 'changeNic':
      return changeNic(edit, which, hardware, now)
    case 'removeDevice':
      return removeDevice(edit, which, now)
    case 'changeDevice':
      return changeDevice(edit, which, now)
    default:
      return edit satisfies never
  }
}

/** A volume that is there, or that can be made. */
function volume(place: { readonly pool: string; readonly volume: string }, isNew: boolean, { world, machine }: Situation): Reason | null {
  const { hostRef } = machine.facts
  const pool = world.host(hostRef).pools.get(`${hostRef}/${place.pool}`)
  const found = pool?.active ? world.volumes.find(hostRef, place) : null
  if (!pool?.active || (!isNew && !found)) return hardwareReason('hardware.volume-missing', place)
  return isNew && found ? hardwareReason('hardware.name-taken', place) : null
}

function addDisk(
  { disk, name: named, readOnly }: EditOf<'addDisk'>,
  which: Which,
  hardware: EditableHardware,
  now: Situation,
): Reason | null {
  const { source, bus } = disk
  const isNew = source.kind !== 'existing'
  const place = { pool: source.pool, volume: source.kind === 'existing' ? source.volume : (named ?? '') }
  const problem = place.volume === '' ? null : volume(place, isNew, now)
  if (problem) return problem
  if (!now.options.diskBuses.includes(bus)) return hardwareReason('hardware.bus-not-offered', { bus })
  const path = now.facts.file?.path ?? ''
  if (hardware.disks.some((each) => each.source === path)) return hardwareReason('hardware.volume-own', { name: now.name, volume: path })
  const users = isNew ? [] : now.world.volumes.usersOf(now.machine.facts.hostRef, place).filter((each) => each !== now.name)
  if (users.length > 0 && !readOnly) return hardwareReason('hardware.volume-in-use', { machines: users.join(', '), volume: place.volume })
  return which === 'running' && !HOT_BUSES.has(bus) ? hardwareReason('hardware.bus-not-hot-pluggable', { bus, name: now.name }) : null
}

function addDrive({ bus, media }: EditOf<'addDrive'>, which: Which, now: Situation): Reason | null {
  if (bus === 'virtio') return hardwareReason('hardware.bus-not-for-drives', { bus })
  if (!now.options.diskBuses.includes(bus)) return hardwareReason('hardware.bus-not-offered', { bus })
  const problem = media && 'pool' in media ? volume(media, false, now) : null
  return problem ?? (which === 'running' ? hardwareReason('hardware.drive-not-hot-pluggable', { name: now.name }) : null)
}

function wire(source: NicSpec['source'] | undefined, which: Which, { world, machine }: Situation): Reason | null {
  if (!source) return null
  const { networks, bridges, devices } = optionsOf(world, machine.facts.hostRef)
  if (source.kind === 'network') {
    const { network } = source
    const found = networks.find(({ name }) => name === network)
    if (!found) return hardwareReason('hardware.network-missing', { network })
    return which === 'running' && !found.active ? hardwareReason('hardware.network-off', { network }) : null
  }
  const device = source.kind === 'bridge' ? source.bridge : source.device
  const known = source.kind === 'bridge' ? bridges.map(({ name }) => name) : devices
  return known.includes(device) ? null : hardwareReason('hardware.bridge-missing', { device })
}

function filterIn(filter: string | null | undefined, { options }: Situation): Reason | null {
  return typeof filter === 'string' && !options.filters.includes(filter) ? hardwareReason('hardware.filter-missing', { filter }) : null
}

function addNic({ nic, filter }: EditOf<'addNic'>, which: Which, { nics }: EditableHardware, now: Situation): Reason | null {
  const mac = nic.mac?.toLowerCase()
  if (mac !== undefined && nics.some((each) => each.mac.toLowerCase() === mac)) return hardwareReason('hardware.mac-taken', { mac })
  return wire(nic.source, which, now) ?? filterIn(filter, now)
}

function isDrive(device: Tree): boolean {
  return device.name === 'disk' && (device.attributes.device === 'cdrom' || device.attributes.device === 'floppy')
}

function hotPluggable(device: Tree, { name }: Situation): Reason | null {
  if (isDrive(device)) return hardwareReason('hardware.drive-not-hot-pluggable', { name })
  if (!HOT_KINDS.has(device.name)) return hardwareReason('hardware.device-not-hot-pluggable', { kind: device.name, name })
  const bus = child(device, 'target')?.attributes.bus
  return device.name === 'disk' && bus !== undefined && !HOT_BUSES.has(bus)
    ? hardwareReason('hardware.bus-not-hot-pluggable', { bus, name })
    : null
}

function changeDisk(edit: EditOf<'changeDisk'>, which: Which, { disks }: EditableHardware, now: Situation): Reason | null {
  const disk = disks.find(({ key }) => key === edit.device)
  if (!disk) return noSuchDevice(edit.device)
  const { bus } = edit
  if (bus !== undefined && !now.options.diskBuses.includes(bus)) return hardwareReason('hardware.bus-not-offered', { bus })
  if (bus === 'virtio' && disk.device !== 'disk') return hardwareReason('hardware.bus-not-for-drives', { bus })
  const differs = (['bus', 'cache', 'discard', 'readOnly', 'shareable'] as const).some(
    (field) => edit[field] !== undefined && edit[field] !== disk[field],
  )
  return which === 'running' && differs ? nextStartOnly(now) : null
}

function resizeDisk({ device, capacityBytes }: EditOf<'resizeDisk'>, which: Which, { disks }: EditableHardware, now: Situation) {
  const disk = disks.find(({ key }) => key === device)
  if (!disk || disk.source === null) return noSuchDevice(device)
  if (disk.capacityBytes !== null && capacityBytes < disk.capacityBytes) return hardwareReason('hardware.cannot-shrink')
  if (disk.place === null) return hardwareReason('hardware.nothing-to-resize', { device })
  return which === 'kept' && now.running?.disks.some(({ key }) => key === device) ? hardwareReason('hardware.resize-at-once') : null
}

function setMedia({ device, media }: EditOf<'setMedia'>, { disks }: EditableHardware, now: Situation): Reason | null {
  const drive = disks.find(({ key }) => key === device)
  if (!drive) return noSuchDevice(device)
  if (drive.device !== 'cdrom' && drive.device !== 'floppy') return hardwareReason('hardware.not-a-drive', { device })
  return media && 'pool' in media ? volume(media, false, now) : null
}

function changeNic(edit: EditOf<'changeNic'>, which: Which, { nics }: EditableHardware, now: Situation): Reason | null {
  const card = nics.find(({ key }) => key === edit.device)
  if (!card) return noSuchDevice(edit.device)
  const problem = wire(edit.source, which, now) ?? filterIn(edit.filter, now)
  if (problem || which === 'kept') return problem
  if (edit.model !== undefined && edit.model !== card.model) return nextStartOnly(now)
  return edit.source && (edit.source.kind === 'macvtap') !== (card.kind === 'direct') ? nextStartOnly(now) : null
}

function removeDevice({ device }: EditOf<'removeDevice'>, which: Which, now: Situation): Reason | null {
  const domain = now.trees[which]
  const found = domain && deviceOf(domain, device)
  if (!found) return noSuchDevice(device)
  if (which === 'kept') return null
  return isDrive(found) ? hardwareReason('hardware.drive-removed-not') : hotPluggable(found, now)
}

function changeDevice({ device, xml }: EditOf<'changeDevice'>, which: Which, now: Situation): Reason | null {
  const invalid = notWhole(xml)
  if (invalid) return invalid
  const domain = now.trees[which]
  const before = domain && deviceOf(domain, device)
  if (!before) return noSuchDevice(device)
  const kind = parseTree(xml).name
  if (kind !== before.name) return hardwareReason('hardware.xml-other-device', { kind, device })
  return which === 'running' && !LIVE_UPDATES.has(kind)
    ? hardwareReason('hardware.device-not-hot-pluggable', { kind, name: now.name })
    : null
}
