import type { QueryNode } from './ast.ts'
import { formatQuery } from './format.ts'
import { ALL, parseTolerant } from './parse.ts'

/** Changes a query as a click on a tag, a state or a place in the tree means it: at the top level, everything else kept. */

function topTerms(ast: QueryNode): readonly QueryNode[] {
  if (ast.kind === 'all') return []
  return ast.kind === 'and' ? ast.items : [ast]
}

function joined(terms: readonly QueryNode[]): string {
  const [first] = terms
  if (first === undefined) return formatQuery(ALL)
  return formatQuery(terms.length === 1 ? first : { kind: 'and', items: terms.flatMap(topTerms) })
}

function read(text: string): { readonly terms: readonly QueryNode[]; readonly keys: readonly string[] } {
  const terms = topTerms(parseTolerant(text).ast)
  return { terms, keys: terms.map(formatQuery) }
}

function without(query: string, unwanted: ReadonlySet<string>): readonly QueryNode[] {
  const { terms, keys } = read(query)
  return terms.filter((_, i) => !unwanted.has(keys[i] ?? ''))
}

function opposite(node: QueryNode): string {
  return formatQuery(node.kind === 'not' ? node.item : { kind: 'not', item: node })
}

/** Whether the term (or each of the terms) stands in the query at its top level. */
export function hasTerm(query: string, term: string): boolean {
  const { keys } = read(query)
  const wanted = read(term).keys
  return wanted.length > 0 && wanted.every((key) => keys.includes(key))
}

/** Narrows the query by the term. Its opposite goes; what is there already is not repeated. Unfinished terms of the query are dropped. */
export function addTerm(query: string, term: string): string {
  const added = read(term)
  const kept = without(query, new Set(added.terms.map(opposite)))
  const present = new Set(kept.map(formatQuery))
  return joined([...kept, ...added.terms.filter((_, i) => !present.has(added.keys[i] ?? ''))])
}

/** Takes the term out of the top level of the query, if it stands there. */
export function removeTerm(query: string, term: string): string {
  return joined(without(query, new Set(read(term).keys)))
}

export function toggleTerm(query: string, term: string): string {
  return hasTerm(query, term) ? removeTerm(query, term) : addTerm(query, term)
}

/**
 * Adds the value to the query's list for this field, or takes it out: `state:running` and `paused` give `state:running,paused`.
 * For filters where several values may be ticked.
 */
export function toggleValue(query: string, field: string, value: string): string {
  const { terms } = read(query)
  const name = field.toLowerCase()
  const isList = (node: QueryNode) =>
    node.kind === 'field' && node.field === name && node.test.kind === 'match' && node.test.op === ':' ? node.test : undefined
  const at = terms.findIndex((node) => isList(node) !== undefined)
  const found = terms[at]
  const list = found && isList(found)
  if (!list)
    return joined([...terms, { kind: 'field', field: name, test: { kind: 'match', op: ':', values: [{ kind: 'literal', text: value }] } }])
  const kept = list.values.filter((item) => item.kind !== 'literal' || item.text !== value)
  const values = kept.length < list.values.length ? kept : [...list.values, { kind: 'literal' as const, text: value }]
  const replaced: QueryNode[] = values.length > 0 ? [{ kind: 'field', field: name, test: { ...list, values } }] : []
  return joined(terms.flatMap((node, i) => (i === at ? replaced : [node])))
}
