import type { EditableDisk, HardwareEdit, NicSpec, VolumePlace } from '../../../../shared/model/index.ts'
import type { EditOf } from '../../hardware/index.ts'
import { child, childrenOf, element, need, parseTree, put, type Tree } from './definition-tree.ts'
import { deviceOf, keyedDevices } from './device-keys.ts'
import type { OfferedDevice } from './host-devices.ts'
import { writeIoLimits, writeNicLimits } from './limits.ts'

/** What an edit names, as it was found on the host. */
export interface EditFacts {
  /** The volume or file, with its path and format; null: it names none, or it is not there. */
  readonly file: { readonly path: string; readonly format: string; readonly place: VolumePlace | null } | null
  readonly hostDevice: OfferedDevice | null
  /** For a card that brings no address of its own. */
  readonly mac: string
  /** Names of disks that are taken in either definition. */
  readonly targets: ReadonlySet<string>
}

const PREFIXES: Readonly<Record<string, string>> = { virtio: 'vd', ide: 'hd' }

function nextTarget(bus: string, taken: ReadonlySet<string>): string {
  const prefix = PREFIXES[bus] ?? 'sd'
  for (let at = 0; ; at++) {
    const name = `${prefix}${at < 26 ? '' : String.fromCodePoint(96 + Math.floor(at / 26))}${String.fromCodePoint(97 + (at % 26))}`
    if (!taken.has(name)) return name
  }
}

export function targetsOf(disks: readonly EditableDisk[]): ReadonlySet<string> {
  return new Set(disks.map(({ target }) => target))
}

/** The device that an edit adds; null: it adds none, or what it names is not there. */
export function addedDevice(edit: HardwareEdit, facts: EditFacts): Tree | null {
  switch (edit.edit) {
    case 'addDisk':
      return facts.file && addedDisk(edit, facts, facts.file)
    case 'addDrive':
      return addedDrive(edit, facts)
    case 'addNic':
      return addedNic(edit, facts)
    case 'addHostDevice':
      return facts.hostDevice && hostDevice(facts.hostDevice)
    case 'addDevice':
      return parseTree(edit.xml)
    default:
      return null
  }
}

function sourceOf({ path }: NonNullable<EditFacts['file']>): { readonly type: string; readonly source: Tree } {
  if (path.startsWith('/')) return { type: 'file', source: element('source', { file: path }) }
  const [pool, volume] = path.split('/')
  return { type: 'volume', source: element('source', { pool, volume }) }
}

function addedDisk({ disk, readOnly }: EditOf<'addDisk'>, { targets }: EditFacts, file: NonNullable<EditFacts['file']>): Tree {
  const { type, source } = sourceOf(file)
  const cache = disk.cache === 'default' ? null : disk.cache
  const driver = element('driver', { name: 'qemu', type: file.format, cache, discard: disk.discard && !readOnly ? 'unmap' : null })
  const target = element('target', { dev: nextTarget(disk.bus, targets), bus: disk.bus })
  return element('disk', { type, device: 'disk' }, [driver, source, target, ...(readOnly ? [element('readonly')] : [])])
}

function addedDrive({ bus }: EditOf<'addDrive'>, { targets, file }: EditFacts): Tree {
  const { type, source } = file ? sourceOf(file) : { type: 'file', source: null }
  return element('disk', { type, device: 'cdrom' }, [
    element('driver', { name: 'qemu', type: 'raw' }),
    ...(source ? [source] : []),
    element('target', { dev: nextTarget(bus, targets), bus }),
    element('readonly'),
  ])
}

function wireOf(source: NicSpec['source']): { readonly type: string; readonly children: readonly Tree[] } {
  if (source.kind === 'network') return { type: 'network', children: [element('source', { network: source.network })] }
  if (source.kind === 'macvtap') return { type: 'direct', children: [element('source', { dev: source.device, mode: source.mode })] }
  const bridge = element('source', { bridge: source.bridge })
  return { type: 'bridge', children: source.openVSwitch ? [bridge, element('virtualport', { type: 'openvswitch' })] : [bridge] }
}

function addedNic({ nic, filter, limits }: EditOf<'addNic'>, { mac }: EditFacts): Tree {
  const { type, children } = wireOf(nic.source)
  const vlan = nic.vlan === null ? [] : [element('vlan', {}, [element('tag', { id: nic.vlan })])]
  const model = element('model', { type: nic.model })
  const card = element('interface', { type }, [element('mac', { address: nic.mac ?? mac }), ...children, ...vlan, model])
  if (filter !== null) put(card, 'filterref', element('filterref', { filter }))
  writeNicLimits(card, limits)
  return card
}

function hostDevice({ kind, address }: OfferedDevice): Tree {
  const wrap = (words: Readonly<Record<string, string>>, place: Readonly<Record<string, string>>) =>
    element('hostdev', { mode: 'subsystem', ...words }, [element('source', {}, [element('address', place)])])
  if (kind === 'mdev') return wrap({ type: 'mdev', model: 'vfio-pci' }, { uuid: address })
  if (kind === 'usb') {
    const [bus = '1', device = '1'] = address.split('-')
    return wrap({ type: 'usb', managed: 'yes' }, { bus, device })
  }
  const [domain = '', bus = '', rest = ''] = address.split(':')
  const [slot = '', fn = ''] = rest.split('.')
  const place = { domain: `0x${domain}`, bus: `0x${bus}`, slot: `0x${slot}`, function: `0x${fn}` }
  return wrap({ type: 'pci', managed: 'yes' }, place)
}

/** Changes a device in its place; what the edit does not name stays. */
export function changeDevice(domain: Tree, edit: EditOf<'changeDisk' | 'setMedia' | 'changeNic'>, facts: EditFacts): void {
  const device = deviceOf(domain, edit.device)
  if (!device) return
  if (edit.edit === 'changeDisk') changeDisk(device, edit, facts)
  else if (edit.edit === 'setMedia') setMedia(device, edit, facts)
  else changeNic(device, edit)
}

function setOrDrop(tree: Tree, name: string, value: string | null): void {
  if (value === null) delete tree.attributes[name]
  else tree.attributes[name] = value
}

function changeDisk(disk: Tree, edit: EditOf<'changeDisk'>, { targets }: EditFacts): void {
  const { bus, cache, discard, readOnly, shareable, limits } = edit
  const driver = need(disk, 'driver')
  if (cache !== undefined) setOrDrop(driver, 'cache', cache === 'default' ? null : cache)
  if (discard !== undefined) setOrDrop(driver, 'discard', discard ? 'unmap' : null)
  if (readOnly !== undefined) put(disk, 'readonly', readOnly ? element('readonly') : null)
  if (shareable !== undefined) put(disk, 'shareable', shareable ? element('shareable') : null)
  if (limits) writeIoLimits(disk, limits)
  const target = child(disk, 'target')
  if (bus === undefined || !target || target.attributes.bus === bus) return
  target.attributes.bus = bus
  // the names of a bus begin with letters of its own
  const prefix = PREFIXES[bus] ?? 'sd'
  if (!target.attributes.dev?.startsWith(prefix)) target.attributes.dev = nextTarget(bus, targets)
}

function setMedia(drive: Tree, { media }: EditOf<'setMedia'>, { file }: EditFacts): void {
  if (media === null || !file) {
    put(drive, 'source', null)
    return
  }
  const { type, source } = sourceOf(file)
  drive.attributes.type = type
  put(drive, 'source', source, 'driver')
}

function changeNic(card: Tree, { linkUp, source, model, filter, limits }: EditOf<'changeNic'>): void {
  if (source !== undefined) {
    const { type, children } = wireOf(source)
    card.attributes.type = type
    put(card, 'virtualport', null)
    put(card, 'source', null)
    const at = card.children.findIndex((each) => each.name === 'mac') + 1
    card.children = card.children.toSpliced(at, 0, ...children)
  }
  if (model !== undefined) put(card, 'model', element('model', { type: model }))
  if (filter !== undefined) put(card, 'filterref', filter === null ? null : element('filterref', { filter }))
  if (limits !== undefined) writeNicLimits(card, limits)
  if (linkUp !== undefined) put(card, 'link', linkUp ? null : element('link', { state: 'down' }))
}

/** After its like, as libvirt puts it. */
export function addDevice(domain: Tree, device: Tree): void {
  const devices = need(domain, 'devices')
  const last = devices.children.findLastIndex((each) => each.name === device.name)
  devices.children = devices.children.toSpliced(last < 0 ? devices.children.length : last + 1, 0, device)
}

/** Null: it goes. */
export function putDevice(domain: Tree, key: string, next: Tree | null): void {
  const found = deviceOf(domain, key)
  const devices = child(domain, 'devices')
  if (!found || !devices) return
  devices.children = devices.children.flatMap((each) => (each === found ? (next ?? []) : each))
}

export function setBoot(domain: Tree, { order, menu }: EditOf<'setBoot'>): void {
  const os = need(domain, 'os')
  put(os, 'boot', null)
  for (const { key, tree } of keyedDevices(domain)) {
    const at = order.indexOf(key) + 1
    if (at > 0 || childrenOf(tree, 'boot').length > 0) put(tree, 'boot', at === 0 ? null : element('boot', { order: at }))
  }
  if (menu !== undefined) put(os, 'bootmenu', menu ? element('bootmenu', { enable: 'yes' }) : null)
}
