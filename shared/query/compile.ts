import type { QueryNode, TextPattern } from './ast.ts'
import { checkQuery } from './check.ts'
import type { FieldSet, QueryContext } from './fields.ts'
import { foldText } from './fold.ts'
import { compilePattern, compileTerm } from './term.ts'

export type QueryPredicate<T, C = QueryContext> = (item: T, context: C) => boolean

function textPredicate<T, C extends QueryContext>(value: TextPattern, fields: FieldSet<T, C>): QueryPredicate<T, C> {
  const matches = compilePattern(value, 'part')
  const getters = fields.searched.map((field) => field.get)
  const part = value.kind === 'literal' && !value.text.includes('\n') ? foldText(value.text) : null
  return (item, context) => {
    if (part !== null && context.searchedText) return context.searchedText().includes(part)
    for (const get of getters) {
      const found = get(item, context)
      if (typeof found === 'string') {
        if (matches(found)) return true
      } else if (Array.isArray(found) && found.some(matches)) return true
    }
    return false
  }
}

function build<T, C extends QueryContext>(node: QueryNode, fields: FieldSet<T, C>): QueryPredicate<T, C> {
  switch (node.kind) {
    case 'all':
      return () => true
    case 'text':
      return textPredicate(node.value, fields)
    case 'field': {
      const field = fields.get(node.field)
      const term = field && compileTerm(field, node.test)
      if (!field || !term?.ok) return () => false
      const { get } = field
      const { test } = term
      return (item, context) => test(get(item, context))
    }
    case 'not': {
      const inner = build(node.item, fields)
      return (item, context) => !inner(item, context)
    }
    case 'and': {
      const parts = node.items.map((item) => build(item, fields))
      return (item, context) => {
        for (const part of parts) if (!part(item, context)) return false
        return true
      }
    }
    case 'or': {
      const parts = node.items.map((item) => build(item, fields))
      return (item, context) => {
        for (const part of parts) if (part(item, context)) return true
        return false
      }
    }
  }
}

/**
 * Compiles a query once into a test of one object. A query that the fields refuse selects nothing, also where the refused term is
 * negated: an action must never reach more objects because of a misspelt word. Call `parseQuery(text, fields)` to learn why. Never throws.
 */
export function compileQuery<T, C extends QueryContext>(ast: QueryNode, fields: FieldSet<T, C>): QueryPredicate<T, C> {
  if (checkQuery(ast, fields).errors.length > 0) return () => false
  return build(ast, fields)
}
