import type { FieldNode, NodeSpan, QueryNode, QuerySpans } from './ast.ts'
import type { FieldSet } from './fields.ts'
import { nearestNames } from './nearest.ts'
import type { QueryError } from './query-error.ts'
import { compileTerm } from './term.ts'

export interface CheckResult {
  /** The query without the refused terms. */
  readonly ast: QueryNode
  readonly errors: readonly QueryError[]
}

const NOWHERE: NodeSpan = { from: 0, to: 0 }

function checkTerm<T, C>(node: FieldNode, fields: FieldSet<T, C>, spans: QuerySpans): QueryError | undefined {
  const span = spans.get(node) ?? NOWHERE
  const field = fields.get(node.field)
  if (!field) {
    const suggestions = nearestNames(node.field, fields.names)
    const { from } = span
    return {
      code: 'query.unknown-field',
      params: { field: node.field, suggestions },
      from,
      to: Math.min(from + node.field.length, span.to),
    }
  }
  const compiled = compileTerm(field, node.test)
  if (compiled.ok) return undefined
  const at = (compiled.value && spans.get(compiled.value)) ?? { from: span.valueFrom ?? span.from, to: span.to }
  const place = compiled.fault.code === 'query.operator-not-allowed' && !compiled.value ? { from: span.from, to: span.to } : at
  return { ...compiled.fault, from: place.from, to: place.to }
}

/**
 * Checks the terms of a query against the fields. `spans` of the same parse give the errors their columns; without them (a stored AST)
 * they point at 0.
 */
export function checkQuery<T, C>(ast: QueryNode, fields: FieldSet<T, C>, spans: QuerySpans = new Map()): CheckResult {
  const errors: QueryError[] = []
  const keep = (node: QueryNode): QueryNode | undefined => {
    switch (node.kind) {
      case 'all':
      case 'text':
        return node
      case 'field': {
        const error = checkTerm(node, fields, spans)
        if (error) errors.push(error)
        return error ? undefined : node
      }
      case 'not': {
        const item = keep(node.item)
        return item && (item === node.item ? node : { kind: 'not', item })
      }
      case 'and':
      case 'or': {
        const items = node.items.flatMap((item) => keep(item) ?? [])
        if (items.length === node.items.length && items.every((item, i) => item === node.items[i])) return node
        return items.length > 1
          ? { kind: node.kind, items: items.flatMap((item) => (item.kind === node.kind ? item.items : [item])) }
          : items[0]
      }
    }
  }
  const kept = keep(ast)
  return { ast: kept ?? { kind: 'all' }, errors }
}
