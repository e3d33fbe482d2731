import { expect, test } from 'vitest'
import type { MigrationMeasure } from '../../../shared/model/index.ts'
import { dirtiedIn, type Writes, writesOf } from './predict-writes.ts'
import { MIB } from './testing/samples.ts'

const MEMORY = 1_024 * MIB

function measured(writes: Writes, lengths: readonly number[]): MigrationMeasure {
  const dirtied = lengths.map((seconds) => ({ seconds, bytes: dirtiedIn(writes, seconds) }))
  return { dirtyBytesPerS: null, bandwidthBytesPerS: null, dirtied, notes: [], measuredAtMs: 0 }
}

test.each([
  { bytesPerS: 20 * MIB, setBytes: 64 * MIB },
  { bytesPerS: 100 * MIB, setBytes: 80 * MIB },
  { bytesPerS: 5 * MIB, setBytes: 8 * MIB },
])('two lengths tell the rate ($bytesPerS) and the working set ($setBytes) that a guest writes', (writes) => {
  const found = writesOf(measured(writes, [1, 3]), MEMORY)
  expect(found?.bytesPerS).toBeCloseTo(writes.bytesPerS, -4)
  expect(found?.setBytes).toBeCloseTo(writes.setBytes, -4)
})

test('a set that is written over and over within the shorter length: its size is known, its rate is at least that', () => {
  const found = writesOf(measured({ bytesPerS: 5_000 * MIB, setBytes: 40 * MIB }, [1, 3]), MEMORY)
  expect(found?.setBytes).toBeCloseTo(40 * MIB, -5)
  expect(found?.bytesPerS).toBeGreaterThan(40 * MIB)
})

test('what grows as fast as time has no end but the memory; more than it is never dirty', () => {
  const dirtied = [
    { seconds: 1, bytes: 10 * MIB },
    { seconds: 3, bytes: 30 * MIB },
  ]
  const measure = { dirtyBytesPerS: 10 * MIB, bandwidthBytesPerS: null, dirtied, notes: [], measuredAtMs: 0 }
  const found = writesOf(measure, MEMORY)
  expect(found).toEqual({ bytesPerS: 10 * MIB, setBytes: MEMORY })
  expect(dirtiedIn(found ?? { bytesPerS: 0, setBytes: 0 }, 1e9)).toBeCloseTo(MEMORY)
})

test('a guest that writes nothing, one length alone, and none', () => {
  expect(writesOf(measured({ bytesPerS: 0, setBytes: 0 }, [1, 3]), MEMORY)).toEqual({ bytesPerS: 0, setBytes: 0 })
  const one = { dirtyBytesPerS: 7 * MIB, bandwidthBytesPerS: null, notes: [], measuredAtMs: 0 }
  expect(writesOf(one, MEMORY)).toEqual({ bytesPerS: 7 * MIB, setBytes: MEMORY })
  expect(writesOf({ ...one, dirtyBytesPerS: null }, MEMORY)).toBeNull()
  expect(writesOf(null, MEMORY)).toBeNull()
})
