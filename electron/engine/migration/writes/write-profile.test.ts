import { describe, expect, test } from 'vitest'
import { KEPT_DAYS, SLOT_MS, WriteProfile } from './write-profile.ts'

const MIB = 1_048_576
const MINUTE_MS = 60_000
const FIRST = 1_000_000

/** Samples every 15 s over that slot. */
function fill(profile: WriteProfile, slot: number, bytesPerS: number, forMs = SLOT_MS): void {
  for (let ms = 0; ms < forMs; ms += 15_000) profile.add(slot * SLOT_MS + ms, bytesPerS)
}

describe('a half-hour', () => {
  test('is known once it is over, within five per cent', () => {
    const profile = new WriteProfile()
    for (const rate of [0, 2_048, 80 * 1_024, 5 * MIB, 700 * MIB]) {
      const slot = FIRST + Math.log2(rate + 1)
      const whole = Math.round(slot)
      fill(profile, whole, rate)
      expect(profile.at(whole)).toBeNull()
      profile.add((whole + 1) * SLOT_MS, 0)
      expect(Math.abs((profile.at(whole) ?? -1) - rate)).toBeLessThanOrEqual(rate * 0.05)
    }
  })

  test('that was looked at for less than ten minutes tells nothing, nor does one that was skipped', () => {
    const profile = new WriteProfile()
    fill(profile, FIRST, MIB, 9 * MINUTE_MS)
    fill(profile, FIRST + 3, MIB, 11 * MINUTE_MS)
    fill(profile, FIRST + 4, MIB)
    expect([0, 1, 2, 3].map((at) => profile.at(FIRST + at) !== null)).toEqual([false, false, false, true])
  })

  test('is by time, not by how often it is looked at', () => {
    const profile = new WriteProfile()
    const from = FIRST * SLOT_MS
    // looked at every second in the first two minutes, as somebody has it open
    for (let ms = 0; ms <= 2 * MINUTE_MS; ms += 1_000) profile.add(from + ms, 100 * MIB)
    for (let ms = 2 * MINUTE_MS + 15_000; ms < SLOT_MS; ms += 15_000) profile.add(from + ms, 0)
    profile.add(from + SLOT_MS, 0)
    expect((profile.at(FIRST) ?? 0) / MIB).toBeCloseTo(100 * (2 / 30), 0)
  })

  test('of samples far apart only what lies between near ones counts', () => {
    const profile = new WriteProfile()
    const from = FIRST * SLOT_MS
    for (let ms = 0; ms < SLOT_MS; ms += 5 * MINUTE_MS) profile.add(from + ms, MIB)
    fill(profile, FIRST + 1, MIB)
    expect(profile.at(FIRST)).toBeNull()
  })
})

test('what is older than 14 days is gone', () => {
  const profile = new WriteProfile()
  const slots = (KEPT_DAYS * 86_400_000) / SLOT_MS
  for (let at = 0; at <= slots; at += 1) fill(profile, FIRST + at, MIB)
  expect([profile.at(FIRST), profile.at(FIRST + 1)]).toEqual([null, MIB])
  fill(profile, FIRST + 3 * slots, MIB)
  expect(Array.from({ length: 4 * slots }, (_, at) => profile.at(FIRST + at)).filter((rate) => rate !== null)).toEqual([])
})

describe('clocks', () => {
  test('a sample that comes late changes nothing', () => {
    const profile = new WriteProfile()
    fill(profile, FIRST, MIB)
    profile.add((FIRST + 1) * SLOT_MS + 100, MIB)
    profile.add((FIRST + 1) * SLOT_MS - 100, 900 * MIB)
    expect(profile.at(FIRST)).toBe(MIB)
  })

  test('one that was set back takes along what it had said of times that are to come', () => {
    const profile = new WriteProfile()
    for (let at = 0; at < 6; at += 1) fill(profile, FIRST + at, MIB)
    fill(profile, FIRST + 3, 2 * MIB)
    fill(profile, FIRST + 4, 2 * MIB)
    expect([0, 1, 2, 3, 4, 5].map((at) => profile.at(FIRST + at))).toEqual([MIB, MIB, MIB, 2 * MIB, null, null])
  })

  test('a year ahead for a moment: all is new, and goes on as it is right again', () => {
    const profile = new WriteProfile()
    fill(profile, FIRST, MIB)
    fill(profile, FIRST + 17_520, MIB)
    fill(profile, FIRST + 1, MIB)
    fill(profile, FIRST + 2, MIB)
    expect([profile.at(FIRST), profile.at(FIRST + 1), profile.at(FIRST + 17_520)]).toEqual([null, MIB, null])
  })
})

test('is the same after it was kept and read', () => {
  const profile = new WriteProfile()
  const slots = (KEPT_DAYS * 86_400_000) / SLOT_MS
  for (let at = 0; at < slots + 20; at += 1) fill(profile, FIRST + at, (at % 48) * MIB)
  profile.measured(FIRST * SLOT_MS, 5 * MIB)
  const body = JSON.parse(JSON.stringify(profile.body()))
  const again = WriteProfile.from(body)
  expect(again.body()).toEqual(profile.body())
  for (let slot = FIRST; slot < FIRST + slots + 30; slot += 1) expect(again.at(slot)).toBe(profile.at(slot))
  expect(JSON.stringify(body).length).toBeLessThan(1_200)
  // and it goes on
  fill(again, FIRST + slots + 20, 7 * MIB)
  again.add((FIRST + slots + 21) * SLOT_MS, 0)
  expect(Math.round((again.at(FIRST + slots + 20) ?? 0) / MIB)).toBe(7)
})

test('of measurements of its memory the newest are kept', () => {
  const profile = new WriteProfile()
  for (let at = 0; at < 50; at += 1) profile.measured((FIRST + at) * SLOT_MS, at)
  expect(profile.dirty.map(({ bytesPerS }) => bytesPerS)).toEqual(Array.from({ length: 32 }, (_, at) => at + 18))
})
