import { expect, test } from 'vitest'
import { isComplete, keptOf, minuteOf, newSchedule, timeText, weekdayName } from './schedule.ts'

const NIGHTLY = { unit: 'days', minuteOfDay: 120, weekdays: [1, 2, 3, 4, 5, 6, 7] } as const
const nightly = { ...NIGHTLY, weekdays: [...NIGHTLY.weekdays] }

test('minutes of the day and their text lead to each other', () => {
  expect(timeText(0)).toBe('00:00')
  expect(timeText(1_439)).toBe('23:59')
  expect(minuteOf('02:30')).toBe(150)
  expect(minuteOf('')).toBeNull()
})

test('weekdays by their names in either language', () => {
  expect(weekdayName(1, 'en')).toBe('Mon')
  expect(weekdayName(7, 'de', 'long')).toBe('Sonntag')
})

test('what a rule keeps: the last, one a day, one a week', () => {
  expect(keptOf({ last: 3, days: 0, weeks: 0 }, nightly)).toEqual({ most: 3, oldestDays: 3 })
  expect(keptOf({ last: 3, days: 7, weeks: 0 }, nightly)).toEqual({ most: 7, oldestDays: 7 })
  expect(keptOf({ last: 3, days: 7, weeks: 4 }, nightly)).toEqual({ most: 10, oldestDays: 28 })
  expect(keptOf({ last: 24, days: 2, weeks: 0 }, { unit: 'hours', count: 1 })).toEqual({ most: 25, oldestDays: 2 })
})

test('a new one lacks its name and its machines', () => {
  const schedule = newSchedule('s1')
  expect(isComplete(schedule)).toBe(false)
  expect(isComplete({ ...schedule, name: 'Nightly', query: 'tag:nightly' })).toBe(true)
  expect(isComplete({ ...schedule, name: 'Nightly', query: 'tag:nightly', every: { ...nightly, weekdays: [] } })).toBe(false)
})
