import { type EditableHardware, type HardwareEdit, hardwareReason, type NicSpec, type Reason } from '../../../../shared/model/index.ts'
import { at, attributeOf, parseXml, type XmlElement } from '../../../xml/index.ts'
import { type EditOf, nextStartOnly, noSuchDevice, type Which } from '../../hardware/index.ts'
import { isQ35 } from '../build/guests.ts'
import { bringsController, hasController } from './controllers.ts'
import { keyedDevices } from './device-keys.ts'
import { frozenFile, invalidXml, takenFrom } from './refusals.ts'
import { domainOf, type Situation } from './situation.ts'

type DeviceEdit = Exclude<
  HardwareEdit,
  { edit: 'setVcpus' | 'setCpu' | 'setMemory' | 'setBoot' | 'setPinning' | 'setNuma' | 'setTune' | 'setDefinition' }
>

/** Buses that QEMU plugs disks into, and out of, while a machine runs (qemuDomainAttachDeviceDiskLive). */
const HOT_BUSES: ReadonlySet<string> = new Set(['virtio', 'scsi', 'usb'])
/** Kinds of devices that libvirt plugs in while a machine runs, and takes out again (qemuDomainAttachDeviceLive). */
const HOT_KINDS: ReadonlySet<string> = new Set([
  'disk',
  'interface',
  'hostdev',
  'lease',
  'redirdev',
  'rng',
  'memory',
  'channel',
  'serial',
  'console',
  'shmem',
  'watchdog',
  'vsock',
  'input',
  'filesystem',
])
/** Of which libvirt changes something while a machine runs (qemuDomainUpdateDeviceLive); of a disk only what is in it, of a display its password. */
const LIVE_UPDATES: ReadonlySet<string> = new Set(['interface', 'memory'])

/** The same as `judge`, of edits that are about one device. */
export function judgeDevice(edit: DeviceEdit, which: Which, hardware: EditableHardware, now: Situation): Reason | null {
  switch (edit.edit) {
    case 'addDisk':
      return addDisk(edit, which, now)
    case 'addDrive':
      return addDrive(edit, which, now)
    case 'addNic':
      return addNic(edit, which, hardware, now)
    case 'addHostDevice':
      return addHostDevice(edit, now) ?? (now.facts.hostDevice?.kind === 'pci' ? freePort(which, now) : null)
    case 'addDevice':
      return addDevice(edit, which, now)
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

function element(key: string, which: Which, now: Situation): XmlElement | undefined {
  return keyedDevices(at(domainOf(now, which), 'devices')).find((device) => device.key === key)?.element
}

function volume({ name, host }: Situation): Reason | null {
  if (!host.volume?.place) return null
  const { pool, volume: named } = host.volume.place
  switch (host.volume.state) {
    case 'missing':
      return hardwareReason('hardware.volume-missing', { pool, volume: named })
    case 'taken':
      return hardwareReason('hardware.name-taken', { pool, volume: named })
    case 'unsupported':
      return hardwareReason('hardware.volume-unsupported', { name, pool, volume: named })
    case 'there':
    case 'to-make':
      return null
    default:
      return host.volume.state satisfies never
  }
}

function addDisk(edit: EditOf<'addDisk'>, which: Which, now: Situation): Reason | null {
  const { disk, readOnly } = edit
  const { host, name, facts } = now
  const problem = volume(now)
  if (problem) return problem
  if (!hasBus(disk.bus, which, now)) return hardwareReason('hardware.bus-not-offered', { bus: disk.bus })
  const source = facts.file?.source
  const path = source && 'path' in source ? source.path : `${host.volume?.place?.pool}/${host.volume?.place?.volume}`
  if (now[which]?.disks.some((each) => each.source === path)) return hardwareReason('hardware.volume-own', { name, volume: path })
  if (host.users.length > 0 && !readOnly) {
    return hardwareReason('hardware.volume-in-use', { machines: host.users.join(', '), volume: host.volume?.place?.volume ?? path })
  }
  if (host.frozen) return frozenFile(host.frozen)
  if (which === 'kept') return null
  if (!HOT_BUSES.has(disk.bus)) return hardwareReason('hardware.bus-not-hot-pluggable', { bus: disk.bus, name })
  return disk.bus === 'virtio' || bringsController(edit, domainOf(now, 'running')) ? freePort(which, now) : null
}

/** A machine without USB has none, whatever its type could have. */
function hasBus(bus: string, which: Which, now: Situation): boolean {
  return now.host.hasBus(bus) && (bus !== 'usb' || hasController(domainOf(now, which), 'usb'))
}

/** On a q35 a device is plugged into a root port of its own; they cannot be added while it runs. */
function freePort(which: Which, now: Situation): Reason | null {
  const domain = domainOf(now, which)
  if (which === 'kept' || !isQ35(attributeOf(at(domain, 'os', 'type'), 'machine') ?? '')) return null
  const devices = at(domain, 'devices')?.children ?? []
  const used = new Set(
    devices.flatMap((device) => {
      const { type, bus } = at(device, 'address')?.attributes ?? {}
      return type === 'pci' && bus !== undefined ? [Number(bus)] : []
    }),
  )
  const ports = devices.filter(
    ({ name, attributes }) => name === 'controller' && attributes.type === 'pci' && attributes.model === 'pcie-root-port',
  )
  const free = ports.filter(({ attributes }) => !used.has(Number(attributes.index)))
  return free.length > 0 ? null : hardwareReason('hardware.no-free-port', { name: now.name })
}

function addDrive({ bus }: EditOf<'addDrive'>, which: Which, now: Situation): Reason | null {
  if (bus === 'virtio') return hardwareReason('hardware.bus-not-for-drives', { bus })
  if (!hasBus(bus, which, now)) return hardwareReason('hardware.bus-not-offered', { bus })
  return volume(now) ?? (which === 'running' ? hardwareReason('hardware.drive-not-hot-pluggable', { name: now.name }) : null)
}

function wire(source: NicSpec['source'] | undefined, which: Which, { host: { wires } }: Situation): Reason | null {
  if (!source || !wires) return null
  if (source.kind === 'network') {
    const network = wires.networks.find(({ name }) => name === source.network)
    if (!network) return hardwareReason('hardware.network-missing', { network: source.network })
    return which === 'running' && !network.active ? hardwareReason('hardware.network-off', { network: source.network }) : null
  }
  if (!wires.knowsAll) return null
  const device = source.kind === 'bridge' ? source.bridge : source.device
  const known = source.kind === 'bridge' ? wires.bridges.map(({ name }) => name) : wires.devices
  return known.includes(device) ? null : hardwareReason('hardware.bridge-missing', { device })
}

function filterIn(filter: string | null | undefined, { host: { filters } }: Situation): Reason | null {
  return typeof filter === 'string' && filters && !filters.includes(filter) ? hardwareReason('hardware.filter-missing', { filter }) : null
}

function addNic({ nic, filter }: EditOf<'addNic'>, which: Which, hardware: EditableHardware, now: Situation): Reason | null {
  const { mac } = nic
  if (mac !== null && hardware.nics.some((each) => each.mac.toLowerCase() === mac.toLowerCase()))
    return hardwareReason('hardware.mac-taken', { mac })
  return wire(nic.source, which, now) ?? filterIn(filter, now) ?? freePort(which, now)
}

function addHostDevice({ hostDevice }: EditOf<'addHostDevice'>, { host, facts }: Situation): Reason | null {
  const offered = host.hostDevices.find(({ name }) => name === hostDevice)
  if (!facts.hostDevice || !offered) return hardwareReason('hardware.host-device-missing', { device: hostDevice })
  return offered.reason
}

function whole(xml: string): Reason | null {
  try {
    parseXml(xml)
    return null
  } catch (error) {
    return invalidXml(error)
  }
}

function addDevice({ xml }: EditOf<'addDevice'>, which: Which, now: Situation): Reason | null {
  const problem = whole(xml) ?? takenFrom(now.host)
  if (problem) return problem
  const device = parseXml(xml)
  const [keyed] = keyedDevices({ name: 'devices', attributes: {}, children: [device], text: '' })
  const isNamed = ['disk', 'interface', 'hostdev'].includes(device.name)
  if (isNamed && keyed && element(keyed.key, which, now))
    return hardwareReason('hardware.device-taken', { name: now.name, device: keyed.key })
  return which === 'running' ? pluggable(device, now) : null
}

function pluggable(device: XmlElement, now: Situation): Reason | null {
  return hotPluggable(device, now) ?? (isOnPci(device) ? freePort('running', now) : null)
}

const ON_PCI: ReadonlySet<string> = new Set(['interface', 'rng', 'vsock', 'filesystem', 'shmem', 'controller'])

function isOnPci(device: XmlElement): boolean {
  if (device.name === 'disk') return attributeOf(at(device, 'target'), 'bus') === 'virtio'
  if (device.name === 'hostdev') return attributeOf(device, 'type') === 'pci'
  return ON_PCI.has(device.name) || (device.name === 'input' && attributeOf(device, 'bus') === 'virtio')
}

function isDrive(device: XmlElement): boolean {
  return device.name === 'disk' && ['cdrom', 'floppy'].includes(attributeOf(device, 'device') ?? '')
}

function hotPluggable(device: XmlElement, { name }: Situation): Reason | null {
  if (isDrive(device)) return hardwareReason('hardware.drive-not-hot-pluggable', { name })
  const isScsi = device.name === 'controller' && attributeOf(device, 'type') === 'scsi'
  if (!HOT_KINDS.has(device.name) && !isScsi) return hardwareReason('hardware.device-not-hot-pluggable', { kind: device.name, name })
  const bus = attributeOf(at(device, 'target'), 'bus')
  if (device.name === 'disk' && bus !== null && !HOT_BUSES.has(bus)) {
    return hardwareReason('hardware.bus-not-hot-pluggable', { bus, name })
  }
  return null
}

function changeDisk(edit: EditOf<'changeDisk'>, which: Which, hardware: EditableHardware, now: Situation): Reason | null {
  const disk = hardware.disks.find(({ key }) => key === edit.device)
  if (!disk) return noSuchDevice(edit.device)
  if (edit.bus !== undefined && !hasBus(edit.bus, which, now)) return hardwareReason('hardware.bus-not-offered', { bus: edit.bus })
  if (edit.bus === 'virtio' && disk.device !== 'disk' && disk.device !== 'lun')
    return hardwareReason('hardware.bus-not-for-drives', { bus: edit.bus })
  if (which === 'kept') return null
  const differs = (['bus', 'cache', 'discard', 'readOnly', 'shareable'] as const).some(
    (field) => edit[field] !== undefined && edit[field] !== disk[field],
  )
  return differs ? nextStartOnly(now) : null
}

function resizeDisk({ device }: EditOf<'resizeDisk'>, which: Which, hardware: EditableHardware, now: Situation): Reason | null {
  const disk = hardware.disks.find(({ key }) => key === device)
  if (!disk || disk.source === null) return noSuchDevice(device)
  if (which === 'kept' && now.running?.disks.some(({ key }) => key === device)) return hardwareReason('hardware.resize-at-once')
  return null
}

function setMedia({ device }: EditOf<'setMedia'>, hardware: EditableHardware, now: Situation): Reason | null {
  const drive = hardware.disks.find(({ key }) => key === device)
  if (!drive) return noSuchDevice(device)
  if (drive.device !== 'cdrom' && drive.device !== 'floppy') return hardwareReason('hardware.not-a-drive', { device })
  return volume(now)
}

function changeNic(edit: EditOf<'changeNic'>, which: Which, hardware: EditableHardware, now: Situation): Reason | null {
  const card = hardware.nics.find(({ key }) => key === edit.device)
  if (!card) return noSuchDevice(edit.device)
  const problem = wire(edit.source, which, now) ?? filterIn(edit.filter, now)
  if (problem || which === 'kept') return problem
  if (edit.model !== undefined && edit.model !== card.model) return nextStartOnly(now)
  // A tap is moved from bridge to bridge; a macvtap is another device.
  const isMacvtap = (kind: string) => kind === 'direct' || kind === 'macvtap'
  return edit.source && isMacvtap(edit.source.kind) !== isMacvtap(card.kind) ? nextStartOnly(now) : null
}

function removeDevice({ device }: EditOf<'removeDevice'>, which: Which, now: Situation): Reason | null {
  const found = element(device, which, now)
  if (!found) return noSuchDevice(device)
  if (which === 'kept') return null
  return isDrive(found) ? hardwareReason('hardware.drive-removed-not') : hotPluggable(found, now)
}

function changeDevice({ device, xml }: EditOf<'changeDevice'>, which: Which, now: Situation): Reason | null {
  const problem = whole(xml)
  if (problem) return problem
  const before = element(device, which, now)
  if (!before) return noSuchDevice(device)
  const kind = parseXml(xml).name
  if (kind !== before.name) return hardwareReason('hardware.xml-other-device', { kind, device })
  const taken = takenFrom(now.host)
  if (taken) return taken
  const isChangeable = LIVE_UPDATES.has(kind) || isDrive(before)
  return which === 'running' && !isChangeable ? hardwareReason('hardware.device-not-hot-pluggable', { kind, name: now.name }) : null
}
