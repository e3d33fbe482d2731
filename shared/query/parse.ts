import {
  type FieldTest,
  MAX_QUERY_DEPTH,
  MAX_QUERY_LENGTH,
  type NodeSpan,
  type QueryNode,
  type QuerySpans,
  type QueryValue,
  type Span,
} from './ast.ts'
import { checkQuery } from './check.ts'
import type { FieldSet } from './fields.ts'
import { operandFault } from './quantity.ts'
import type { QueryError, QueryErrorCode, QueryErrorParams } from './query-error.ts'
import { compileRegex } from './regex.ts'
import { type Operator, scanQuery, type Token, type WordToken } from './scan.ts'

export const ALL: QueryNode = { kind: 'all' }

export type QueryResult = { readonly ok: true; readonly ast: QueryNode } | { readonly ok: false; readonly error: QueryError }

export interface TolerantResult {
  /** What can be understood, the rest left out. Good for a preview, never for an action: leaving a term out selects more. */
  readonly ast: QueryNode
  /** By column, the first first. */
  readonly errors: readonly QueryError[]
  readonly spans: QuerySpans
}

const RANGE = /^([+-]?\d[\d.]*?[A-Za-z%]*)\.\.([+-]?\d[\d.]*[A-Za-z%]*)$/

/** A production's outcome. `node` is missing when it was refused or empty. */
interface Parsed {
  readonly node?: QueryNode
  readonly empty: boolean
}

function isType<K extends Token['type']>(token: Token, type: K): token is Extract<Token, { type: K }> {
  return token.type === type
}

class Parser {
  readonly errors: QueryError[] = []
  readonly spans = new Map<object, NodeSpan>()
  private readonly text: string
  private readonly tokens: readonly Token[]
  private at = 0

  constructor(text: string) {
    this.text = text
    this.tokens = scanQuery(text)
  }

  query(): QueryNode {
    const parts: QueryNode[] = []
    do {
      const part = this.or(0)
      if (part.node) parts.push(part.node)
      const stray = this.take('close')
      if (stray) this.fail('query.unbalanced-paren', { paren: ')' }, stray)
    } while (this.peek())
    return this.list('and', parts) ?? ALL
  }

  private fail(code: QueryErrorCode, params: QueryErrorParams, span: Span): undefined {
    this.errors.push({ code, params, from: span.from, to: span.to })
    return undefined
  }

  private peek(): Token | undefined {
    return this.tokens[this.at]
  }

  private take<K extends Token['type']>(type: K): Extract<Token, { type: K }> | undefined {
    const token = this.tokens[this.at]
    if (!token || !isType(token, type)) return undefined
    this.at++
    return token
  }

  /** Joins nodes, taking up lists of the same kind, and gives the result their common span. */
  private list(kind: 'and' | 'or', nodes: readonly QueryNode[]): QueryNode | undefined {
    const [first] = nodes
    if (nodes.length < 2 || first === undefined) return first
    const items = nodes.flatMap((node) => (node.kind === kind ? node.items : [node]))
    const node: QueryNode = { kind, items }
    this.spans.set(node, { from: this.spans.get(first)?.from ?? 0, to: this.spans.get(nodes.at(-1) ?? first)?.to ?? this.text.length })
    return node
  }

  private or(depth: number): Parsed {
    const nodes: QueryNode[] = []
    let operands = 0
    let separator: Token | undefined
    for (;;) {
      const operand = this.and(depth)
      if (operand.node) nodes.push(operand.node)
      if (!operand.empty) operands++
      const next = this.take('or')
      const at = separator ?? next
      if (operand.empty && at) this.fail('query.empty-operand', {}, at)
      if (!next) break
      separator = next
    }
    const node = this.list('or', nodes)
    return { ...(node && { node }), empty: operands === 0 && separator === undefined }
  }

  private and(depth: number): Parsed {
    const nodes: QueryNode[] = []
    let empty = true
    for (let token = this.peek(); token && token.type !== 'close' && token.type !== 'or'; token = this.peek()) {
      empty = false
      const node = this.term(token, depth)
      if (node) nodes.push(node)
    }
    const node = this.list('and', nodes)
    return { ...(node && { node }), empty }
  }

  private term(token: Token, depth: number): QueryNode | undefined {
    this.at++
    switch (token.type) {
      case 'not':
        return this.negation(token, depth)
      case 'open':
        return this.group(token, depth)
      case 'word':
        return this.word(token)
      case 'field':
        return this.field(token.name, token)
      // The scanner yields these only after a field, where they are taken together with it.
      case 'op':
      case 'comma':
      case 'regex':
      case 'close':
      case 'or':
        return undefined
    }
  }

  private negation(first: Token, depth: number): QueryNode | undefined {
    const signs = [first]
    for (let sign = this.take('not'); sign; sign = this.take('not')) signs.push(sign)
    const next = this.peek()
    const last = signs.at(-1) ?? first
    if (!next || next.type === 'close' || next.type === 'or' || next.from > last.to) return this.fail('query.empty-negation', {}, last)
    const inner = depth + signs.length
    if (inner > MAX_QUERY_DEPTH) {
      this.fail('query.too-deep', { limit: MAX_QUERY_DEPTH }, first)
      // Read on for the sake of later errors, but keep nothing of it.
      if (next.type === 'open') this.skipGroup()
      else this.term(next, depth)
      return undefined
    }
    let node = this.term(next, inner)
    for (let sign = signs.pop(); node && sign; sign = signs.pop()) {
      const to = this.spans.get(node)?.to ?? sign.to
      node = { kind: 'not', item: node }
      this.spans.set(node, { from: sign.from, to })
    }
    return node
  }

  /** Passes over a group, however deep, without recursion. */
  private skipGroup(): void {
    let open = 0
    do {
      const token = this.tokens[this.at++]
      if (token?.type === 'open') open++
      else if (token?.type === 'close') open--
    } while (open > 0 && this.at < this.tokens.length)
  }

  private group(open: Token, depth: number): QueryNode | undefined {
    if (depth + 1 > MAX_QUERY_DEPTH) {
      this.at--
      this.skipGroup()
      return this.fail('query.too-deep', { limit: MAX_QUERY_DEPTH }, open)
    }
    const { node, empty } = this.or(depth + 1)
    const close = this.take('close')
    if (!close) this.fail('query.unbalanced-paren', { paren: '(' }, open)
    else if (empty) this.fail('query.empty-group', {}, { from: open.from, to: close.to })
    if (node) this.spans.set(node, { ...this.spans.get(node), from: open.from, to: close?.to ?? this.text.length })
    return node
  }

  /** Reports a missing quote; the word is kept as if it ended where the text ends. */
  private closed(word: WordToken): void {
    if (!word.closed) this.fail('query.unclosed-quote', {}, word)
  }

  private word(token: WordToken): QueryNode | undefined {
    this.closed(token)
    if (token.pattern.text === '') return token.closed ? this.fail('query.empty-text', {}, token) : undefined
    const node: QueryNode = { kind: 'text', value: token.pattern }
    this.spans.set(node, token)
    return node
  }

  private field(name: string, start: Token): QueryNode | undefined {
    const op = this.take('op')
    if (!op) return undefined
    const regex = this.take('regex')
    const words = regex ? [] : this.values(name, op)
    const end = regex ?? words.at(-1) ?? op
    const span = { from: start.from, to: end.to, valueFrom: op.to }
    if (name === 'has' && (op.op === ':' || op.op === '=')) return this.has(words, span)
    const test = regex ? this.regex(regex) : this.test(op.op, words)
    if (!test) return undefined
    const node: QueryNode = { kind: 'field', field: name, test }
    this.spans.set(node, span)
    if (op.op !== '!=') return node
    const negated: QueryNode = { kind: 'not', item: node }
    this.spans.set(negated, span)
    return negated
  }

  /** The listed values; a gap in the list is reported and left out. */
  private values(name: string, op: Token): readonly WordToken[] {
    const words: WordToken[] = []
    let previous = op
    for (;;) {
      const token = this.peek()
      const word = token?.type === 'word' && token.place === 'value' ? token : undefined
      if (word) {
        this.at++
        this.closed(word)
        words.push(word)
      } else this.fail('query.missing-value', { field: name }, previous)
      const comma = this.take('comma')
      if (!comma) return words
      previous = comma
    }
  }

  private has(words: readonly WordToken[], span: NodeSpan): QueryNode | undefined {
    const nodes: QueryNode[] = []
    for (const word of words) {
      if (word.literal === '') {
        this.fail('query.empty-text', {}, word)
        continue
      }
      const node: QueryNode = { kind: 'field', field: word.literal.toLowerCase(), test: { kind: 'present' } }
      this.spans.set(node, { from: word.from, to: word.to, valueFrom: word.from })
      nodes.push(node)
    }
    const node = this.list('or', nodes)
    if (node && nodes.length > 1) this.spans.set(node, span)
    return node
  }

  private regex(token: Extract<Token, { type: 'regex' }>): FieldTest | undefined {
    if (!token.closed) return this.fail('query.unclosed-regex', {}, token)
    const { flags, source } = token
    if (flags !== '' && flags !== 'i')
      return this.fail('query.regex-flag', { flags }, { from: token.from + source.length + 2, to: token.to })
    const compiled = compileRegex(source, flags)
    if (!compiled.ok) return this.fail(compiled.fault.code, compiled.fault.params, token)
    return { kind: 'regex', source, flags }
  }

  private test(op: Operator, words: readonly WordToken[]): FieldTest | undefined {
    const [word, second] = words
    if (!word) return undefined
    if (op === ':' || op === '=' || op === '!=') {
      if (!second && word.pattern.kind === 'glob' && word.pattern.text === '*') return { kind: 'present' }
      return { kind: 'match', op: op === ':' ? ':' : '=', values: words.map((item) => this.value(item)) }
    }
    const last = words.at(-1)
    if (second && last) return this.fail('query.list-not-allowed', { operator: op }, { from: second.from - 1, to: last.to })
    if (op === '~') {
      if (word.literal === '') return this.fail('query.empty-text', {}, word)
      return { kind: 'contains', text: word.literal }
    }
    const fault = operandFault(word.literal)
    if (fault) return this.fail(fault.code, fault.params, word)
    return { kind: 'compare', op, value: word.literal }
  }

  private value(word: WordToken): QueryValue {
    const range = word.plain ? RANGE.exec(word.literal) : null
    const [, from = '', to = ''] = range ?? []
    const isRange = range !== null && !operandFault(from) && !operandFault(to)
    const value: QueryValue = isRange ? { kind: 'range', from, to } : { ...word.pattern }
    this.spans.set(value, word)
    return value
  }
}

function byColumn(errors: readonly QueryError[]): readonly QueryError[] {
  return [...errors].sort((a, b) => a.from - b.from || a.to - b.to)
}

/**
 * Makes the best of a query that is still being typed: terms that make no sense yet are left out of the AST and reported.
 * With `fields`, terms that the fields refuse are left out too. Never throws.
 */
export function parseTolerant<T, C>(text: string, fields?: FieldSet<T, C>): TolerantResult {
  if (text.length > MAX_QUERY_LENGTH) {
    const error: QueryError = {
      code: 'query.too-long',
      params: { length: text.length, limit: MAX_QUERY_LENGTH },
      from: MAX_QUERY_LENGTH,
      to: text.length,
    }
    return { ast: ALL, errors: [error], spans: new Map() }
  }
  const parser = new Parser(text)
  const ast = parser.query()
  if (!fields) return { ast, errors: byColumn(parser.errors), spans: parser.spans }
  const checked = checkQuery(ast, fields, parser.spans)
  return { ast: checked.ast, errors: byColumn([...parser.errors, ...checked.errors]), spans: parser.spans }
}

/**
 * Reads a query. The empty query means everything. With `fields`, their names, values, units and operators are checked as well.
 * Never throws; `error` is the leftmost one.
 */
export function parseQuery<T, C>(text: string, fields?: FieldSet<T, C>): QueryResult {
  const { ast, errors } = parseTolerant(text, fields)
  const [error] = errors
  return error ? { ok: false, error } : { ok: true, ast }
}
