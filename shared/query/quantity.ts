import type { QueryFault } from './query-error.ts'

export type QuantityKind = 'number' | 'percent' | 'bytes' | 'duration'

const KIB = 1024
/** As in libvirt: `GiB` and `G` count in 1024s, `GB` in 1000s. Keys in lower case. */
const BYTE_UNITS: ReadonlyMap<string, number> = new Map([
  ['b', 1],
  ...['k', 'm', 'g', 't', 'p'].flatMap((letter, i): [string, number][] => [
    [letter, KIB ** (i + 1)],
    [`${letter}ib`, KIB ** (i + 1)],
    [`${letter}b`, 1000 ** (i + 1)],
  ]),
])

const SECOND = 1000
const DAY = 86_400 * SECOND
/** In milliseconds. `m` is a minute; a year is 365 days, a month 30. */
const DURATION_UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', SECOND],
  ['sec', SECOND],
  ['m', 60 * SECOND],
  ['min', 60 * SECOND],
  ['h', 3600 * SECOND],
  ['d', DAY],
  ['w', 7 * DAY],
  ['mo', 30 * DAY],
  ['y', 365 * DAY],
])

const UNITS: Readonly<Record<QuantityKind, ReadonlyMap<string, number>>> = {
  number: new Map([['', 1]]),
  percent: new Map([
    ['', 1],
    ['%', 1],
  ]),
  bytes: BYTE_UNITS,
  duration: DURATION_UNITS,
}

/** Units offered while typing, most usual first. */
export const USUAL_UNITS: Readonly<Record<QuantityKind, readonly string[]>> = {
  number: [],
  percent: ['%'],
  bytes: ['GiB', 'MiB', 'TiB', 'KiB', 'GB'],
  duration: ['m', 'h', 'd', 's', 'w'],
}

const QUANTITY = /^([+-]?\d{1,18}(?:\.\d{1,18})?)([A-Za-z%]*)$/
const VERSION = /^\d{1,9}(?:\.\d{1,9})*$/

export interface Quantity {
  /** In bytes, milliseconds, per cent, or as it stands. */
  readonly value: number
  /** The typed unit in the same measure: how precise the number was meant. */
  readonly unit: number
}

export type QuantityResult = { readonly ok: true; readonly quantity: Quantity } | { readonly ok: false; readonly fault: QueryFault }

/** Reads `80`, `80%`, `8GiB`, `1.5h` as a field of the kind understands it. Bytes and durations need a unit, except 0. */
export function readQuantity(text: string, kind: QuantityKind): QuantityResult {
  const found = QUANTITY.exec(text)
  if (found === null) return { ok: false, fault: { code: 'query.bad-number', params: { value: text } } }
  const value = Number(found[1])
  const unit = (found[2] ?? '').toLowerCase()
  const factor = UNITS[kind].get(unit)
  if (factor !== undefined) return { ok: true, quantity: { value: value * factor, unit: factor } }
  if (unit === '' && value === 0) return { ok: true, quantity: { value: 0, unit: 1 } }
  const params = { value: text, unit: found[2] ?? '', units: USUAL_UNITS[kind] }
  return { ok: false, fault: { code: unit === '' ? 'query.missing-unit' : 'query.bad-unit', params } }
}

/** Whether a text can be an operand of `>` at all, before the field is known. Returns the fault, if any. */
export function operandFault(text: string): QueryFault | undefined {
  if (VERSION.test(text)) return undefined
  const found = QUANTITY.exec(text)
  if (found === null) return { code: 'query.bad-number', params: { value: text } }
  const unit = (found[2] ?? '').toLowerCase()
  if (unit === '' || unit === '%' || BYTE_UNITS.has(unit) || DURATION_UNITS.has(unit)) return undefined
  return { code: 'query.bad-unit', params: { value: text, unit, units: [...USUAL_UNITS.bytes, ...USUAL_UNITS.duration, '%'] } }
}

/** The numbers of a dotted version, or undefined. */
export function readVersion(text: string): readonly number[] | undefined {
  return VERSION.test(text) ? text.split('.').map(Number) : undefined
}

/** Negative, 0 or positive. Missing parts count as 0: 9.0 = 9. */
export function compareVersions(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
