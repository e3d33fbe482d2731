import { at, attributeOf, childrenOf, parseXml, textOf, type XmlElement } from '../../../xml/index.ts'
import type { SnapshotChanges } from '../../provider.ts'
import { type NamedSource, sourcesOf } from '../snapshots/snapshot-xml.ts'
import { edited, rangeAt, rangesOf, type TextEdit, withAttribute, type XmlRange } from '../snapshots/xml-ranges.ts'
import { renamed } from './copy-definition.ts'
import { targetXmlOf } from './target-xml.ts'

/** Definitions within a snapshot: that of then, and the one that its next start would have read. */
const DEFINITIONS = ['domain', 'inactiveDomain'] as const

/**
 * A snapshot without passwords, as libvirt tells it without being asked for them. A display that has one gets an empty one: QEMU lets nobody in
 * with that, and without any it would let in everybody.
 */
export function withoutPasswords(plain: string, secure: string): string {
  const guarded = displaysOf(rangesOf(secure)).map((display) => attributeOf(parseXml(tagOf(secure, display)), 'passwd') !== null)
  const edits = displaysOf(rangesOf(plain)).flatMap((display, index): TextEdit[] => {
    const text = withAttribute(plain.slice(display.start, display.openEnd), 'passwd', '')
    return guarded[index] ? [{ start: display.start, end: display.openEnd, text }] : []
  })
  return edited(plain, edits)
}

/** A display of it is shut, as its password is not known any more. */
export function isShut(xml: string): boolean {
  return displaysOf(rangesOf(xml)).some((display) => attributeOf(parseXml(tagOf(xml, display)), 'passwd') === '')
}

function displaysOf(root: XmlRange): readonly XmlRange[] {
  return DEFINITIONS.flatMap((part) => rangeAt(root, part, 'devices')?.children.filter(({ name }) => name === 'graphics') ?? [])
}

/** The opening tag as a document of its own. */
function tagOf(xml: string, { start, openEnd }: XmlRange): string {
  return xml.slice(start, openEnd).replace(/\s*\/?>$/, '/>')
}

/** With definitions as the other host needs them; all else to the byte. Throws SyntaxError. */
export function changedFor(xml: string, changes: SnapshotChanges): string {
  const root = rangesOf(xml)
  const edits = DEFINITIONS.flatMap((part): TextEdit[] => {
    const range = rangeAt(root, part)
    return range ? [{ start: range.start, end: range.end, text: definitionFor(xml.slice(range.start, range.end), changes) }] : []
  })
  return edited(xml, edits)
}

function definitionFor(xml: string, { name, nics, files, nvram }: SnapshotChanges): string {
  const domain = parseXml(xml)
  const sources = sourcesOf(domain)
  const own = files.filter((file) => sources.some((source) => source.target === file.target && isFile(source, file.from)))
  const macs = new Set(childrenOf(at(domain, 'devices'), 'interface').map((card) => attributeOf(at(card, 'mac'), 'address')?.toLowerCase()))
  const cards = nics.filter(({ mac }) => macs.has(mac.toLowerCase()))
  const settings = at(domain, 'os', 'nvram')
  const isThat = nvram !== null && settings !== undefined && nvramOf(settings) === nvram.from
  return renamed(targetXmlOf(xml, { nics: cards }, own, isThat ? { path: nvram.path, isUsual: false } : null), name)
}

function isFile({ path, volume }: NamedSource, from: SnapshotChanges['files'][number]['from']): boolean {
  return volume ? volume.pool === from.pool && volume.name === from.volume : path === from.path
}

function nvramOf(settings: XmlElement): string {
  return attributeOf(at(settings, 'source'), 'file') ?? settings.text.trim()
}

/** What it needs of files: disks of then that keep data, and memory that lies beside them. */
export function filesOf(xml: string): readonly string[] {
  const root = parseXml(xml)
  const disks = DEFINITIONS.flatMap((part) => sourcesOf(at(root, part))).filter(({ isReadOnly }) => !isReadOnly)
  const memory = at(root, 'memory')
  const beside = attributeOf(memory, 'snapshot') === 'external' ? attributeOf(memory, 'file') : null
  return [...disks.map(({ path }) => path), beside].filter((path): path is string => path?.startsWith('/') === true)
}

export function parentOf(xml: string): string | null {
  return textOf(parseXml(xml), 'parent', 'name')
}
