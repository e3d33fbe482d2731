/** `*` and `?` over folded text, in time proportional to pattern × text at worst. */

type Piece = string | typeof ANY | typeof ONE
const ANY = Symbol('any')
const ONE = Symbol('one')

function pieces(glob: string): Piece[] {
  const found: Piece[] = []
  for (let i = 0; i < glob.length; i++) {
    const char = glob[i] ?? ''
    if (char === '*') {
      if (found.at(-1) !== ANY) found.push(ANY)
    } else if (char === '?') found.push(ONE)
    else if (char === '\\' && i + 1 < glob.length) found.push(glob[++i] ?? '')
    else found.push(char)
  }
  return found
}

function isPair(text: string, at: number): boolean {
  const high = text.charCodeAt(at)
  return high >= 0xd800 && high <= 0xdbff && at + 1 < text.length
}

/** Greedy two-pointer match: on a mismatch only the last `*` takes one more character. */
function matchPieces(pattern: readonly Piece[], text: string): boolean {
  let p = 0
  let t = 0
  let star = -1
  let resume = 0
  while (t < text.length) {
    const piece = pattern[p]
    if (piece === ANY) {
      star = p++
      resume = t
    } else if (piece === ONE) {
      t += isPair(text, t) ? 2 : 1
      p++
    } else if (piece !== undefined && piece === text[t]) {
      t++
      p++
    } else if (star >= 0) {
      p = star + 1
      resume += isPair(text, resume) ? 2 : 1
      t = resume
    } else return false
  }
  while (pattern[p] === ANY) p++
  return p === pattern.length
}

/**
 * Makes a matcher of the whole text. Pattern and text must have been folded alike.
 * The usual shapes (`web-*`, `*-old`, `*mail*`) become a single string search.
 */
export function compileGlob(glob: string): (text: string) => boolean {
  const pattern = pieces(glob)
  const literal = pattern.filter((piece) => typeof piece === 'string').join('')
  const wild = pattern.length - pattern.filter((piece) => typeof piece === 'string').length
  if (wild === 1 && pattern.at(-1) === ANY) return (text) => text.startsWith(literal)
  if (wild === 1 && pattern[0] === ANY) return (text) => text.endsWith(literal)
  if (wild === 2 && pattern[0] === ANY && pattern.at(-1) === ANY) return (text) => text.includes(literal)
  return (text) => matchPieces(pattern, text)
}
