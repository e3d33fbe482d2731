import type { Span } from './ast.ts'

/** Every code a query can be refused with. Codes are stable; the texts shown belong to the message catalogue. */
export const QUERY_ERROR_CODES = [
  'query.too-long',
  'query.too-deep',
  'query.unclosed-quote',
  'query.unclosed-regex',
  'query.unbalanced-paren',
  'query.empty-group',
  'query.empty-operand',
  'query.empty-negation',
  'query.empty-text',
  'query.missing-value',
  'query.list-not-allowed',
  'query.bad-number',
  'query.bad-unit',
  'query.missing-unit',
  'query.bad-range',
  'query.bad-boolean',
  'query.unknown-field',
  'query.unknown-value',
  'query.operator-not-allowed',
  'query.regex-invalid',
  'query.regex-unsupported',
  'query.regex-flag',
  'query.regex-nested-quantifier',
  'query.regex-too-long',
  'query.regex-too-complex',
] as const

export type QueryErrorCode = (typeof QUERY_ERROR_CODES)[number]

export type QueryErrorParams = Readonly<Record<string, string | number | readonly string[]>>

/** Why and where a query is refused. `params` fill the message of the same code. */
export interface QueryError extends Span {
  readonly code: QueryErrorCode
  readonly params: QueryErrorParams
}

/** A fault whose place is known to the caller only. */
export interface QueryFault {
  readonly code: QueryErrorCode
  readonly params: QueryErrorParams
}
