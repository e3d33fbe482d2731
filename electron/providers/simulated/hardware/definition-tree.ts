import { escapeXml, parseXml, type XmlElement } from '../../../xml/index.ts'

/** An element that can be changed. */
export interface Tree {
  readonly name: string
  readonly attributes: Record<string, string>
  children: Tree[]
  text: string
}

/** Throws SyntaxError for what is no XML. */
export function parseTree(xml: string): Tree {
  return copyOf(parseXml(xml))
}

function copyOf({ name, attributes, children, text }: XmlElement): Tree {
  return { name, attributes: { ...attributes }, children: children.map(copyOf), text }
}

/** As libvirt writes it: an element a line, what is inside two columns further in. */
export function printTree({ name, attributes, children, text }: Tree, depth = 0): string {
  const pad = '  '.repeat(depth)
  const words = Object.entries(attributes).map(([key, value]) => ` ${key}='${escapeXml(value)}'`)
  const opening = `${pad}<${name}${words.join('')}`
  if (children.length > 0) return [`${opening}>`, ...children.map((each) => printTree(each, depth + 1)), `${pad}</${name}>`].join('\n')
  return text.trim() === '' ? `${opening}/>` : `${opening}>${escapeXml(text)}</${name}>`
}

type Words = Readonly<Record<string, string | number | null | undefined>>

/** Attributes that are null are left out. */
export function element(name: string, words: Words = {}, children: readonly Tree[] = [], text = ''): Tree {
  const attributes: Record<string, string> = {}
  for (const [key, value] of Object.entries(words)) if (value !== null && value !== undefined) attributes[key] = String(value)
  return { name, attributes, children: [...children], text }
}

export function child(parent: Tree | undefined, ...path: readonly string[]): Tree | undefined {
  let found = parent
  for (const name of path) found = found?.children.find((each) => each.name === name)
  return found
}

export function childrenOf(parent: Tree | undefined, name: string): readonly Tree[] {
  return parent?.children.filter((each) => each.name === name) ?? []
}

/** Takes the place of the first of its name; null: none of that name stays. A new one goes after `after`, or to the end. */
export function put(parent: Tree, name: string, next: Tree | null, after?: string): void {
  const index = parent.children.findIndex((each) => each.name === name)
  const rest = parent.children.filter((each) => each.name !== name)
  if (next === null) parent.children = rest
  else if (index >= 0) parent.children = parent.children.map((each, at) => (at === index ? next : each))
  else {
    const at = parent.children.findLastIndex((each) => each.name === after)
    parent.children = parent.children.toSpliced(at < 0 ? parent.children.length : at + 1, 0, next)
  }
}

/** Such a child, made if there is none. */
export function need(parent: Tree, name: string, after?: string): Tree {
  const there = child(parent, name)
  if (there) return there
  const made = element(name)
  put(parent, name, made, after)
  return made
}

/** An element of the domain that is empty says nothing: it goes. */
export function tidy(parent: Tree, name: string): void {
  const there = child(parent, name)
  if (there && there.children.length === 0 && there.text.trim() === '') put(parent, name, null)
}
