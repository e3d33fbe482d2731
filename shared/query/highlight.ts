import { MAX_QUERY_LENGTH, type Span } from './ast.ts'
import type { FieldSet } from './fields.ts'
import { parseTolerant } from './parse.ts'
import { scanQuery, type Token } from './scan.ts'

export type HighlightRole = 'field' | 'op' | 'value' | 'not' | 'or' | 'paren' | 'regex' | 'string' | 'error'

export interface HighlightToken extends Span {
  readonly role: HighlightRole
}

function roleOf(token: Token): HighlightRole {
  switch (token.type) {
    case 'open':
    case 'close':
      return 'paren'
    case 'comma':
    case 'op':
      return 'op'
    case 'or':
    case 'not':
    case 'field':
    case 'regex':
      return token.type
    case 'word':
      return token.plain ? 'value' : 'string'
  }
}

/**
 * Colours for the query box: tokens from left to right, none overlapping; white space has none. A token that an error touches is `error`
 * (with `fields`, also what the fields refuse).
 */
export function highlightQuery<T, C>(text: string, fields?: FieldSet<T, C>): readonly HighlightToken[] {
  if (text.length > MAX_QUERY_LENGTH) return [{ from: 0, to: text.length, role: 'error' }]
  const { errors } = parseTolerant(text, fields)
  return scanQuery(text).map((token) => {
    const wrong = errors.some((error) => error.from < token.to && error.to > token.from)
    return { from: token.from, to: token.to, role: wrong ? 'error' : roleOf(token) }
  })
}
