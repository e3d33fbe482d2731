import type { SnapshotSchedule } from '../../../../shared/model/index.ts'

type Keep = SnapshotSchedule['keep']
type Every = SnapshotSchedule['every']

export const HOURS = [1, 2, 3, 4, 6, 8, 12, 24] as const
export const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7] as const

/** A new one: every night, and a month of them. */
export function newSchedule(id: string): SnapshotSchedule {
  return {
    id,
    name: '',
    isEnabled: true,
    query: '',
    every: { unit: 'days', minuteOfDay: 120, weekdays: [...WEEKDAYS] },
    kind: 'external',
    freeze: true,
    tag: 'nightly',
    keep: { last: 3, days: 7, weeks: 4 },
  }
}

/** Times of a week. */
function timesAWeek(every: Every): number {
  return every.unit === 'hours' ? 7 * Math.ceil(24 / every.count) : every.weekdays.length
}

export interface Kept {
  /** Of each machine, once it has run for long enough. */
  readonly most: number
  /** Age of the oldest, in days. */
  readonly oldestDays: number
}

/** What a rule keeps in the long run: the newest, and of days and weeks the newest each, as far as those are others. */
export function keptOf({ last, days, weeks }: Keep, every: Every): Kept {
  const aWeek = timesAWeek(every)
  const aDay = aWeek / 7
  // the newest of the last days are among the last already, as far as those reach
  const daysByLast = Math.min(days, Math.floor(last / Math.max(1, aDay)))
  const dayCount = Math.min(days, Math.ceil((days * Math.min(7, aWeek)) / 7))
  const moreDays = Math.max(0, dayCount - daysByLast)
  const spanDays = Math.max(last / aDay, aWeek >= 7 ? days : (days * 7) / aWeek)
  const weeksByRest = Math.min(weeks, Math.ceil(spanDays / 7))
  return {
    most: last + moreDays + Math.max(0, weeks - weeksByRest),
    oldestDays: Math.round(Math.max(spanDays, weeks * 7)),
  }
}

/** `02:30` of a minute of the day, as an input of the kind `time` has it. */
export function timeText(minuteOfDay: number): string {
  return `${String(Math.floor(minuteOfDay / 60)).padStart(2, '0')}:${String(minuteOfDay % 60).padStart(2, '0')}`
}

/** Null: it is none. */
export function minuteOf(text: string): number | null {
  const [, hours, minutes] = /^(\d{2}):(\d{2})/.exec(text) ?? []
  return hours === undefined || minutes === undefined ? null : Number(hours) * 60 + Number(minutes)
}

/** Monday is 1. 5 January 1970 was one. */
export function weekdayName(weekday: number, language: string, style: 'short' | 'long' = 'short'): string {
  return new Intl.DateTimeFormat(language, { weekday: style, timeZone: 'UTC' }).format(Date.UTC(1970, 0, 4 + weekday))
}

/** There is a day on which it is time. */
export function isDue(every: Every): boolean {
  return every.unit === 'hours' || every.weekdays.length > 0
}

export function isComplete({ name, query, tag, every, keep }: SnapshotSchedule): boolean {
  return name.trim() !== '' && query.trim() !== '' && tag.trim() !== '' && isDue(every) && keep.last >= 1
}
