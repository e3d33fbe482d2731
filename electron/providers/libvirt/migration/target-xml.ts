import type { MigrationSpec, NicMove } from '../../../../shared/model/index.ts'
import { at, attributeOf, escapeXml, parseXml } from '../../../xml/index.ts'
import { type DiskFile, withDiskFiles } from '../snapshots/disk-source.ts'
import { edited, rangeAt, rangesOf, type TextEdit, withAttribute, type XmlRange } from '../snapshots/xml-ranges.ts'

/** `isUsual`: its host takes that file by itself where a definition names none. */
export interface MovedNvram {
  readonly path: string
  readonly isUsual: boolean
}

/**
 * The definition a machine gets at the target: its disks and cards as wished, all else to the byte. Its name stays: the daemons change that one
 * themselves. Throws SyntaxError.
 */
export function targetXmlOf(
  xml: string,
  spec: Pick<MigrationSpec, 'nics'>,
  files: readonly DiskFile[],
  nvram: MovedNvram | null = null,
): string {
  const moved = withNics(withDiskFiles(xml, files), spec.nics)
  return nvram === null ? moved : withNvram(moved, nvram)
}

/** The settings of its UEFI in another file. One that leaves all choice of the firmware to its host still takes a path for them. */
function withNvram(xml: string, { path, isUsual }: MovedNvram): string {
  const os = rangeAt(rangesOf(xml), 'os')
  if (!os) throw new SyntaxError('The definition has no <os>')
  const nvram = rangeAt(os, 'nvram')
  if (!nvram && isUsual) return xml
  if (!nvram) return edited(xml, [{ start: os.closeStart, end: os.closeStart, text: `<nvram>${escapeXml(path)}</nvram>` }])
  const source = rangeAt(nvram, 'source')
  const opening = xml.slice(nvram.start, nvram.openEnd)
  const edit = source
    ? { start: source.start, end: source.openEnd, text: withAttribute(xml.slice(source.start, source.openEnd), 'file', path) }
    : { start: nvram.start, end: nvram.end, text: `${opening.replace(/\s*\/?>$/, '>')}${escapeXml(path)}</nvram>` }
  return edited(xml, [edit])
}

function withNics(xml: string, moves: readonly NicMove[]): string {
  if (moves.length === 0) return xml
  const cards = rangeAt(rangesOf(xml), 'devices')?.children.filter(({ name }) => name === 'interface') ?? []
  const edits = moves.flatMap((move): TextEdit[] => {
    const card = cards.find((range) => macOf(xml, range) === move.mac.toLowerCase())
    if (!card) throw new SyntaxError(`The definition has no card ${move.mac}`)
    return editsOf(xml, card, move.on)
  })
  return edited(xml, edits)
}

function macOf(xml: string, card: XmlRange): string | undefined {
  return attributeOf(at(parseXml(xml.slice(card.start, card.end)), 'mac'), 'address')?.toLowerCase()
}

/** Its tap, and what the port is called at this host's switch, are the target's to choose. */
function editsOf(xml: string, card: XmlRange, on: NicMove['on']): TextEdit[] {
  const source = rangeAt(card, 'source')
  const group = on.kind === 'network' && on.portGroup ? ` portgroup='${escapeXml(on.portGroup)}'` : ''
  const next = `<source ${on.kind}='${escapeXml(on.name)}'${group}/>`
  const place = source ?? { start: card.openEnd, end: card.openEnd }
  return [
    { start: card.start, end: card.openEnd, text: withAttribute(xml.slice(card.start, card.openEnd), 'type', on.kind) },
    { start: place.start, end: place.end, text: next },
  ]
}
