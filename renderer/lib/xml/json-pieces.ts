import type { Piece } from './pieces.ts'

const TOKENS = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/** One line of JSON in its parts: for colour only, nothing depends on it. */
export function jsonPieces(line: string): readonly Piece[] {
  const pieces: Piece[] = []
  let at = 0
  for (const match of line.matchAll(TOKENS)) {
    const [whole, text, colon] = match
    if (match.index > at) pieces.push({ text: line.slice(at, match.index), role: 'text' })
    pieces.push({ text: whole, role: text !== undefined && colon !== undefined ? 'attribute' : 'value' })
    at = match.index + whole.length
  }
  if (at < line.length) pieces.push({ text: line.slice(at), role: 'text' })
  return pieces
}
