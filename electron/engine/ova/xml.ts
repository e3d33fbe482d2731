import { XMLParser } from 'fast-xml-parser'
import { badDescriptor } from './ova-errors.ts'

/** An element by its local name: descriptors bind the same namespaces to whatever prefixes their makers like. */
export interface Element {
  readonly name: string
  /** By local name; of two the one of OVF's own namespace. */
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly Element[]
  readonly text: string
}

type RawNode = Readonly<Record<string, unknown>>

// It knows of no DTD, and entities are resolved here: what a package declares is never expanded. Its own limit of depth stands (100).
const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  trimValues: false,
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: false,
  cdataPropName: '#cdata',
  ignoreDeclaration: true,
  ignorePiTags: true,
})

const NOT_XML = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/**
 * The root element of a descriptor.
 * @throws AppError invalid-input ova.bad-descriptor
 */
export function parseElement(xml: string): Element {
  if (/<!DOCTYPE|<!ENTITY/i.test(xml)) throw badDescriptor('doctype', 'it declares entities, which no OVF does.')
  let nodes: readonly RawNode[]
  try {
    nodes = parser.parse(xml) as readonly RawNode[]
  } catch (thrown) {
    throw badDescriptor('xml', thrown instanceof Error ? thrown.message : String(thrown))
  }
  for (const node of nodes) {
    const element = toElement(node)
    if (element) return element
  }
  throw badDescriptor('xml', 'it is no XML.')
}

/** For text and attributes. What XML 1.0 (section 2.2) cannot hold is left out: no escaping makes it expressible. */
export function escapeXml(text: string): string {
  return text
    .replace(NOT_XML, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;')
    .replace(/\r/g, '&#13;')
}

export function childrenOf(element: Element | undefined, ...names: readonly string[]): readonly Element[] {
  return element?.children.filter((child) => names.includes(child.name)) ?? []
}

export function childOf(element: Element | undefined, name: string): Element | undefined {
  return childrenOf(element, name)[0]
}

/** Of a child, without the blanks around it; null: there is none, or nothing in it. */
export function textOf(element: Element | undefined, name: string): string | null {
  const text = childOf(element, name)?.text.trim()
  return text === undefined || text === '' ? null : text
}

function toElement(node: RawNode): Element | undefined {
  const name = Object.keys(node).find((key) => key !== ':@')
  if (name === undefined || name.startsWith('#') || name.startsWith('?')) return undefined
  const attributes: Record<string, string> = {}
  const raw = Object.entries((node[':@'] as RawNode | undefined) ?? {})
  // OVF's own come last and stay
  for (const [key, value] of raw.sort(([a], [b]) => Number(a.startsWith('ovf:')) - Number(b.startsWith('ovf:')))) {
    attributes[localName(key)] = decode(String(value))
  }
  const children: Element[] = []
  let text = ''
  for (const child of node[name] as readonly RawNode[]) {
    const plain = child['#text'] as string | undefined
    const cdata = child['#cdata'] as readonly RawNode[] | undefined
    if (plain !== undefined) text += decode(plain)
    else if (cdata !== undefined) text += cdata.map((part) => (part['#text'] as string | undefined) ?? '').join('')
    else {
      const element = toElement(child)
      if (element) children.push(element)
    }
  }
  return { name: localName(name), attributes, children, text }
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}

function decode(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(\w+));/g, (all, hex?: string, dec?: string, name?: string) => {
    if (name !== undefined) return NAMED[name] ?? all
    const code = hex === undefined ? Number(dec) : Number.parseInt(hex, 16)
    return code <= 0x10_ff_ff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : all
  })
}
