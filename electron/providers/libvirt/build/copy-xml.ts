import type { CloneChanges, Template } from '../../../../shared/model/index.ts'
import { parseXml } from '../../../xml/index.ts'
import { findOwnMetadata, ownMetadataElement, readOwnMetadata } from '../metadata.ts'
import { dropAliases, setDiskFile, setEndpoints, setNics } from './copy-devices.ts'
import { setSeed } from './copy-seed.ts'
import { setMemory, setVcpus } from './copy-size.ts'
import type { DiskFile } from './disk-xml.ts'
import {
  attribute,
  checked,
  child,
  children,
  element,
  insert,
  parseTree,
  remove,
  removeAll,
  removeAttribute,
  replace,
  setText,
  type Tree,
  textElement,
  textIn,
  writeTree,
} from './xml-tree.ts'

export interface Copy {
  readonly uuid: string
  readonly name: string
  readonly macs: readonly string[]
  readonly seed: DiskFile | null
  /** By target. */
  readonly disks: ReadonlyMap<string, DiskFile>
  readonly changes: CloneChanges
  readonly template: Template | null
}

/**
 * The definition of a copy. It is its original's, kept as it is written, but for what makes a machine one of its own: name, UUID, addresses
 * of its cards, disks, firmware variables, files and sockets of the host, and what was asked to be different. The title goes: it names the
 * original. Throws `precondition` build.not-copyable, invalid-input.
 */
export function copyDomainXml(sourceXml: string, copy: Copy): string {
  const domain = parseTree(sourceXml)
  removeAttribute(domain, 'id')
  setIdentity(domain, copy)
  setMetadata(domain, copy)
  dropVariables(domain)
  dropLabels(domain)
  const { vcpus, memoryMiB } = copy.changes
  if (vcpus !== undefined) setVcpus(domain, vcpus)
  if (memoryMiB !== undefined) setMemory(domain, memoryMiB)
  const devices = child(domain, 'devices')
  if (devices) setDevices(domain, devices, copy)
  return `${writeTree(domain).trimEnd()}\n`
}

function setDevices(domain: Tree, devices: Tree, { uuid, macs, seed, disks, changes }: Copy): void {
  for (const disk of children(devices, 'disk')) {
    const file = disks.get(attribute(child(disk, 'target'), 'dev') ?? '')
    if (file) setDiskFile(disk, file)
  }
  // Only one machine at a time can have them; the source says so.
  removeAll(devices, 'hostdev')
  setNics(devices, macs, changes.nics)
  setEndpoints(devices, uuid)
  dropAliases(devices)
  setSeed(domain, devices, seed)
}

function setIdentity(domain: Tree, { uuid, name, changes: { description } }: Copy): void {
  const old = textIn(child(domain, 'uuid'))
  put(domain, 'name', name)
  put(domain, 'uuid', uuid, child(domain, 'name'))
  removeAll(domain, 'title')
  if (description) put(domain, 'description', description, child(domain, 'uuid'))
  else if (description !== undefined) removeAll(domain, 'description')
  // By it Windows notices that it is a copy; libvirt makes up another.
  const generation = child(domain, 'genid')
  if (generation) setText(generation, '')
  // libvirt refuses a machine whose BIOS tells another UUID than its own.
  for (const entry of children(child(domain, 'sysinfo', 'system'), 'entry')) {
    if (attribute(entry, 'name') === 'uuid' || textIn(entry) === old) setText(entry, uuid)
  }
}

function put(domain: Tree, name: string, text: string, after?: Tree): void {
  const before = child(domain, name)
  if (before) setText(before, text)
  else insert(domain, textElement(name, text), 0, after)
}

/** Tags and notes stay unless they were asked to change; whether it is a template is new. What other programs wrote stays. */
function setMetadata(domain: Tree, { changes, template }: Copy): void {
  const metadata = child(domain, 'metadata')
  const read = metadata && parseXml(writeTree(metadata))
  const before = findOwnMetadata(read)
  const { tags, notes } = readOwnMetadata(before)
  const next = ownMetadataElement(before, { tags: changes.tags?.map(checked) ?? tags, notes, template })
  const own = metadata && before ? children(metadata)[read?.children.indexOf(before) ?? -1] : undefined
  if (metadata && own && next === null) remove(metadata, own)
  else if (metadata && own && next !== null) replace(metadata, own, parseTree(next))
  else if (metadata && next !== null) insert(metadata, parseTree(next), 1)
  else if (next !== null) insert(domain, element('metadata', {}, parseTree(next)), 0, child(domain, 'uuid'))
}

/** The file of the firmware's variables is one machine's own. libvirt makes another from the template, under the copy's name. */
function dropVariables(domain: Tree): void {
  const os = child(domain, 'os')
  for (const nvram of children(os, 'nvram')) {
    const template = attribute(nvram, 'template')
    if (os && template === undefined) remove(os, nvram)
    nvram.nodes = []
    removeAttribute(nvram, 'type')
  }
}

/** Labels that the host's access control gave to the original. */
function dropLabels(domain: Tree): void {
  for (const label of children(domain, 'seclabel')) {
    if (attribute(label, 'type') !== 'dynamic') continue
    for (const name of ['label', 'imagelabel']) removeAll(label, name)
  }
}
