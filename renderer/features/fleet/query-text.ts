import type { Machine } from '../../../shared/model/index.ts'
import {
  compileQuery,
  type InventoryContext,
  MACHINE_FIELDS,
  parseQuery,
  type QueryError,
  type QueryNode,
} from '../../../shared/query/index.ts'

/** Fields whose value changes with every sample or with time alone. */
const VOLATILE: ReadonlySet<string> = new Set([
  'cpu',
  'memory-used',
  'seen',
  'uptime',
  'up',
  'fresh',
  'freshness',
  'disk-read',
  'disk-write',
  'net-rx',
  'net-tx',
])

export interface CompiledText {
  readonly text: string
  readonly error: QueryError | null
  /** Null: everything. */
  readonly matches: ((machine: Machine, context: InventoryContext) => boolean) | null
  readonly volatileQuery: boolean
}

/** A query as the grid wants it. With an error it matches nothing: a misspelt word must not widen a selection. */
export function compileText(text: string): CompiledText {
  const trimmed = text.trim()
  if (trimmed === '') return { text, error: null, matches: null, volatileQuery: false }
  const parsed = parseQuery(text, MACHINE_FIELDS)
  if (!parsed.ok) return { text, error: parsed.error, matches: () => false, volatileQuery: false }
  return { text, error: null, matches: compileQuery(parsed.ast, MACHINE_FIELDS), volatileQuery: asksVolatile(parsed.ast) }
}

function asksVolatile(node: QueryNode): boolean {
  switch (node.kind) {
    case 'all':
    case 'text':
      return false
    case 'field':
      return VOLATILE.has(node.field)
    case 'not':
      return asksVolatile(node.item)
    case 'and':
    case 'or':
      return node.items.some(asksVolatile)
  }
}
