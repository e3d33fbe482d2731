import type { CompareOperator, FieldTest, QueryValue, TextPattern } from './ast.ts'
import type { Field, FieldKind, FieldValue } from './fields.ts'
import { foldText } from './fold.ts'
import { compileGlob } from './glob.ts'
import { nearestNames } from './nearest.ts'
import { compareVersions, type QuantityKind, readQuantity, readVersion } from './quantity.ts'
import type { QueryFault } from './query-error.ts'
import { compileRegex } from './regex.ts'

type ValueTest = (value: FieldValue) => boolean
type TextTest = (text: string) => boolean
type NumberTest = (value: number) => boolean

/** `value` names the listed value at fault, where it is one of several. */
export type TermResult =
  | { readonly ok: true; readonly test: ValueTest }
  | { readonly ok: false; readonly fault: QueryFault; readonly value?: QueryValue }

type TermField = Pick<Field<never, never>, 'name' | 'kind' | 'values' | 'match'>

const YES = ['yes', 'true', 'on', '1', 'ja']
const NO = ['no', 'false', 'off', '0', 'nein']
/** Offered for boolean fields. */
export const BOOLEAN_VALUES = ['yes', 'no'] as const

const refuse = (code: QueryFault['code'], params: QueryFault['params'], value?: QueryValue): TermResult => ({
  ok: false,
  fault: { code, params },
  ...(value && { value }),
})
const accept = (test: ValueTest): TermResult => ({ ok: true, test })

function isKnown(value: FieldValue): boolean {
  return value !== undefined && value !== null && value !== '' && value !== false && !(Array.isArray(value) && value.length === 0)
}

/** Lifts a test of one text to one of a field: any member of a list will do. */
function anyText(test: TextTest): ValueTest {
  return (value) => {
    if (typeof value === 'string') return test(value)
    if (value === null || value === undefined || typeof value === 'boolean') return false
    if (typeof value === 'number') return test(String(value))
    return value.some(test)
  }
}

const anyOf =
  <V>(tests: readonly ((value: V) => boolean)[]): ((value: V) => boolean) =>
  (value) =>
    tests.some((test) => test(value))

function joinTests<V>(tests: readonly ((value: V) => boolean)[]): (value: V) => boolean {
  const [first] = tests
  return tests.length === 1 && first ? first : anyOf(tests)
}

/** A test of a text against a pattern, neither folded yet. */
export function compilePattern(pattern: TextPattern, how: 'whole' | 'part'): TextTest {
  const folded = foldText(pattern.text)
  if (pattern.kind === 'glob') {
    const glob = compileGlob(folded)
    return (text) => glob(foldText(text))
  }
  if (how === 'part') return (text) => foldText(text).includes(folded)
  return remembered((text) => text === pattern.text || foldText(text) === folded)
}

/** More distinct values than this are names, which seldom repeat. */
const MOST_REMEMBERED = 1_000

/** Tags, hosts and systems repeat over thousands of objects: each value is folded and compared once. */
function remembered(test: TextTest): TextTest {
  const known = new Map<string, boolean>()
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return before
    const now = test(text)
    if (known.size < MOST_REMEMBERED) known.set(text, now)
    return now
  }
}

function operators(kind: FieldKind): string {
  switch (kind) {
    case 'number':
    case 'percent':
    case 'bytes':
    case 'duration':
    case 'version':
      return ': = > >= < <='
    case 'boolean':
      return ': ='
    case 'text':
    case 'enum':
    case 'tags':
    case 'id':
      return ': = ~'
  }
}

function notAllowed(field: TermField, operator: string, value?: QueryValue): TermResult {
  return refuse('query.operator-not-allowed', { field: field.name, operator, allowed: operators(field.kind) }, value)
}

function operatorOf(test: FieldTest): string {
  switch (test.kind) {
    case 'match':
    case 'compare':
      return test.op
    case 'contains':
    case 'regex':
      return '~'
    case 'present':
      return ':*'
  }
}

function compareNumber(op: CompareOperator, limit: number): NumberTest {
  switch (op) {
    case '>':
      return (value) => value > limit
    case '>=':
      return (value) => value >= limit
    case '<':
      return (value) => value < limit
    case '<=':
      return (value) => value <= limit
  }
}

/** What "equal" means for measured values: per cent as shown, without decimals; durations in the unit they were asked in. */
function equalNumber(kind: QuantityKind, value: number, unit: number): NumberTest {
  if (kind === 'percent') return (actual) => Math.round(actual) === Math.round(value)
  if (kind === 'duration') return (actual) => actual >= value && actual < value + unit
  return (actual) => actual === value
}

const isBlank = (value: QueryValue): boolean => value.kind === 'literal' && value.text === ''
const missing: ValueTest = (value) => value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)

const number =
  (check: NumberTest): ValueTest =>
  (value) =>
    typeof value === 'number' && check(value)

function quantityTerm(field: TermField, kind: QuantityKind, test: FieldTest): TermResult {
  if (test.kind === 'compare') {
    const limit = readQuantity(test.value, kind)
    return limit.ok ? accept(number(compareNumber(test.op, limit.quantity.value))) : { ok: false, fault: limit.fault }
  }
  if (test.kind !== 'match') return notAllowed(field, operatorOf(test))
  const tests: ValueTest[] = []
  for (const item of test.values) {
    if (isBlank(item)) tests.push(missing)
    else if (item.kind === 'range') {
      const from = readQuantity(item.from, kind)
      const to = readQuantity(item.to, kind)
      if (!from.ok) return { ok: false, fault: from.fault, value: item }
      if (!to.ok) return { ok: false, fault: to.fault, value: item }
      const [low, high] = [from.quantity.value, to.quantity.value]
      if (low > high) return refuse('query.bad-range', { from: item.from, to: item.to }, item)
      tests.push(number((value) => value >= low && value <= high))
    } else if (item.kind === 'glob') return refuse('query.bad-number', { value: item.text }, item)
    else {
      const wanted = readQuantity(item.text, kind)
      if (!wanted.ok) return { ok: false, fault: wanted.fault, value: item }
      tests.push(number(equalNumber(kind, wanted.quantity.value, wanted.quantity.unit)))
    }
  }
  return accept(joinTests(tests))
}

function versionTerm(field: TermField, test: FieldTest): TermResult {
  if (test.kind === 'compare') {
    const wanted = readVersion(test.value)
    if (!wanted) return refuse('query.bad-number', { value: test.value })
    const check = compareNumber(test.op, 0)
    return accept(
      anyText((text) => {
        const actual = readVersion(text)
        return actual !== undefined && check(compareVersions(actual, wanted))
      }),
    )
  }
  return test.kind === 'match' ? textTerm(field, test) : notAllowed(field, operatorOf(test))
}

function booleanTerm(field: TermField, test: FieldTest): TermResult {
  if (test.kind !== 'match') return notAllowed(field, operatorOf(test))
  const wanted = new Set<FieldValue>()
  for (const item of test.values) {
    const text = item.kind === 'literal' ? foldText(item.text) : ''
    if (isBlank(item)) wanted.add(undefined).add(null)
    else if (YES.includes(text)) wanted.add(true)
    else if (NO.includes(text)) wanted.add(false)
    else return refuse('query.bad-boolean', { value: item.kind === 'range' ? `${item.from}..${item.to}` : item.text }, item)
  }
  return accept((value) => wanted.has(value))
}

function enumTerm(field: TermField, test: Extract<FieldTest, { kind: 'match' }>): TermResult {
  const known = field.values ?? []
  const wanted = new Set<FieldValue>()
  for (const item of test.values) {
    if (item.kind === 'range') return notAllowed(field, '..', item)
    if (isBlank(item)) {
      wanted.add(undefined).add(null).add('')
      continue
    }
    const matches = compilePattern(item, 'whole')
    const found = known.filter((entry) => matches(entry.value) || entry.aliases?.some(matches))
    if (found.length === 0 && item.kind === 'literal') {
      const suggestions = nearestNames(
        item.text,
        known.map((entry) => entry.value),
      )
      return refuse('query.unknown-value', { field: field.name, value: item.text, suggestions }, item)
    }
    for (const entry of found) wanted.add(entry.value)
  }
  return accept((value) => (Array.isArray(value) ? value.some((member) => wanted.has(member)) : wanted.has(value)))
}

function textTerm(field: TermField, test: Extract<FieldTest, { kind: 'match' }>): TermResult {
  const how = test.op === ':' ? (field.match ?? 'whole') : 'whole'
  const tests: ValueTest[] = []
  for (const item of test.values) {
    if (item.kind === 'range') return notAllowed(field, '..', item)
    tests.push(isBlank(item) ? missing : anyText(compilePattern(item, how)))
  }
  return accept(joinTests(tests))
}

/**
 * Turns what is asked of a field into a test of its value, or says why the field cannot be asked that.
 * A value that is not known passes no test but `field:""`; so it passes every negation.
 */
export function compileTerm(field: TermField, test: FieldTest): TermResult {
  if (test.kind === 'present') return accept(isKnown)
  switch (field.kind) {
    case 'number':
    case 'percent':
    case 'bytes':
    case 'duration':
      return quantityTerm(field, field.kind, test)
    case 'version':
      return versionTerm(field, test)
    case 'boolean':
      return booleanTerm(field, test)
    case 'enum':
    case 'text':
    case 'tags':
    case 'id':
      break
  }
  switch (test.kind) {
    case 'match':
      return field.kind === 'enum' ? enumTerm(field, test) : textTerm(field, test)
    case 'contains':
      return accept(anyText(compilePattern({ kind: 'literal', text: test.text }, 'part')))
    case 'regex': {
      const regex = compileRegex(test.source, test.flags)
      return regex.ok ? accept(anyText(regex.test)) : { ok: false, fault: regex.fault }
    }
    case 'compare':
      return notAllowed(field, test.op)
  }
}
