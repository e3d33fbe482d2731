import { expect, test } from 'vitest'
import { nextTimeMs, timesBetween } from './schedule-times.ts'

/** 1 June 2026 is a Monday. */
const at = (day: number, hour = 0, minute = 0) => new Date(2026, 5, day, hour, minute).getTime()
const nightly = { unit: 'days' as const, minuteOfDay: 150, weekdays: [1, 2, 3, 4, 5] }

test('days: at its minute, on its weekdays', () => {
  expect(nextTimeMs(nightly, at(1))).toBe(at(1, 2, 30))
  expect(nextTimeMs(nightly, at(1, 2, 30))).toBe(at(2, 2, 30))
  // Friday's is past: Monday's is next
  expect(nextTimeMs(nightly, at(5, 3))).toBe(at(8, 2, 30))
  expect(nextTimeMs({ ...nightly, weekdays: [7] }, at(7, 2, 30))).toBe(at(14, 2, 30))
})

test('hours: counted from midnight', () => {
  const every = { unit: 'hours' as const, count: 6 }
  expect(nextTimeMs(every, at(1))).toBe(at(1, 6))
  expect(nextTimeMs(every, at(1, 18))).toBe(at(2))
  expect(nextTimeMs({ unit: 'hours', count: 5 }, at(1, 20))).toBe(at(2))
  expect(nextTimeMs({ unit: 'hours', count: 24 }, at(1, 0, 1))).toBe(at(2))
})

test('times that passed are counted, and the last is told', () => {
  expect(timesBetween(nightly, at(1), at(1, 2, 29))).toEqual({ count: 0, lastMs: null })
  expect(timesBetween(nightly, at(1), at(1, 2, 30))).toEqual({ count: 1, lastMs: at(1, 2, 30) })
  expect(timesBetween(nightly, at(1), at(8))).toEqual({ count: 5, lastMs: at(5, 2, 30) })
  expect(timesBetween({ unit: 'hours', count: 1 }, at(1), at(365)).count).toBe(1_000)
})
