/** The parsed form of a query. Plain data: it survives JSON, carries no positions, and `parseQuery(formatQuery(ast))` gives it back. */

/** Longest accepted query, in UTF-16 code units; the contract accepts as much. */
export const MAX_QUERY_LENGTH = 10_000
/** Deepest accepted nesting of groups and negations. Keeps every recursion over a query shallow. */
export const MAX_QUERY_DEPTH = 32

export type CompareOperator = '>' | '>=' | '<' | '<='

/**
 * A text to compare with. In a `glob`, `*` stands for any run of characters and `?` for one; a literal `*`, `?` or `\` is preceded by `\`.
 */
export interface TextPattern {
  readonly kind: 'literal' | 'glob'
  readonly text: string
}

/** Both ends belong to the range; they are numbers with an optional unit as typed (`20`, `4GiB`). */
export interface RangeValue {
  readonly kind: 'range'
  readonly from: string
  readonly to: string
}

export type QueryValue = TextPattern | RangeValue

/** What is asked of one field. Numbers stay as typed: only the field knows whether `5m` is minutes or mebibytes. */
export type FieldTest =
  /** `field:a,b` or `field=a,b`: any of the values. `=` always compares the whole value. */
  | { readonly kind: 'match'; readonly op: ':' | '='; readonly values: readonly QueryValue[] }
  | { readonly kind: 'compare'; readonly op: CompareOperator; readonly value: string }
  /** `field~text` */
  | { readonly kind: 'contains'; readonly text: string }
  /** `field~/source/i` */
  | { readonly kind: 'regex'; readonly source: string; readonly flags: '' | 'i' }
  /** `has:field` or `field:*` */
  | { readonly kind: 'present' }

export interface FieldNode {
  readonly kind: 'field'
  /** In lower case, as typed otherwise (may be an alias). */
  readonly field: string
  readonly test: FieldTest
}

export interface TextNode {
  readonly kind: 'text'
  readonly value: TextPattern
}

export interface NotNode {
  readonly kind: 'not'
  readonly item: QueryNode
}

/** Always at least two items, none of the same kind as the list itself. */
export interface ListNode {
  readonly kind: 'and' | 'or'
  readonly items: readonly QueryNode[]
}

/** The empty query: everything. Occurs only at the top. */
export interface AllNode {
  readonly kind: 'all'
}

export type QueryNode = AllNode | FieldNode | TextNode | NotNode | ListNode

/** Columns in the query text, in UTF-16 code units: `from` inclusive, `to` exclusive. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** Where a node or a value of the query stands. Of a term also where its value begins. */
export interface NodeSpan extends Span {
  readonly valueFrom?: number
}
/** Keyed by the objects of one parse: nodes and listed values. */
export type QuerySpans = ReadonlyMap<object, NodeSpan>
