import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { timeOf } from '../../../../shared/model/index.ts'
import { foresee } from './foresee.ts'
import { habits, MIB, nightly } from './testing/habits.ts'
import { WriteProfile } from './write-profile.ts'

/** The clock goes from 2 to 3 on 29 March 2026, and from 3 back to 2 on 25 October. */
const before = process.env['TZ']
beforeEach(() => {
  process.env['TZ'] = 'Europe/Warsaw'
})
afterEach(() => {
  if (before === undefined) delete process.env['TZ']
  else process.env['TZ'] = before
})

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
/** By the clocks in Warsaw. A Wednesday unless another day is named. */
const local = (hour: number, minute = 0, day = 10, month = 6) => new Date(2026, month - 1, day, hour, minute).getTime()
const looked = (days: number, rate: (at: Date) => number | null = nightly) => habits(local(12) - days * DAY_MS, local(12), rate)
const peakOf = (fromMs: number, forMs: number, profile: WriteProfile, nowMs = local(12)) => foresee(profile, { fromMs, forMs }, nowMs)?.peak

describe('a move that falls into the peak of most nights', () => {
  test('is told when that begins and ends, how high it is, and from when on it is quiet', () => {
    const found = foresee(looked(10), { fromMs: local(2, 10, 11), forMs: 10 * MINUTE_MS }, local(12))
    expect(found).toMatchObject({
      usualBytesPerS: MIB,
      peak: { fromMs: local(2, 0, 11), untilMs: local(3, 0, 11), days: 10, calmFromMs: local(3, 0, 11) },
    })
    expect((found?.peak?.bytesPerS ?? 0) / MIB).toBeCloseTo(10, 0)
  })

  test('begins before it, and reaches into it: only that part counts', () => {
    const found = foresee(looked(10), { fromMs: local(1, 45, 11), forMs: HOUR_MS }, local(12))
    expect(found?.peak?.fromMs).toBe(local(2, 0, 11))
    expect((found?.meanBytesPerS ?? 0) / MIB).toBeCloseTo(0.25 + 0.75 * 10, 0)
  })

  test.each([
    ['ends before it', () => local(1, 30, 11), 30 * MINUTE_MS], // asked for later: where tests are named the clock is not Warsaw’s yet
    ['begins after it', () => local(3, 0, 11), 2 * HOUR_MS],
    ['is by day', () => local(14), HOUR_MS],
  ])('one that %s does not', (_, from, forMs) => {
    expect(peakOf(from(), forMs, looked(10))).toBeNull()
  })

  test('a long one is to begin when all of it is quiet, which may be never', () => {
    expect(peakOf(local(23), 5 * HOUR_MS, looked(10))?.calmFromMs).toBe(local(3, 0, 11))
    expect(peakOf(local(23), DAY_MS, looked(10))?.calmFromMs).toBeNull()
  })
})

describe('never more than is known', () => {
  test.each([0, 1, 2, 3])('%i nights are too few', (days) => {
    expect(foresee(looked(days), { fromMs: local(2, 10, 11), forMs: MINUTE_MS }, local(12))).toBeNull()
  })

  test('four are enough', () => {
    expect(peakOf(local(2, 10, 11), MINUTE_MS, looked(4))).not.toBeNull()
  })

  test('of a machine that nobody has looked at', () => {
    expect(foresee(new WriteProfile(), { fromMs: local(13), forMs: MINUTE_MS }, local(12))).toBeNull()
  })

  test('of hours at which the console is off, though others are known', () => {
    const office = looked(14, (at) => (at.getHours() >= 8 && at.getHours() < 17 ? MIB : null))
    expect(foresee(office, { fromMs: local(2, 10, 11), forMs: MINUTE_MS }, local(12))).toBeNull()
    expect(foresee(office, { fromMs: local(16, 50), forMs: 20 * MINUTE_MS }, local(12))).toBeNull()
    expect(foresee(office, { fromMs: local(14), forMs: MINUTE_MS }, local(12))).toMatchObject({ peak: null })
  })

  test('what is usual, where only the peak was seen', () => {
    const nights = looked(14, (at) => (at.getHours() === 2 ? 10 * MIB : null))
    expect(foresee(nights, { fromMs: local(2, 10, 11), forMs: MINUTE_MS }, local(12))).toBeNull()
  })

  test('from one odd night', () => {
    const once = looked(10, (at) => (at.getDate() === 8 ? nightly(at) * 50 : MIB))
    expect(peakOf(local(2, 10, 11), MINUTE_MS, once)).toBeNull()
  })

  test('of a day of the week on which it was none: a backup from Monday to Friday', () => {
    const working = looked(14, (at) => (at.getDay() === 0 || at.getDay() === 6 ? MIB : nightly(at)))
    expect(peakOf(local(2, 10, 12), MINUTE_MS, working)?.fromMs).toBe(local(2, 0, 12))
    expect(peakOf(local(2, 10, 13), MINUTE_MS, working)).toBeNull()
  })

  test.each([
    ['by too little', (at: Date) => (at.getHours() === 2 ? 1.8 * MIB : MIB)],
    ['of next to nothing', (at: Date) => (at.getHours() === 2 ? MIB / 4 : 1_024)],
  ])('higher %s is no peak', (_, rate) => {
    expect(peakOf(local(2, 10, 11), MINUTE_MS, looked(10, rate))).toBeNull()
  })
})

test('habits fade: a backup that was moved to five is one at five after a week', () => {
  const moved = looked(14, (at) => (at.getHours() === (at.getDate() >= 3 ? 5 : 2) ? 10 * MIB : MIB))
  expect(peakOf(local(5, 10, 11), MINUTE_MS, moved)?.fromMs).toBe(local(5, 0, 11))
  const later = habits(local(12) - 13 * DAY_MS, local(12), (at) =>
    at.getHours() === (at.getDate() >= 1 && at.getMonth() === 5 ? 5 : 2) ? 10 * MIB : MIB,
  )
  expect(peakOf(local(2, 10, 11), MINUTE_MS, later)).toBeNull()
})

describe('a change of the clocks', () => {
  test('to summer: the backup by the clock is where clocks show it, an instant earlier', () => {
    const profile = habits(local(12, 0, 18, 3), local(12, 0, 29, 3), nightly)
    const peak = peakOf(local(2, 10, 30, 3), MINUTE_MS, profile, local(12, 0, 29, 3))
    expect([peak?.fromMs, peak?.untilMs]).toEqual([local(2, 0, 30, 3), local(3, 0, 30, 3)])
    expect(peak?.days).toBe(10)
  })

  test('planned over it, in the night that has no such hour: nothing of it is in the way', () => {
    const profile = habits(local(12, 0, 18, 3), local(12, 0, 28, 3), nightly)
    const fromMs = local(1, 59, 29, 3)
    expect(timeOf(fromMs + 2 * MINUTE_MS)).toBe('03:01')
    expect(peakOf(fromMs, 10 * MINUTE_MS, profile, local(12, 0, 28, 3))).toBeNull()
  })

  test('to winter: of the hour that comes twice both are it', () => {
    const profile = habits(local(12, 0, 14, 10), local(12, 0, 24, 10), nightly)
    const first = local(2, 10, 25, 10)
    for (const fromMs of [first, first + HOUR_MS]) {
      expect(timeOf(fromMs)).toBe('02:10')
      const peak = peakOf(fromMs, MINUTE_MS, profile, local(12, 0, 24, 10))
      expect([peak?.fromMs, peak?.untilMs]).toEqual([local(2, 0, 25, 10), local(3, 0, 25, 10)])
    }
  })
})

test('what it writes to its memory then, where that was measured on two days', () => {
  const profile = looked(10)
  const at = { fromMs: local(2, 10, 11), forMs: MINUTE_MS }
  profile.measured(local(2, 5, 8), 70 * MIB)
  profile.measured(local(2, 15, 8), 90 * MIB)
  profile.measured(local(13, 0, 9), 5 * MIB)
  expect(foresee(profile, at, local(12))?.dirtyBytesPerS).toBeNull()
  profile.measured(local(2, 20, 9), 80 * MIB)
  expect(foresee(profile, at, local(12))?.dirtyBytesPerS).toBe(80 * MIB)
})
