import { XMLParser } from 'fast-xml-parser'

/** An element and what is in it, in its order. */
export interface XmlElement {
  /** With its prefix, as written. */
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  /** Text directly inside, entities resolved. */
  readonly text: string
}

type RawNode = Readonly<Record<string, unknown>>

// It knows of no DTD, and entities are resolved here: it leaves numeric references alone, and what a document declares is never expanded.
// Its own limit of depth stands (100).
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

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(
    /&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(\w+));/g,
    (all, hex: string | undefined, dec: string | undefined, name: string) => {
      if (name !== undefined) return NAMED[name] ?? all
      const code = hex === undefined ? Number(dec) : Number.parseInt(hex, 16)
      return code <= 0x10_ff_ff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : all
    },
  )
}

/** For element content and for attributes. */
export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;')
    .replaceAll('\r', '&#13;')
}

/** Whether XML 1.0 (section 2.2) can hold the text at all: no escaping makes control characters expressible. */
export function isXmlText(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    const pair = code >= 0xd800 && code <= 0xdbff ? text.charCodeAt(index + 1) : 0
    if (code >= 0xd800 && code <= 0xdfff && !(pair >= 0xdc00 && pair <= 0xdfff)) return false
    if (pair !== 0) index++
    if ((code < 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) || code === 0xfffe || code === 0xffff) return false
  }
  return true
}

/** The text without what XML 1.0 cannot hold. */
export function fitForXml(text: string): string {
  return text.replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
}

/**
 * The root element.
 * @throws SyntaxError (or the parser's Error) for what is no XML
 */
export function parseXml(xml: string): XmlElement {
  const nodes = parser.parse(xml) as readonly RawNode[]
  for (const node of nodes) {
    const element = toElement(node)
    if (element) return element
  }
  throw new SyntaxError('There is no XML element.')
}

function toElement(node: RawNode): XmlElement | undefined {
  let name: string | undefined
  for (const key of Object.keys(node)) if (key !== ':@') name = key
  if (name === undefined || name.startsWith('#') || name.startsWith('?')) return undefined
  const attributes: Record<string, string> = {}
  for (const [key, value] of Object.entries((node[':@'] as RawNode | undefined) ?? {})) attributes[key] = decodeEntities(String(value))
  const children: XmlElement[] = []
  let text = ''
  for (const child of node[name] as readonly RawNode[]) {
    const plain = child['#text'] as string | undefined
    const cdata = child['#cdata'] as readonly RawNode[] | undefined
    if (plain !== undefined) text += decodeEntities(plain)
    else if (cdata !== undefined) text += cdata.map((part) => (part['#text'] as string | undefined) ?? '').join('')
    else {
      const element = toElement(child)
      if (element) children.push(element)
    }
  }
  return { name, attributes, children, text }
}

/** The first child element of that name. */
export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name)
}

export function childrenOf(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return element?.children.filter((child) => child.name === name) ?? []
}

/** Down a path of first children. */
export function at(element: XmlElement | undefined, ...path: readonly string[]): XmlElement | undefined {
  let found = element
  for (const name of path) found = childOf(found, name)
  return found
}

export function textOf(element: XmlElement | undefined, ...path: readonly string[]): string | null {
  return at(element, ...path)?.text ?? null
}

export function attributeOf(element: XmlElement | undefined, name: string): string | null {
  return element?.attributes[name] ?? null
}

/** Name without its prefix. */
export function localName(element: XmlElement): string {
  return element.name.slice(element.name.indexOf(':') + 1)
}

/** The namespace an element is in, judged by the declarations on itself and what encloses it (outermost first). */
export function namespaceOf(element: XmlElement, enclosing: readonly XmlElement[] = []): string | null {
  const colon = element.name.indexOf(':')
  const declaration = colon < 0 ? 'xmlns' : `xmlns:${element.name.slice(0, colon)}`
  for (const scope of [element, ...enclosing.toReversed()]) {
    const uri = scope.attributes[declaration]
    if (uri !== undefined) return uri
  }
  return null
}
