import type { SnapshotSchedule } from '../../../shared/model/index.ts'

type Every = SnapshotSchedule['every']

const DAYS_AHEAD = 8

/** The first time after `afterMs`, in this computer's own time zone. Hours are counted from midnight: every 6 is at 0, 6, 12 and 18. */
export function nextTimeMs(every: Every, afterMs: number): number {
  const from = new Date(afterMs)
  for (let day = 0; day <= DAYS_AHEAD; day += 1) {
    for (const atMs of timesOfDay(every, from.getFullYear(), from.getMonth(), from.getDate() + day)) if (atMs > afterMs) return atMs
  }
  // A time that the clock jumps over every day there is not: the weekdays are never empty.
  return afterMs + DAYS_AHEAD * 86_400_000
}

/** How many times lie in (afterMs, untilMs], and the last of them. Counts a thousand at most: a console that was off for years. */
export function timesBetween(every: Every, afterMs: number, untilMs: number): { readonly count: number; readonly lastMs: number | null } {
  let lastMs: number | null = null
  let count = 0
  for (let atMs = nextTimeMs(every, afterMs); atMs <= untilMs && count < 1_000; atMs = nextTimeMs(every, atMs)) {
    lastMs = atMs
    count += 1
  }
  return { count, lastMs }
}

function timesOfDay(every: Every, year: number, month: number, date: number): number[] {
  if (every.unit === 'days') {
    const weekday = new Date(year, month, date).getDay() || 7
    return every.weekdays.includes(weekday) ? [new Date(year, month, date, 0, every.minuteOfDay).getTime()] : []
  }
  const times: number[] = []
  for (let hour = 0; hour < 24; hour += every.count) times.push(new Date(year, month, date, hour).getTime())
  // when the clock goes forward two of them are one
  return [...new Set(times)]
}
