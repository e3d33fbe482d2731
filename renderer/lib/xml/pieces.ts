export interface Piece {
  readonly text: string
  readonly role: 'tag' | 'attribute' | 'value' | 'comment' | 'text'
}

const TOKENS = /(<!--[\s\S]*?-->)|(<\/?[\w:.-]+|\/?>)|([\w:.-]+)(?==["'])|("[^"]*"|'[^']*')/g

/** One line of XML in its parts: for colour only, nothing depends on it. */
export function piecesOf(line: string): readonly Piece[] {
  const pieces: Piece[] = []
  let at = 0
  for (const match of line.matchAll(TOKENS)) {
    if (match.index > at) pieces.push({ text: line.slice(at, match.index), role: 'text' })
    const role = match[1] ? 'comment' : match[2] ? 'tag' : match[3] ? 'attribute' : 'value'
    pieces.push({ text: match[0], role })
    at = match.index + match[0].length
  }
  if (at < line.length) pieces.push({ text: line.slice(at), role: 'text' })
  return pieces
}
