import { XMLParser } from 'fast-xml-parser'
import { decodeEntities, escapeXml, isXmlText } from '../../../xml/index.ts'
import { invalid } from '../problems.ts'

/**
 * Definitions that are written: built from nothing, or read, changed in places and written back. What nobody touches comes out as it went in,
 * entities, CDATA, comments and white space included, so that a copy keeps what this program does not know.
 */
export interface Tree {
  readonly name: string
  /** As written: escaped. */
  readonly attributes: Record<string, string>
  /** Elements, and what is between them as written: text, CDATA, comments. */
  nodes: Array<Tree | string>
}

type RawNode = Readonly<Record<string, unknown>>
type AttributeValue = string | number | null | undefined

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  trimValues: false,
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: false,
  cdataPropName: '#cdata',
  commentPropName: '#comment',
  ignoreDeclaration: true,
  ignorePiTags: true,
})

/** The root element. Throws SyntaxError for what is no XML. */
export function parseTree(xml: string): Tree {
  for (const node of parser.parse(xml) as readonly RawNode[]) {
    const tree = toTree(node)
    if (typeof tree !== 'string') return tree
  }
  throw new SyntaxError('There is no XML element')
}

function toTree(node: RawNode): Tree | string {
  const name = Object.keys(node).find((key) => key !== ':@') ?? ''
  const content = node[name]
  if (name === '#text') return String(content)
  if (name === '#cdata') return `<![CDATA[${innerText(content)}]]>`
  if (name === '#comment') return `<!--${innerText(content)}-->`
  const attributes: Record<string, string> = {}
  for (const [key, value] of Object.entries((node[':@'] as RawNode | undefined) ?? {})) attributes[key] = String(value)
  return { name, attributes, nodes: (content as readonly RawNode[]).map(toTree) }
}

function innerText(content: unknown): string {
  return (content as ReadonlyArray<{ readonly '#text'?: string }>).map((part) => part['#text'] ?? '').join('')
}

/** As it is: nothing is added between elements. */
export function writeTree({ name, attributes, nodes }: Tree): string {
  // Attributes may have stood in double quotes.
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}='${value.replaceAll("'", '&apos;')}'`)
  const open = `<${name}${written.join('')}`
  if (nodes.length === 0) return `${open}/>`
  return `${open}>${nodes.map((node) => (typeof node === 'string' ? node : writeTree(node))).join('')}</${name}>`
}

const NO_ATTRIBUTES = {}

/** A new element. Attributes without a value, and nodes that are null or false, are left out. Throws invalid-input for what XML cannot hold. */
export function element(
  name: string,
  attributes: Readonly<Record<string, AttributeValue>> = NO_ATTRIBUTES,
  ...nodes: ReadonlyArray<Tree | null | false>
): Tree {
  const tree: Tree = { name, attributes: {}, nodes: nodes.filter((node): node is Tree => node !== null && node !== false) }
  for (const [key, value] of Object.entries(attributes)) if (value !== null && value !== undefined) setAttribute(tree, key, String(value))
  return tree
}

/** A new element that holds text. */
export function textElement(name: string, text: string, attributes: Readonly<Record<string, AttributeValue>> = NO_ATTRIBUTES): Tree {
  const tree = element(name, attributes)
  setText(tree, text)
  return tree
}

export function setAttribute(tree: Tree, name: string, value: string): void {
  // A line break in an attribute would be read as a space (XML 1.0, 3.3.3).
  tree.attributes[name] = escapeXml(checked(value)).replaceAll('\n', '&#10;').replaceAll('\t', '&#9;')
}

export function setText(tree: Tree, text: string): void {
  tree.nodes = text === '' ? [] : [escapeXml(checked(text))]
}

/** The text itself. Throws invalid-input machine.text-invalid for what XML cannot hold. */
export function checked(text: string): string {
  if (isXmlText(text)) return text
  throw invalid('machine.text-invalid', 'A definition cannot hold control characters. Take them out of the text.')
}

export function removeAttribute(tree: Tree, name: string): void {
  delete tree.attributes[name]
}

export function child(tree: Tree | undefined, ...path: readonly string[]): Tree | undefined {
  let found = tree
  for (const name of path) found = children(found).find((each) => each.name === name)
  return found
}

/** All elements inside, or those of that name. */
export function children(tree: Tree | undefined, name?: string): readonly Tree[] {
  return tree?.nodes.filter((node): node is Tree => typeof node !== 'string' && (name === undefined || node.name === name)) ?? []
}

/** Entities resolved. */
export function attribute(tree: Tree | undefined, name: string): string | undefined {
  const value = tree?.attributes[name]
  return value === undefined ? undefined : decodeEntities(value)
}

/** Takes an element out, with the white space before it. */
export function remove(parent: Tree, gone: Tree): void {
  const index = parent.nodes.indexOf(gone)
  if (index < 0) return
  const before = parent.nodes[index - 1]
  const isBlank = typeof before === 'string' && before.trim() === ''
  parent.nodes = parent.nodes.toSpliced(isBlank ? index - 1 : index, isBlank ? 2 : 1)
}

export function removeAll(parent: Tree | undefined, name: string): void {
  for (const gone of children(parent, name)) if (parent) remove(parent, gone)
}

/** In the place of another one. */
export function replace(parent: Tree, old: Tree, next: Tree): void {
  parent.nodes = parent.nodes.map((node) => (node === old ? next : node))
}

/** Puts an element after another one, or at the end, on a line of its own. `depth`: of the parent, whose root has none. Answers what was put there. */
export function insert(parent: Tree, next: Tree, depth: number, after?: Tree): Tree {
  const added = indented(next, depth + 1)
  const line = `\n${'  '.repeat(depth + 1)}`
  const index = after ? parent.nodes.indexOf(after) + 1 : lastElement(parent) + 1
  const isEmpty = parent.nodes.length === 0
  parent.nodes = parent.nodes.toSpliced(index, 0, line, added, ...(isEmpty ? [`\n${'  '.repeat(depth)}`] : []))
  return added
}

function lastElement({ nodes }: Tree): number {
  return nodes.findLastIndex((node) => typeof node !== 'string')
}

/** With each element on a line of its own, where there is no text between them. */
export function indented(tree: Tree, depth = 0): Tree {
  if (tree.nodes.length === 0 || tree.nodes.some((node) => typeof node === 'string')) return tree
  const line = `\n${'  '.repeat(depth + 1)}`
  const nodes = children(tree).flatMap((node) => [line, indented(node, depth + 1)])
  return { ...tree, nodes: [...nodes, `\n${'  '.repeat(depth)}`] }
}

/** Text directly inside, as one reads it. */
export function textIn(tree: Tree | undefined): string {
  return decodeEntities(tree?.nodes.map((node) => (typeof node === 'string' ? node : '')).join('') ?? '').trim()
}
