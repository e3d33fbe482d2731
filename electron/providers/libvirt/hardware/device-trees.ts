import type { HardwareEdit, IoLimits, NicLimits } from '../../../../shared/model/index.ts'
import type { EditOf } from '../../hardware/index.ts'
import { setDiskFile } from '../build/copy-devices.ts'
import { cdElement, DiskNames, diskElement } from '../build/disk-xml.ts'
import { nicElement } from '../build/nic-xml.ts'
import {
  attribute,
  child,
  children,
  element,
  insert,
  parseTree,
  removeAll,
  removeAttribute,
  replace,
  setAttribute,
  type Tree,
  textElement,
} from '../build/xml-tree.ts'
import type { EditFacts } from './edit-facts.ts'
import { IO_LIMIT_KEYS, IO_LIMITS } from './limits.ts'
import type { NodeDevice } from './node-device.ts'

/** Devices as an edit makes or changes them. */

const INSIDE_DEVICE = 1

/** The device that an edit adds, as it goes into both definitions; null: the edit adds none, or what it names is not there. */
export function addedDevice(edit: HardwareEdit, facts: EditFacts): Tree | null {
  switch (edit.edit) {
    case 'addDisk':
      return addedDisk(edit, facts)
    case 'addDrive':
      return addedDrive(edit, facts)
    case 'addNic':
      return addedNic(edit)
    case 'addHostDevice':
      return facts.hostDevice && hostDeviceElement(facts.hostDevice)
    case 'addDevice':
      return parseTree(edit.xml)
    default:
      return null
  }
}

function addedDisk({ disk, readOnly }: EditOf<'addDisk'>, { file, targets }: EditFacts): Tree | null {
  if (!file) return null
  const target = new DiskNames(targets).next(disk.bus)
  const tree = diskElement(file, disk, { target, bootOrder: null, ioThread: null })
  if (readOnly) tree.nodes = [...tree.nodes, element('readonly')]
  return tree
}

function addedDrive({ bus, media }: EditOf<'addDrive'>, { file, targets }: EditFacts): Tree | null {
  const target = new DiskNames(targets).next(bus)
  if (media === null) {
    return element(
      'disk',
      { type: 'file', device: 'cdrom' },
      element('driver', { name: 'qemu', type: 'raw' }),
      element('target', { dev: target, bus }),
      element('readonly'),
    )
  }
  return file && cdElement(file, bus, target)
}

function addedNic({ nic, filter, limits }: EditOf<'addNic'>): Tree {
  const card = nicElement(nic, nic.mac ?? undefined, null)
  const more = [filter === null ? null : element('filterref', { filter }), bandwidth(limits)]
  card.nodes = [...card.nodes, ...more.filter((tree) => tree !== null)]
  return card
}

/** A PCI device is taken from its driver while the machine runs, and given back (managed='yes'). */
function hostDeviceElement({ kind, address, usb }: NodeDevice): Tree {
  if (kind === 'mdev') {
    const device = element('hostdev', { mode: 'subsystem', type: 'mdev', model: 'vfio-pci' })
    device.nodes = [element('source', {}, element('address', { uuid: address }))]
    return device
  }
  if (kind === 'usb' && usb) {
    const ids = [element('vendor', { id: usb.vendorId }), element('product', { id: usb.productId })]
    // where it is plugged in now: of two alike it is the one that was chosen
    const place = element('address', { bus: usb.bus, device: usb.device })
    return element('hostdev', { mode: 'subsystem', type: 'usb', managed: 'yes' }, element('source', {}, ...ids, place))
  }
  const [domain = '0', bus = '0', rest = '0.0'] = address.split(':')
  const [slot = '0', fn = '0'] = rest.split('.')
  const place = { domain: `0x${domain}`, bus: `0x${bus}`, slot: `0x${slot}`, function: `0x${fn}` }
  return element('hostdev', { mode: 'subsystem', type: 'pci', managed: 'yes' }, element('source', {}, element('address', place)))
}

function bandwidth({ inbound, outbound }: NicLimits): Tree | null {
  if (!inbound && !outbound) return null
  const direction = (name: string, rate: NicLimits['inbound']) =>
    rate && element(name, { average: rate.averageKiBPerS, peak: rate.peakKiBPerS, burst: rate.burstKiB })
  return element('bandwidth', {}, direction('inbound', inbound), direction('outbound', outbound))
}

/** Changes a device in its place as an edit wants it; what the edit does not name stays. False: the edit changes no device. */
export function changeDevice(device: Tree, edit: HardwareEdit, { file }: EditFacts): boolean {
  switch (edit.edit) {
    case 'changeDisk':
      changeDisk(device, edit)
      return true
    case 'setMedia':
      setMedia(device, file)
      return true
    case 'changeNic':
      changeNic(device, edit)
      return true
    default:
      return false
  }
}

function changeDisk(disk: Tree, { bus, cache, discard, readOnly, shareable, limits }: EditOf<'changeDisk'>): void {
  const driver = child(disk, 'driver') ?? insert(disk, element('driver', { name: 'qemu' }), INSIDE_DEVICE)
  if (cache !== undefined) setOrRemove(driver, 'cache', cache === 'default' ? null : cache)
  if (discard !== undefined) setOrRemove(driver, 'discard', discard ? 'unmap' : null)
  flag(disk, 'readonly', readOnly)
  flag(disk, 'shareable', shareable)
  if (limits !== undefined) setChild(disk, 'iotune', ioTune(limits))
  const target = child(disk, 'target')
  if (bus === undefined || !target || attribute(target, 'bus') === bus) return
  setAttribute(target, 'bus', bus)
  removeAttribute(driver, 'iothread')
  // its place on the old bus
  for (const gone of ['address', 'alias']) removeAll(disk, gone)
}

/** Of the definition only: the name of a disk on its new bus, where the old one belongs to another. */
export function renameTarget(disk: Tree, bus: string, targets: readonly string[]): void {
  const target = child(disk, 'target')
  const name = attribute(target, 'dev') ?? ''
  const next = new DiskNames(targets.filter((each) => each !== name)).next(bus)
  if (target && name.slice(0, 2) !== next.slice(0, 2)) setAttribute(target, 'dev', next)
}

function ioTune(limits: IoLimits): Tree | null {
  const set = IO_LIMIT_KEYS.flatMap((key) => (limits[key] === null ? [] : [textElement(IO_LIMITS[key], String(limits[key]))]))
  return set.length === 0 ? null : element('iotune', {}, ...set)
}

function setMedia(drive: Tree, file: EditFacts['file']): void {
  if (file) {
    setDiskFile(drive, { ...file, format: 'raw' })
    return
  }
  for (const gone of ['source', 'backingStore']) removeAll(drive, gone)
}

function changeNic(card: Tree, { linkUp, source, model, filter, limits }: EditOf<'changeNic'>): void {
  if (linkUp !== undefined)
    setChild(card, 'link', linkUp && !child(card, 'link') ? null : element('link', { state: linkUp ? 'up' : 'down' }))
  if (model !== undefined && attribute(child(card, 'model'), 'type') !== model) {
    setChild(card, 'model', element('model', { type: model }))
    for (const gone of ['address', 'driver', 'alias']) removeAll(card, gone)
  }
  if (source !== undefined) {
    const like = nicElement({ source, vlan: null, model: model ?? 'virtio', mac: null }, undefined, null)
    setAttribute(card, 'type', attribute(like, 'type') ?? 'network')
    // names of its other end on the host, and what a switch knows its port by
    for (const gone of ['target', 'virtualport']) removeAll(card, gone)
    setChild(card, 'source', child(like, 'source') ?? null)
    const port = child(like, 'virtualport')
    if (port) insert(card, port, INSIDE_DEVICE)
  }
  if (filter !== undefined) setChild(card, 'filterref', filter === null ? null : element('filterref', { filter }))
  if (limits !== undefined) setChild(card, 'bandwidth', bandwidth(limits))
}

function setChild(parent: Tree, name: string, next: Tree | null): void {
  const [first] = children(parent, name)
  if (!next) removeAll(parent, name)
  else if (first) replace(parent, first, next)
  else insert(parent, next, INSIDE_DEVICE)
}

function setOrRemove(tree: Tree, name: string, value: string | null): void {
  if (value === null) removeAttribute(tree, name)
  else setAttribute(tree, name, value)
}

function flag(parent: Tree, name: string, isSet: boolean | undefined): void {
  if (isSet !== undefined) setChild(parent, name, isSet ? element(name) : null)
}
