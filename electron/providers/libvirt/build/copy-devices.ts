import { basename, dirname } from 'node:path/posix'
import type { NicSpec } from '../../../../shared/model/index.ts'
import { type DiskFile, sourceElement } from './disk-xml.ts'
import { isSameNic, nicElement, oddNic, readNic } from './nic-xml.ts'
import {
  attribute,
  child,
  children,
  element,
  insert,
  remove,
  removeAll,
  removeAttribute,
  replace,
  setAttribute,
  type Tree,
} from './xml-tree.ts'

/** Devices of a copy: what two machines cannot share is new, and everything else is as it was. */

const DEVICES_DEPTH = 1

/** Another volume in a disk's place. Everything of the old one goes but how its content is encrypted. */
export function setDiskFile(disk: Tree, file: DiskFile): void {
  setAttribute(disk, 'type', file.source.kind)
  const driver = child(disk, 'driver')
  if (driver) setAttribute(driver, 'type', file.format)
  else disk.nodes = [element('driver', { name: 'qemu', type: file.format }), ...disk.nodes]
  const before = child(disk, 'source')
  const source = sourceElement(file)
  const policy = attribute(before, 'startupPolicy')
  if (policy !== undefined) setAttribute(source, 'startupPolicy', policy)
  source.nodes = [...children(before, 'encryption')]
  if (before) replace(disk, before, source)
  else insert(disk, source, DEVICES_DEPTH + 1, child(disk, 'driver'))
  for (const gone of ['backingStore', 'mirror', 'auth']) removeAll(disk, gone)
}

/** Cards with new addresses; with `wanted` those that differ are replaced, left out or added. */
export function setNics(devices: Tree, macs: readonly string[], wanted: readonly NicSpec[] | undefined): void {
  const cards = children(devices, 'interface')
  let last: Tree | undefined
  for (const [index, card] of cards.entries()) {
    const spec = wanted?.[index]
    if (wanted && !spec) {
      remove(devices, card)
      continue
    }
    const same = !spec || isSameNic(spec, readNic(card) ?? oddNic(card))
    const next = same ? card : otherNic(card, spec)
    if (next !== card) replace(devices, card, next)
    freshen(next, macs[index])
    last = next
  }
  for (const [index, spec] of (wanted ?? []).entries()) {
    if (index < cards.length) continue
    last = insert(devices, nicElement(spec, macs[index], null), DEVICES_DEPTH, last)
  }
}

/** In the old one's slot if it is the same sort of card: the guest then knows it by the name it had. */
function otherNic(card: Tree, spec: NicSpec): Tree {
  const next = nicElement(spec, undefined, null)
  const kept = [...children(card, 'boot')]
  if (attribute(child(card, 'model'), 'type') === spec.model) kept.push(...children(card, 'address'))
  const line = `\n${'  '.repeat(DEVICES_DEPTH + 2)}`
  next.nodes = [...[...children(next), ...kept].flatMap((node) => [line, node]), `\n${'  '.repeat(DEVICES_DEPTH + 1)}`]
  return next
}

function freshen(card: Tree, mac: string | undefined): void {
  removeAll(card, 'mac')
  if (mac !== undefined) card.nodes = [`\n${'  '.repeat(DEVICES_DEPTH + 2)}`, element('mac', { address: mac }), ...card.nodes]
  // Names of its other end on the host, and what Open vSwitch knows its port by.
  for (const target of children(card, 'target')) {
    removeAttribute(target, 'dev')
    if (Object.keys(target.attributes).length === 0) remove(card, target)
  }
  const source = child(card, 'source')
  if (source) removeAttribute(source, 'portid')
  const port = child(card, 'virtualport', 'parameters')
  for (const own of ['interfaceid', 'instanceid']) if (port) removeAttribute(port, own)
}

/** Sockets, logs and files that QEMU makes: two machines cannot have the same. */
export function setEndpoints(devices: Tree, uuid: string): void {
  for (const name of ['serial', 'parallel', 'console', 'channel']) {
    for (const device of children(devices, name)) renewCharacterDevice(device, uuid)
  }
  for (const graphics of children(devices, 'graphics')) renewGraphics(graphics, uuid)
  for (const cid of children(devices, 'vsock').flatMap((vsock) => children(vsock, 'cid'))) {
    setAttribute(cid, 'auto', 'yes')
    removeAttribute(cid, 'address')
  }
}

/** libvirt's own, in a folder named after the running machine; it makes them up again. */
const LIBVIRTS_OWN = /\/qemu\/channel\//

function renewCharacterDevice(device: Tree, uuid: string): void {
  const log = child(device, 'log')
  const file = attribute(log, 'file')
  if (log && file !== undefined) setAttribute(log, 'file', ownPath(file, uuid))
  const source = child(device, 'source')
  const path = attribute(source, 'path')
  const type = attribute(device, 'type')
  const isMade = type === 'file' || (type === 'unix' && attribute(source, 'mode') !== 'connect')
  if (!source || path === undefined || !isMade) return
  if (LIBVIRTS_OWN.test(path)) remove(device, source)
  else setAttribute(source, 'path', ownPath(path, uuid))
}

function renewGraphics(graphics: Tree, uuid: string): void {
  const holders = [graphics, ...children(graphics, 'listen')]
  const socket = holders.find((holder) => attribute(holder, 'socket') !== undefined)
  for (const holder of holders) {
    const path = attribute(holder, 'socket')
    if (path !== undefined) setAttribute(holder, 'socket', ownPath(path, uuid))
  }
  if (socket || attribute(graphics, 'port') === undefined || attribute(graphics, 'autoport') === 'yes') return
  setAttribute(graphics, 'port', '-1')
  setAttribute(graphics, 'autoport', 'yes')
  removeAttribute(graphics, 'tlsPort')
  if (attribute(graphics, 'websocket') !== undefined) setAttribute(graphics, 'websocket', '-1')
}

function ownPath(path: string, uuid: string): string {
  return `${dirname(path)}/${uuid}-${basename(path)}`
}

/** Aliases that people chose stay; libvirt gives the others anew. */
export function dropAliases(devices: Tree): void {
  for (const device of children(devices)) {
    for (const alias of children(device, 'alias')) if (!attribute(alias, 'name')?.startsWith('ua-')) remove(device, alias)
  }
}
