/**
 * Where the elements of a definition stand in its text. Edits replace, insert and cut text between such places, so that what libvirt wrote,
 * and this program does not know, stays as it stands to the byte. A tag in a comment, in CDATA or in an attribute is none.
 */
export interface Span {
  readonly name: string
  readonly start: number
  /** Behind its last character. */
  readonly end: number
  /** Behind its first tag. Of an empty element (`<a/>`) this is its end. */
  readonly openEnd: number
  /** Where its last tag begins. */
  readonly closeStart: number
  readonly children: readonly Span[]
}

const MARKUP =
  /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<\?[\s\S]*?\?>|<!(?:[^"'>]|"[^"]*"|'[^']*')*>|<(\/?)([^\s/>]+)((?:[^"'>]|"[^"]*"|'[^']*')*)>/g

interface Open {
  readonly name: string
  readonly start: number
  readonly openEnd: number
  readonly children: Span[]
}

/** The root element. Throws SyntaxError for what does not close. */
export function readSpans(xml: string): Span {
  const open: Open[] = []
  const put = (span: Span): Span | null => {
    const parent = open.at(-1)
    if (!parent) return span
    parent.children.push(span)
    return null
  }
  for (const match of xml.matchAll(MARKUP)) {
    const [markup, slash, name, rest = ''] = match
    if (name === undefined) continue
    const start = match.index
    const end = start + markup.length
    if (slash === '/') {
      const last = open.pop()
      if (last?.name !== name) break
      const root = put({ ...last, end, closeStart: start })
      if (root) return root
    } else if (rest.endsWith('/')) {
      const root = put({ name, start, end, openEnd: end, closeStart: end, children: [] })
      if (root) return root
    } else open.push({ name, start, openEnd: end, children: [] })
  }
  throw new SyntaxError('This is no whole XML element')
}

export function child(span: Span | undefined, ...path: readonly string[]): Span | undefined {
  let found = span
  for (const name of path) found = found?.children.find((each) => each.name === name)
  return found
}

export function textOfSpan(xml: string, { start, end }: Span): string {
  return xml.slice(start, end)
}

export function replaceSpan(xml: string, { start, end }: Span, text: string): string {
  return xml.slice(0, start) + text + xml.slice(end)
}

/** With the white space before it. */
export function cutSpan(xml: string, { start, end }: Span): string {
  return xml.slice(0, start).trimEnd() + xml.slice(end)
}

/** As a child of its own line behind `after`, else as the last one. `text` is written as if it stood at the left margin. */
export function insertInto(xml: string, parent: Span, text: string, after?: Span): string {
  const depth = indentOf(xml, parent)
  const line = `\n${depth}  `
  const block = line + text.replaceAll('\n', line)
  if (parent.openEnd === parent.end && xml[parent.end - 2] === '/') {
    const head = xml.slice(parent.start, parent.end).replace(/\s*\/>$/, '')
    return `${xml.slice(0, parent.start)}${head}>${block}\n${depth}</${parent.name}>${xml.slice(parent.end)}`
  }
  const previous = after ?? parent.children.at(-1)
  const at = previous?.end ?? parent.openEnd
  const isOnlyText = previous === undefined && xml.slice(at, parent.closeStart).trim() === ''
  if (isOnlyText) return `${xml.slice(0, at)}${block}\n${depth}${xml.slice(parent.closeStart)}`
  return xml.slice(0, at) + block + xml.slice(at)
}

function indentOf(xml: string, { start }: Span): string {
  const line = xml.slice(xml.lastIndexOf('\n', start) + 1, start)
  return /^[ \t]*$/.test(line) ? line : ''
}
