import { afterEach, beforeEach, expect, test } from 'vitest'
import { dateOf, instantOf, nextInstantOf, timeOf } from './wall-clock.ts'

/** The clock goes from 2 to 3 on 29 March 2026, and from 3 back to 2 on 25 October. */
const before = process.env['TZ']
beforeEach(() => {
  process.env['TZ'] = 'Europe/Warsaw'
})
afterEach(() => {
  if (before === undefined) delete process.env['TZ']
  else process.env['TZ'] = before
})

const utc = (text: string) => Date.parse(text)

test.each([
  ['2026-01-15', '02:30', '2026-01-15T01:30Z'],
  ['2026-07-15', '02:30', '2026-07-15T00:30Z'],
  ['2026-10-25', '02:30', '2026-10-25T00:30Z'],
  ['2026-02-28', '24:00', null],
  ['2026-03-29', '02:30', null],
  ['2026-02-30', '02:30', null],
  ['2026-01-15', '2 o’clock', null],
  ['tomorrow', '02:30', null],
])('%s %s', (date, time, instant) => {
  expect(instantOf(date, time)).toBe(instant === null ? null : utc(instant))
})

test('and back', () => {
  expect([dateOf(utc('2026-03-29T01:05Z')), timeOf(utc('2026-03-29T01:05Z'))]).toEqual(['2026-03-29', '03:05'])
})

test('the next time that clocks show it: today, tomorrow, or on the day after one that has no such time', () => {
  expect(nextInstantOf('02:30', utc('2026-01-15T00:00Z'))).toBe(utc('2026-01-15T01:30Z'))
  expect(nextInstantOf('02:30', utc('2026-01-15T01:30Z'))).toBe(utc('2026-01-16T01:30Z'))
  expect(nextInstantOf('02:30', utc('2026-03-28T12:00Z'))).toBe(utc('2026-03-30T00:30Z'))
  expect(nextInstantOf('half past two', utc('2026-01-15T00:00Z'))).toBeNull()
})
