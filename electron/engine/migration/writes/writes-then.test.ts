import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { PredictInput } from '../predict.ts'
import { aCase, type CaseChange } from '../testing/a-case.ts'
import { habits, MIB, nightly } from './testing/habits.ts'
import { writesThen } from './writes-then.ts'

const before = process.env['TZ']
beforeEach(() => {
  process.env['TZ'] = 'Europe/Warsaw'
})
afterEach(() => {
  if (before === undefined) delete process.env['TZ']
  else process.env['TZ'] = before
})

const local = (hour: number, minute = 0, day = 10) => new Date(2026, 5, day, hour, minute).getTime()
const NOW = local(12)
const profile = () => habits(NOW - 10 * 86_400_000, NOW, nightly)

const measuredOf = () => ({ dirtyBytesPerS: 4 * MIB, bandwidthBytesPerS: 30 * MIB, notes: [], measuredAtMs: NOW })

function move(change: CaseChange = {}, more: Partial<PredictInput> = {}): PredictInput {
  const { spec, out } = aCase({ out: { isRunning: true, memoryKiB: 8_388_608, residentKiB: 8_388_608 }, ...change })
  return { spec, out, sourceHostId: '', measured: measuredOf(), records: [], diskWriteBytesPerS: MIB, nowMs: NOW, ...more }
}
const look = (beginsAtMs: number, of = move()) => writesThen({ profile: profile(), move: of, beginsAtMs })

describe('a move in the peak', () => {
  test('takes longer, by the prediction with what is written then', () => {
    const peak = look(local(2, 10, 11))?.peak
    expect(peak?.usualMs).toBeGreaterThan(60_000)
    expect(peak?.longerMs).toBeGreaterThan((peak?.usualMs ?? 0) * 0.1)
    expect([peak?.isEndless, peak?.calmFromMs]).toEqual([false, local(3, 0, 11)])
  })

  test('by as much when it is planned from within one, as that is in the measurement already', () => {
    const now = look(local(2, 10, 11), move({}, { diskWriteBytesPerS: 10 * MIB, measured: { ...measuredOf(), dirtyBytesPerS: 13 * MIB } }))
    expect(Math.round((now?.peak?.longerMs ?? 0) / 1_000)).toBe(Math.round((look(local(2, 10, 11))?.peak?.longerMs ?? 0) / 1_000))
  })

  test('without a measurement as well', () => {
    expect(look(local(2, 10, 11), move({}, { measured: null }))?.peak?.longerMs).toBeGreaterThan(0)
  })

  test('that would not end by itself is said to be so', () => {
    const slow = move({}, { measured: { ...measuredOf(), bandwidthBytesPerS: 12 * MIB } })
    expect(look(local(2, 10, 11), slow)?.peak?.isEndless).toBe(true)
  })

  test('counts what was measured of its memory at that time', () => {
    const known = profile()
    for (const day of [8, 9]) known.measured(local(2, 10, day), 25 * MIB)
    const then = writesThen({ profile: known, move: move(), beginsAtMs: local(2, 10, 11) })
    expect(then?.peak?.longerMs).toBeGreaterThan(look(local(2, 10, 11))?.peak?.longerMs ?? 0)
  })
})

test('by its predicted length: one that is long enough begins in quiet and meets the peak', () => {
  expect(look(local(1, 20, 11))?.peak).toBeNull()
  const slow = move({}, { measured: { ...measuredOf(), bandwidthBytesPerS: 5 * MIB, dirtyBytesPerS: MIB } })
  expect(look(local(1, 50, 11), slow)?.peak?.fromMs).toBe(local(2, 0, 11))
})

test.each([
  ['stands still meanwhile', move({ wish: { mode: 'paused' } })],
  ['is off', move({ wish: { mode: 'cold' }, out: { isRunning: false } })],
])('of one that %s there is nothing to say', (_, of) => {
  expect(look(local(2, 10, 11), of)).toBeNull()
})

test('of a machine that is not known neither', () => {
  expect(writesThen({ profile: undefined, move: move(), beginsAtMs: NOW })).toBeNull()
})
