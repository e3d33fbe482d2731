import { expect, test } from 'vitest'
import { type Passes, simulatePasses } from './predict-passes.ts'
import { MIB } from './testing/samples.ts'

const QUIET = { bytesPerS: 0, setBytes: 0 }

function moveOf(more: Partial<Passes> = {}): Passes {
  const how = { autoConverge: false, postCopy: false, againShare: 1 }
  return { memoryBytes: 1_024 * MIB, bytesPerS: 100 * MIB, writes: QUIET, downtimeMs: 300, ...how, ...more }
}

test('a quiet guest: all of it once, and the last bytes while it stands still', () => {
  const end = simulatePasses(moveOf())
  expect(end).toMatchObject({ converges: true, againBytes: 0, passes: 2 })
  expect(end.firstBytes).toBeCloseTo(1_024 * MIB)
  expect(end.ms).toBeCloseTo(10_240)
  expect(end.stopMs).toBeGreaterThan(200)
  expect(end.stopMs).toBeLessThanOrEqual(300)
})

test('a guest smaller than what fits into the downtime is still sent for as long as its rate is not known', () => {
  const end = simulatePasses(moveOf({ memoryBytes: 20 * MIB }))
  expect(end).toMatchObject({ converges: true, againBytes: 0 })
  expect(end.ms).toBeCloseTo(200)
  expect(end.stopMs).toBeCloseTo(100)
})

test('what it writes is sent again, pass by pass, each a share of the one before', () => {
  const end = simulatePasses(moveOf({ writes: { bytesPerS: 30 * MIB, setBytes: 10_000 * MIB } }))
  expect(end.converges).toBe(true)
  // 1024 / (1 − 0.3) in all
  expect((end.firstBytes + end.againBytes) / MIB).toBeCloseTo(1_463, -2)
  expect(end.passes).toBeGreaterThan(3)
})

test('a small working set that is written fast: it is sent again, and no more than that', () => {
  const end = simulatePasses(moveOf({ writes: { bytesPerS: 80 * MIB, setBytes: 50 * MIB } }))
  expect(end.converges).toBe(true)
  expect(end.againBytes / MIB).toBeGreaterThan(45)
  expect(end.againBytes / MIB).toBeLessThan(400)
})

test('faster than is copied: it does not end, unless the whole working set fits into the downtime', () => {
  const writes = { bytesPerS: 300 * MIB, setBytes: 500 * MIB }
  expect(simulatePasses(moveOf({ writes })).converges).toBe(false)
  expect(simulatePasses(moveOf({ writes, downtimeMs: 5_500 })).converges).toBe(true)
  expect(simulatePasses(moveOf({ writes, bytesPerS: 1_000 * MIB })).converges).toBe(true)
})

test('auto-converge slows the guest down until it ends; post-copy ends after the first pass', () => {
  const writes = { bytesPerS: 150 * MIB, setBytes: 600 * MIB }
  const throttled = simulatePasses(moveOf({ writes, autoConverge: true }))
  expect(throttled.converges).toBe(true)
  expect(throttled.passes).toBeGreaterThan(5)
  const switched = simulatePasses(moveOf({ writes, postCopy: true }))
  expect(switched).toMatchObject({ converges: true, stopMs: 0 })
  expect(switched.ms).toBeLessThan(throttled.ms)
})

test('compressed pages cost less the second time', () => {
  const writes = { bytesPerS: 40 * MIB, setBytes: 60 * MIB }
  const plain = simulatePasses(moveOf({ writes }))
  const compressed = simulatePasses(moveOf({ writes, againShare: 0.5 }))
  expect(compressed.againBytes).toBeLessThan(plain.againBytes)
  expect(compressed.ms).toBeLessThanOrEqual(plain.ms)
})
