import type { CompareOperator, TextPattern } from './ast.ts'

export type Operator = CompareOperator | ':' | '=' | '!=' | '~'

export type Token =
  | Mark<'open'>
  | Mark<'close'>
  | Mark<'or'>
  | Mark<'not'>
  | Mark<'comma'>
  | { readonly type: 'field'; readonly name: string; readonly from: number; readonly to: number }
  | { readonly type: 'op'; readonly op: Operator; readonly from: number; readonly to: number }
  | WordToken
  | {
      readonly type: 'regex'
      readonly source: string
      readonly flags: string
      readonly closed: boolean
      readonly from: number
      readonly to: number
    }

interface Mark<T> {
  readonly type: T
  readonly from: number
  readonly to: number
}

export interface WordToken {
  readonly type: 'word'
  readonly pattern: TextPattern
  /** The text with wildcards taken literally. */
  readonly literal: string
  /** Typed without quotes and escapes, so that `*` and `20..80` mean what they look like. */
  readonly plain: boolean
  /** False when the closing quote is missing. */
  readonly closed: boolean
  /** Whether it follows an operator or stands by itself. */
  readonly place: 'value' | 'text'
  readonly from: number
  readonly to: number
}

/** A comparison may have spaces around it (`cpu > 80`); `:`, `=` and `~` may not, so that a word can be followed by any term. */
const FIELD = /([A-Za-z][A-Za-z0-9_.-]*)(?:(\s*)(>=|<=|>|<)|()(:>=|:<=|:>|:<|!=|:|=|~))/y
const OPERATORS: readonly Operator[] = ['>=', '<=', '>', '<', ':', '=', '!=', '~']
const SPACE = /\s/
const ESCAPABLE = new Set('*?"\\(),|:=~<>!- \t')

function isSpace(char: string | undefined): boolean {
  return char !== undefined && SPACE.test(char)
}

function endsWord(char: string | undefined, place: 'value' | 'text'): boolean {
  return char === undefined || char === '(' || char === ')' || char === '|' || (char === ',' && place === 'value') || SPACE.test(char)
}

/** Splits a query into tokens. Takes any text; what is incomplete is marked on its token. */
export function scanQuery(text: string): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    const char = text[at]
    if (isSpace(char)) {
      at++
    } else if (char === '(' || char === ')' || char === '|' || char === '-') {
      const type = char === '(' ? 'open' : char === ')' ? 'close' : char === '|' ? 'or' : 'not'
      tokens.push({ type, from: at, to: ++at })
    } else {
      at = scanTerm(text, at, tokens)
    }
  }
  return tokens
}

function scanTerm(text: string, from: number, tokens: Token[]): number {
  FIELD.lastIndex = from
  const found = FIELD.exec(text)
  if (found === null) {
    const word = scanWord(text, from, 'text')
    tokens.push(word)
    return word.to
  }
  const name = found[1] ?? ''
  const nameTo = from + name.length
  tokens.push({ type: 'field', name: name.toLowerCase(), from, to: nameTo })
  const opFrom = nameTo + (found[2] ?? '').length
  const typed = found[3] ?? found[5] ?? ':'
  const op = OPERATORS.find((known) => known === typed || `:${known}` === typed) ?? ':'
  const opTo = opFrom + typed.length
  tokens.push({ type: 'op', op, from: opFrom, to: opTo })
  if (op === '~' && text[opTo] === '/') return scanRegex(text, opTo, tokens)
  return scanValues(text, opTo, op, tokens)
}

function scanValues(text: string, start: number, op: Operator, tokens: Token[]): number {
  let at = start
  if (op.startsWith('<') || op.startsWith('>')) {
    while (isSpace(text[at])) at++
  }
  for (;;) {
    if (!endsWord(text[at], 'value')) {
      const word = scanWord(text, at, 'value')
      tokens.push(word)
      at = word.to
    }
    if (text[at] !== ',') return at
    tokens.push({ type: 'comma', from: at, to: ++at })
  }
}

function scanRegex(text: string, from: number, tokens: Token[]): number {
  let at = from + 1
  let inClass = false
  for (; at < text.length; at++) {
    const char = text[at]
    if (char === '\\') at++
    else if (char === '[') inClass = true
    else if (char === ']') inClass = false
    else if (char === '/' && !inClass) break
  }
  const closed = at < text.length
  const source = text.slice(from + 1, at)
  let to = Math.min(at + 1, text.length)
  while (!endsWord(text[to], 'value')) to++
  tokens.push({ type: 'regex', source, flags: closed ? text.slice(at + 1, to) : '', closed, from, to })
  return to
}

/** Quoted and bare stretches may follow each other directly: `"my web "*`. */
function scanWord(text: string, from: number, place: 'value' | 'text'): WordToken {
  let literal = ''
  let glob = ''
  let isGlob = false
  let afterStar = false
  let plain = true
  let closed = true
  let at = from
  const take = (char: string) => {
    afterStar = false
    literal += char
    glob += char === '*' || char === '?' || char === '\\' ? `\\${char}` : char
  }
  while (!endsWord(text[at], place)) {
    const char = text[at] ?? ''
    const next = text[at + 1]
    if (char === '"') {
      plain = false
      const quoted = readQuoted(text, at)
      for (const inner of quoted.text) take(inner)
      closed = quoted.closed
      at = quoted.to
    } else if (char === '\\' && next !== undefined && ESCAPABLE.has(next)) {
      plain = false
      take(next)
      at += 2
    } else if (char === '*' || char === '?') {
      isGlob = true
      literal += char
      // `**` says no more than `*`
      if (char === '?' || !afterStar) glob += char
      afterStar = char === '*'
      at++
    } else {
      take(char)
      at++
    }
  }
  const pattern: TextPattern = isGlob ? { kind: 'glob', text: glob } : { kind: 'literal', text: literal }
  return { type: 'word', pattern, literal, plain, closed, place, from, to: at }
}

/** Inside quotes a backslash protects a quote or a backslash and is itself otherwise, so that `"C:\vm"` needs no doubling. */
function readQuoted(text: string, from: number): { text: string; closed: boolean; to: number } {
  let inner = ''
  for (let at = from + 1; at < text.length; at++) {
    const char = text[at] ?? ''
    const next = text[at + 1]
    if (char === '"') return { text: inner, closed: true, to: at + 1 }
    if (char === '\\' && (next === '"' || next === '\\')) {
      inner += next
      at++
    } else inner += char
  }
  return { text: inner, closed: false, to: text.length }
}
