import { at, attributeOf, escapeXml, parseXml } from '../../../xml/index.ts'
import { edited, rangeAt, rangesOf, type TextEdit, withAttribute, type XmlRange } from './xml-ranges.ts'

export interface DiskFile {
  readonly target: string
  readonly path: string
  readonly format: string
}

/**
 * A definition whose disks write to other files, all else to the byte. What it says of the chain beneath them goes: libvirt takes that for
 * the truth, and an empty `<backingStore/>` would cut the new file off from what it stands on. `path`: from the root to the domain.
 * Throws SyntaxError: it has no such disk.
 */
export function withDiskFiles(xml: string, files: readonly DiskFile[], path: readonly string[] = []): string {
  const domain = rangeAt(rangesOf(xml), ...path)
  const disks = rangeAt(domain ?? rangesOf(xml), 'devices')?.children.filter(({ name }) => name === 'disk') ?? []
  const edits = files.flatMap((file) => {
    const disk = disks.find((range) => targetOf(xml, range) === file.target)
    if (!domain || !disk) throw new SyntaxError(`The definition has no disk ${file.target}`)
    return editsOf(xml, disk, file)
  })
  return edited(xml, edits)
}

function targetOf(xml: string, disk: XmlRange): string | null {
  return attributeOf(at(parseXml(xml.slice(disk.start, disk.end)), 'target'), 'dev')
}

function editsOf(xml: string, disk: XmlRange, { path, format }: DiskFile): TextEdit[] {
  const open = { start: disk.start, end: disk.openEnd }
  const source = rangeAt(disk, 'source')
  const driver = rangeAt(disk, 'driver')
  const newSource = `<source file='${escapeXml(path)}'${source && inner(xml, source) !== '' ? `>${inner(xml, source)}</source>` : '/>'}`
  const edits: TextEdit[] = [{ ...open, text: withAttribute(xml.slice(open.start, open.end), 'type', 'file') }]
  if (source) edits.push({ start: source.start, end: source.end, text: newSource })
  else edits.push({ start: disk.openEnd, end: disk.openEnd, text: newSource })
  if (driver) {
    edits.push({ start: driver.start, end: driver.openEnd, text: withAttribute(xml.slice(driver.start, driver.openEnd), 'type', format) })
  } else edits.push({ start: disk.openEnd, end: disk.openEnd, text: `<driver name='qemu' type='${escapeXml(format)}'/>` })
  for (const child of disk.children) {
    if (child.name === 'backingStore' || child.name === 'mirror') edits.push({ start: child.start, end: child.end, text: '' })
  }
  return edits
}

function inner(xml: string, range: XmlRange): string {
  return xml.slice(range.openEnd, range.closeStart).trim()
}
