/** Where the elements of a document stand in its text, so that one can be changed and all the others stay to the byte. */
export interface XmlRange {
  readonly name: string
  readonly start: number
  /** End of the opening tag. */
  readonly openEnd: number
  /** Where the closing tag begins; the end of the opening one where there is none. */
  readonly closeStart: number
  readonly end: number
  readonly children: readonly XmlRange[]
}

interface Open {
  readonly name: string
  readonly start: number
  readonly openEnd: number
  readonly children: XmlRange[]
}

/** As in xml-insert: a tag in a comment, in CDATA or in an attribute is none. */
const MARKUP =
  /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<\?[\s\S]*?\?>|<!(?:[^"'>]|"[^"]*"|'[^']*')*>|<(\/?)([^\s/>]+)((?:[^"'>]|"[^"]*"|'[^']*')*)>/g

/** The root element. Throws SyntaxError for what is no XML. */
export function rangesOf(xml: string): XmlRange {
  const open: Open[] = []
  let root: XmlRange | null = null
  const add = (range: XmlRange) => {
    const parent = open.at(-1)
    if (parent) parent.children.push(range)
    else root ??= range
  }
  for (const { index, 0: markup, 1: slash, 2: name, 3: rest = '' } of xml.matchAll(MARKUP)) {
    if (name === undefined) continue
    const end = index + markup.length
    if (slash === '/') {
      const last = open.pop()
      if (last?.name !== name) throw new SyntaxError(`</${name}> closes nothing`)
      add({ ...last, closeStart: index, end })
    } else if (rest.endsWith('/')) add({ name, start: index, openEnd: end, closeStart: end, end, children: [] })
    else open.push({ name, start: index, openEnd: end, children: [] })
  }
  if (root === null) throw new SyntaxError('There is no XML element.')
  return root
}

/** The first element on the path beneath a range. */
export function rangeAt(range: XmlRange, ...path: readonly string[]): XmlRange | undefined {
  let at: XmlRange | undefined = range
  for (const name of path) at = at?.children.find((child) => child.name === name)
  return at
}

export interface TextEdit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Edits that do not overlap, in any order. */
export function edited(text: string, edits: readonly TextEdit[]): string {
  let result = text
  for (const edit of [...edits].sort((a, b) => b.start - a.start)) result = result.slice(0, edit.start) + edit.text + result.slice(edit.end)
  return result
}

/** The opening tag with an attribute set, whatever its value was. */
export function withAttribute(tag: string, name: string, value: string): string {
  const known = new RegExp(`(\\s)${name}\\s*=\\s*("[^"]*"|'[^']*')`)
  if (known.test(tag)) return tag.replace(known, (_all, space: string) => `${space}${name}='${value}'`)
  return tag.replace(/\s*\/?>$/, (close) => ` ${name}='${value}'${close.trim()}`)
}
