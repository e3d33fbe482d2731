import { dateOf, hereZone, instantOf, nextInstantOf, type PlannedMove, type PlanWhen, timeOf } from '../../../../shared/model/index.ts'
import type { I18n } from '../../../lib/i18n/index.ts'

/** When it is to begin, as it stands in the fields: dates and times as clocks here show them. */
export interface WhenChoice {
  readonly kind: 'now' | 'at' | 'window'
  readonly date: string
  readonly time: string
  readonly until: string
}

export const NOW: WhenChoice = { kind: 'now', date: '', time: '', until: '' }

const HOUR_MS = 3_600_000

/** What is likely meant: the coming night. */
export function tonight(kind: 'at' | 'window', nowMs: number): WhenChoice {
  const fromMs = nextInstantOf('02:30', nowMs) ?? nowMs + HOUR_MS
  return { kind, date: dateOf(fromMs), time: timeOf(fromMs), until: timeOf(fromMs + 1.5 * HOUR_MS) }
}

/** Null: something of it is no time. A window that ends at an earlier time ends on the day after. */
export function whenOf({ kind, date, time, until }: WhenChoice): PlanWhen | null {
  const fromMs = instantOf(date, time)
  if (kind === 'now' || fromMs === null) return null
  const zone = hereZone()
  if (kind === 'at') return { kind, atMs: fromMs, zone }
  const untilMs = nextInstantOf(until, fromMs)
  return untilMs === null ? null : { kind, fromMs, untilMs, zone }
}

export function choiceOf(when: PlanWhen): WhenChoice {
  const [fromMs, untilMs] = when.kind === 'at' ? [when.atMs, when.atMs + 1.5 * HOUR_MS] : [when.fromMs, when.untilMs]
  return { kind: when.kind, date: dateOf(fromMs), time: timeOf(fromMs), until: timeOf(untilMs) }
}

/** The same kind of time, beginning then: a window keeps its end where that is later still. */
export function beginningAt(choice: WhenChoice, atMs: number): WhenChoice {
  const before = whenOf(choice)
  const zone = hereZone()
  if (before?.kind !== 'window') return choiceOf({ kind: 'at', atMs, zone })
  return choiceOf({ kind: 'window', fromMs: atMs, untilMs: before.untilMs > atMs ? before.untilMs : atMs + 1.5 * HOUR_MS, zone })
}

/** The first moment at which it may begin. Undefined: now, or it is no time. */
export function beginOf(choice: WhenChoice): number | undefined {
  const when = whenOf(choice)
  return when ? beginMsOf(when) : undefined
}

export function beginMsOf(when: PlanWhen): number {
  return when.kind === 'at' ? when.atMs : when.fromMs
}

/** Why it cannot be planned for then; undefined: it can. */
export function whyNotWhen(choice: WhenChoice, nowMs: number, { t }: I18n): string | undefined {
  if (choice.kind === 'now') return undefined
  const when = whenOf(choice)
  if (!when) return t('migrate.when.no-time')
  return (when.kind === 'at' ? when.atMs : when.untilMs) <= nowMs ? t('migrate.when.past') : undefined
}

/** For the address: `window 2026-03-28 02:30 04:00`. */
export function writeWhen({ kind, date, time, until }: WhenChoice): string | null {
  return kind === 'now' ? null : [kind, date, time, ...(kind === 'window' ? [until] : [])].join(' ')
}

export function readWhen(text: string | null): WhenChoice {
  const [kind, date = '', time = '', until = ''] = text?.split(' ') ?? []
  return kind === 'at' || kind === 'window' ? { kind, date, time, until } : NOW
}

/** "Sat 28 Mar, 02:30–04:00", by the clocks here; with another zone in mind when it was planned, by those as well. Another year is named. */
export function whenWords(when: PlanWhen, i18n: I18n): string {
  const here = hereZone()
  const words = wordsIn(when, here, i18n)
  return when.zone === here ? words : i18n.t('plan.zone', { here: words, there: wordsIn(when, when.zone, i18n), zone: when.zone })
}

function wordsIn(when: PlanWhen, timeZone: string, { language }: I18n): string {
  const fromMs = when.kind === 'at' ? when.atMs : when.fromMs
  const isThisYear = new Date(fromMs).getFullYear() === new Date().getFullYear()
  const parts = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(language, { ...options, timeZone, hourCycle: 'h23' })
    return (atMs: number) => format.format(atMs)
  }
  const clock = { hour: '2-digit', minute: '2-digit' } as const
  const day = { weekday: 'short', day: 'numeric', month: 'short', ...(!isThisYear && { year: 'numeric' as const }) } as const
  return spanWords(when, parts({ ...day, ...clock }), parts(clock), parts(day))
}

type Words = (atMs: number) => string

function spanWords(when: PlanWhen, full: Words, clock: Words, day: Words): string {
  if (when.kind === 'at') return full(when.atMs)
  const isOneDay = day(when.fromMs) === day(when.untilMs)
  return `${full(when.fromMs)}–${isOneDay ? clock(when.untilMs) : full(when.untilMs)}`
}

/** What is in the way of it, or was. */
export function whyWords({ why, tried, stayed, state }: PlannedMove, i18n: I18n): string | null {
  const reason = why ?? (state === 'planned' ? tried?.reason : undefined)
  if (reason) return i18n.error({ code: reason.code, message: reason.text, details: reason.params })
  const [first] = stayed
  if (!first) return null
  return i18n.t('plan.stayed', { count: stayed.length, name: first.name, reason: first.reason.text })
}
