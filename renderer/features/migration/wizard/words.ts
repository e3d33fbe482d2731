import type { MigrationFinding, MigrationPrediction, MigrationRecord, Reason } from '../../../../shared/model/index.ts'
import type { I18n } from '../../../lib/i18n/index.ts'

/** A finding as a headline and what is to be known besides. */
export function findingWords({ reason }: Pick<MigrationFinding, 'reason'>, i18n: I18n): { readonly title: string; readonly text: string } {
  const all = i18n.code('finding', reason.code, i18n.reason(byClocksHere(reason, i18n)), reason.params)
  const end = /[.!?](?=\s)/.exec(all)
  if (!end) return { title: all.replace(/\.$/, ''), text: '' }
  return { title: all.slice(0, end.index), text: all.slice(end.index + 1).trim() }
}

export function mendWords(label: Reason, i18n: I18n): string {
  return i18n.code('mend', label.code, i18n.reason(byClocksHere(label, i18n)), label.params)
}

/** The engine names times by its own clocks, and the instants beside them (`from`, `fromMs`). */
function byClocksHere(reason: Reason, i18n: I18n): Reason {
  const times = Object.entries(reason.params ?? {}).flatMap(([key, value]) =>
    key.endsWith('Ms') && Number.isFinite(Number(value)) ? [[key.slice(0, -2), i18n.format.time(Number(value))] as const] : [],
  )
  return times.length === 0 ? reason : { ...reason, params: { ...reason.params, ...Object.fromEntries(times) } }
}

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

type Range = MigrationPrediction['totalMs']

/** "41–58 s": both ends in the unit of the larger. */
export function spanRange({ low, high }: Range, i18n: I18n): { readonly value: string; readonly unit: string } {
  if (high < 1_000) return { value: dash(i18n.format.number(low), i18n.format.number(high)), unit: 'ms' }
  if (high < 120_000) {
    const seconds = (ms: number) => (high < 10_000 ? i18n.format.short(ms / 1_000) : i18n.format.number(ms / 1_000))
    return { value: dash(seconds(low), seconds(high)), unit: 's' }
  }
  const [step, unit] = high < 2 * HOUR_MS ? ([MINUTE_MS, 'min'] as const) : ([HOUR_MS, 'h'] as const)
  const rounded = (ms: number) => (high < 10 * step ? i18n.format.short(ms / step) : i18n.format.number(ms / step))
  return { value: dash(rounded(low), rounded(high)), unit }
}

function dash(low: string, high: string): string {
  return low === high ? low : `${low}–${high}`
}

export function rate(bytesPerS: number | null, i18n: I18n): string {
  return bytesPerS === null ? '–' : i18n.format.rate(bytesPerS)
}

/** How far a move was off what was foretold: 0.06 is six per cent slower. Null: nothing was foretold, or it did not move. */
export function errorOf({ predicted, actual, outcome }: MigrationRecord): number | null {
  if (!predicted || outcome !== 'moved' || predicted.totalMs.likely <= 0) return null
  return actual.totalMs / predicted.totalMs.likely - 1
}

/** The middle one of the amounts. */
export function median(values: readonly number[]): number {
  const sorted = values.map(Math.abs).toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}

export interface Counts {
  readonly blocks: number
  readonly warns: number
}

export function countsOf(findings: readonly MigrationFinding[] | undefined): Counts {
  const of = (severity: MigrationFinding['severity']) => findings?.filter((one) => one.severity === severity).length ?? 0
  return { blocks: of('blocks'), warns: of('warns') }
}
