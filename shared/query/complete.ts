import { MAX_QUERY_LENGTH } from './ast.ts'
import type { Field, FieldSet } from './fields.ts'
import { foldText } from './fold.ts'
import { formatValue, quoteText } from './format.ts'
import { USUAL_UNITS } from './quantity.ts'
import { scanQuery, type Token, type WordToken } from './scan.ts'
import { BOOLEAN_VALUES } from './term.ts'

/** A value that occurs now, supplied by the caller. */
export interface KnownValue {
  readonly value: string
  /** How many objects have it. */
  readonly count?: number
}

/** The values of a field that occur now (tags, hosts, networks); empty where there are none to offer. */
export type ValuesOf = (field: string) => readonly KnownValue[]

export interface CompletionItem {
  /** What replaces the text from `from` to `to`. */
  readonly insert: string
  /** What the list shows. */
  readonly label: string
  readonly kind: 'field' | 'operator' | 'value'
  /** Message key of the field or value, where there is one. */
  readonly detail?: string
  readonly count?: number
}

export interface Completion {
  readonly from: number
  readonly to: number
  readonly items: readonly CompletionItem[]
}

const MAX_ITEMS = 50

interface Candidate extends CompletionItem {
  /** What the typed text is compared with. */
  readonly keys: readonly string[]
}

/** Whole, then beginning, then the beginning of a part (`web-01` for `01`), then anywhere. */
function quality(key: string, typed: string): number | undefined {
  const text = foldText(key)
  if (typed === '') return 1
  if (text === typed) return 0
  const at = text.indexOf(typed)
  if (at < 0) return undefined
  if (at === 0) return 1
  return /[\p{L}\p{N}]/u.test(text[at - 1] ?? '') ? 3 : 2
}

/** `keepOrder` for lists whose order says something (fields, states, units); otherwise by count, then by name. */
function rank(candidates: readonly Candidate[], typed: string, keepOrder: boolean): readonly CompletionItem[] {
  const folded = foldText(typed)
  const scored = candidates.flatMap((candidate, order) => {
    const scores = candidate.keys.map((key) => quality(key, folded)).filter((score) => score !== undefined)
    return scores.length > 0 ? [{ candidate, order, score: Math.min(...scores) }] : []
  })
  scored.sort((a, b) => {
    if (a.score !== b.score) return a.score - b.score
    if (keepOrder) return a.order - b.order
    const counts = (b.candidate.count ?? 0) - (a.candidate.count ?? 0)
    return counts || a.candidate.label.localeCompare(b.candidate.label, 'en', { numeric: true })
  })
  return scored.slice(0, MAX_ITEMS).map(({ candidate: { keys: _keys, ...item } }) => item)
}

function takesNumbers<T, C>(field: Field<T, C>): boolean {
  return ['number', 'bytes', 'percent', 'duration', 'version'].includes(field.kind)
}

function fieldCandidates<T, C>(fields: FieldSet<T, C>, withOperator: boolean): Candidate[] {
  const items = fields.all.map((field): Candidate => {
    // A number is rarely asked for exactly; which comparison is meant, the next list asks.
    const op = withOperator && !takesNumbers(field) ? ':' : ''
    return {
      insert: field.name + op,
      label: field.name + op,
      kind: 'field',
      detail: field.label,
      keys: [field.name, ...(field.aliases ?? [])],
    }
  })
  if (withOperator) items.push({ insert: 'has:', label: 'has:', kind: 'field', detail: 'query.field.has', keys: ['has'] })
  return items
}

function operatorItems<T, C>(field: Field<T, C>): CompletionItem[] {
  const operators = takesNumbers(field) ? ['>', '>=', '<', '<=', ':'] : field.kind === 'boolean' ? [':'] : [':', '~', '=']
  return operators.map((op) => ({ insert: field.name + op, label: field.name + op, kind: 'operator', detail: field.label }))
}

function valueCandidates<T, C>(field: Field<T, C>, valuesOf: ValuesOf): { items: Candidate[]; keepOrder: boolean } {
  const known = valuesOf(field.name)
  const counts = new Map(known.map((entry) => [entry.value, entry.count]))
  const candidate = (value: string, label?: string, aliases: readonly string[] = []): Candidate => {
    const count = counts.get(value)
    return {
      insert: formatValue(value),
      label: value,
      kind: 'value',
      keys: [value, ...aliases],
      ...(label !== undefined && { detail: label }),
      ...(count !== undefined && { count }),
    }
  }
  if (field.kind === 'boolean') return { items: BOOLEAN_VALUES.map((value) => candidate(value)), keepOrder: true }
  const listed = field.values ?? []
  const items = listed.map((entry) => candidate(entry.value, entry.label, entry.aliases))
  const names = new Set(listed.map((entry) => entry.value))
  items.push(...known.filter((entry) => entry.value !== '' && !names.has(entry.value)).map((entry) => candidate(entry.value)))
  return { items, keepOrder: field.kind === 'enum' }
}

/** After the digits of a number: the number with each unit the field knows. */
function unitItems<T, C>(field: Field<T, C>, typed: string): readonly CompletionItem[] {
  const found = /^((?:[\d.]+[A-Za-z%]*\.\.)?[+-]?\d+(?:\.\d+)?)([A-Za-z%]*)$/.exec(typed)
  if (!found || (field.kind !== 'bytes' && field.kind !== 'percent' && field.kind !== 'duration')) return []
  const [, number = '', unit = ''] = found
  const candidates = USUAL_UNITS[field.kind].map(
    (name): Candidate => ({ insert: number + name, label: number + name, kind: 'value', keys: [name] }),
  )
  return rank(candidates, unit, true).filter((item) => item.insert !== typed)
}

/** What stands left of the caret, in a word that may go on behind it. Quotes and escapes are resolved. */
function typedPart(text: string, word: WordToken, caret: number): string {
  const cut = scanQuery(`x:${text.slice(word.from, caret)}`).find((token) => token.type === 'word')
  return cut?.type === 'word' ? cut.literal : ''
}

function isPart(token: Token | undefined): boolean {
  return token?.type === 'comma' || (token?.type === 'word' && token.place === 'value')
}

/** The tokens of the term around `index`, seen from a value: its field, its operator and the values listed so far. */
function termAt(tokens: readonly Token[], index: number): { name: string; op: string; listed: readonly string[] } | undefined {
  let at = index
  while (isPart(tokens[at])) at--
  const op = tokens[at]
  const field = tokens[at - 1]
  if (op?.type !== 'op' || field?.type !== 'field') return undefined
  const listed: string[] = []
  for (let i = at + 1; isPart(tokens[i]); i++) {
    const token = tokens[i]
    if (token?.type === 'word' && i !== index) listed.push(token.literal)
  }
  return { name: field.name, op: op.op, listed }
}

function completeValue<T, C>(
  term: { name: string; op: string; listed: readonly string[] },
  typed: string,
  fields: FieldSet<T, C>,
  valuesOf: ValuesOf,
): readonly CompletionItem[] {
  const unlisted = (item: CompletionItem) => !term.listed.includes(item.label)
  if (term.name === 'has') {
    return rank(fieldCandidates(fields, false), typed, true).filter(unlisted)
  }
  const field = fields.get(term.name)
  if (!field || term.op === '~') return []
  if (takesNumbers(field)) {
    const units = unitItems(field, typed)
    if (units.length > 0 || field.kind !== 'version') return units
  }
  const { items, keepOrder } = valueCandidates(field, valuesOf)
  return rank(items, typed, keepOrder).filter(unlisted)
}

/** For a word by itself: fields that begin so, then values of fields where the word occurs (`run` → `state:running`). */
function completeWord<T, C>(typed: string, fields: FieldSet<T, C>, valuesOf: ValuesOf): readonly CompletionItem[] {
  const exact = fields.get(typed)
  const names = exact ? operatorItems(exact) : rank(fieldCandidates(fields, true), typed, true)
  if (typed.length < 2) return names
  const values = fields.all.flatMap((field): Candidate[] => {
    if (field.kind !== 'enum' && field.kind !== 'tags' && field.kind !== 'text') return []
    const { items } = valueCandidates(field, valuesOf)
    return items.map((item) => ({ ...item, insert: `${field.name}:${item.insert}`, label: `${field.name}:${item.label}` }))
  })
  return [...names, ...rank(values, typed, false)].slice(0, MAX_ITEMS)
}

/**
 * What could stand at the caret: fields, operators, values; inside negations, groups, lists and quotes as well. `valuesOf` supplies the
 * values that occur now. Replace `from`..`to` by an item's `insert`. Never throws.
 */
export function completeQuery<T, C>(text: string, caret: number, fields: FieldSet<T, C>, valuesOf: ValuesOf): Completion {
  const at = Math.max(0, Math.min(caret, text.length))
  const nothing: Completion = { from: at, to: at, items: [] }
  if (text.length > MAX_QUERY_LENGTH) return nothing
  const tokens = scanQuery(text)
  const index = tokens.findIndex((token) => token.from < at && at <= token.to)
  const token = tokens[index]
  const next = tokens[index + 1]
  const valueFollows = next?.type === 'word' && next.place === 'value' && next.from === at
  switch (token?.type) {
    case 'regex':
      return nothing
    case 'field': {
      const typed = text.slice(token.from, at)
      return { from: token.from, to: token.to, items: rank(fieldCandidates(fields, false), typed, true) }
    }
    case 'op':
    case 'comma': {
      const term = at === token.to ? termAt(tokens, token.type === 'op' ? index + 1 : index) : undefined
      const named = term ?? (token.type === 'op' ? bareTerm(tokens, index) : undefined)
      if (!named || at < token.to) return nothing
      const listed = valueFollows ? named.listed.filter((value) => next.type === 'word' && value !== next.literal) : named.listed
      return { from: at, to: valueFollows ? next.to : at, items: completeValue({ ...named, listed }, '', fields, valuesOf) }
    }
    case 'word': {
      const typed = typedPart(text, token, at)
      if (token.place === 'text') {
        const items = token.plain ? completeWord(typed, fields, valuesOf) : []
        return { from: token.from, to: token.to, items }
      }
      const term = termAt(tokens, index)
      const items = term ? completeValue(term, typed, fields, valuesOf) : []
      // An open quote stays one: the closing quote shows that the value is complete.
      const quoted = text[token.from] === '"' ? items.map((item) => requoted(item)) : items
      return { from: token.from, to: token.to, items: quoted }
    }
    case 'not':
    case 'or':
    case 'open':
    case 'close':
    case undefined:
      return { from: at, to: at, items: rank(fieldCandidates(fields, true), '', true) }
  }
}

function bareTerm(tokens: readonly Token[], opIndex: number): { name: string; op: string; listed: readonly string[] } | undefined {
  const op = tokens[opIndex]
  const field = tokens[opIndex - 1]
  return op?.type === 'op' && field?.type === 'field' ? { name: field.name, op: op.op, listed: [] } : undefined
}

function requoted(item: CompletionItem): CompletionItem {
  return item.insert.startsWith('"') ? item : { ...item, insert: quoteText(item.label) }
}
