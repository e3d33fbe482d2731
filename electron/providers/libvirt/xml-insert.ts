/**
 * Puts text into a definition without rebuilding it: what libvirt wrote, and we do not know, stays as it stands to the byte. A tag in a
 * comment, in CDATA, in an attribute or in somebody's metadata is not taken for one of the definition's.
 */
const MARKUP =
  /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<\?[\s\S]*?\?>|<!(?:[^"'>]|"[^"]*"|'[^']*')*>|<(\/?)([^\s/>]+)((?:[^"'>]|"[^"]*"|'[^']*')*)>/g

/** `text` as the last child of the first element on the path from the root, such as `domain`, `devices`. Throws SyntaxError: it is not there. */
export function insertLast(xml: string, path: readonly string[], text: string): string {
  const open: string[] = []
  for (const match of xml.matchAll(MARKUP)) {
    const [markup, slash, name, rest = ''] = match
    if (name === undefined) continue
    const isEnd = slash === '/'
    const isEmpty = !isEnd && rest.endsWith('/')
    if (isEnd) {
      if (isPath(open, path)) return xml.slice(0, match.index) + text + xml.slice(match.index)
      open.pop()
      continue
    }
    open.push(name)
    if (!isEmpty) continue
    if (isPath(open, path)) {
      const head = markup.slice(0, -1).replace(/\s*\/$/, '')
      return `${xml.slice(0, match.index)}${head}>${text}</${name}>${xml.slice(match.index + markup.length)}`
    }
    open.pop()
  }
  throw new SyntaxError(`The definition has no ${path.join('/')}`)
}

/** `text` as the first child of the root element. Throws SyntaxError: the root is another one. */
export function insertIntoRoot(xml: string, root: string, text: string): string {
  for (const match of xml.matchAll(MARKUP)) {
    const [markup, slash, name, rest = ''] = match
    if (name === undefined) continue
    if (slash !== '' || name !== root) break
    const end = match.index + markup.length
    if (!rest.endsWith('/')) return xml.slice(0, end) + text + xml.slice(end)
    const head = markup.slice(0, -1).replace(/\s*\/$/, '')
    return `${xml.slice(0, match.index)}${head}>${text}</${name}>${xml.slice(end)}`
  }
  throw new SyntaxError(`The definition is no ${root}`)
}

function isPath(open: readonly string[], path: readonly string[]): boolean {
  return open.length === path.length && open.every((name, depth) => name === path[depth])
}
