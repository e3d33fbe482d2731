import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { MachineId } from '../../../shared/model/index.ts'
import { metricsAt } from '../testing/facts.ts'
import { MetricsHistory } from './metrics-history.ts'
import { SampleRing } from './sample-ring.ts'

const M = 'm' as MachineId
const MINUTE = 60_000

test('gives back what it was given, unknown values included', () => {
  const history = new MetricsHistory()
  const sample = {
    atMs: 1_795_000_000_123,
    cpuPercent: 12.34,
    memoryUsedKiB: 1_048_577,
    diskReadBytesPerS: null,
    diskWriteBytesPerS: 0,
    netRxBytesPerS: 4_096,
    netTxBytesPerS: null,
  }
  history.add(M, sample)
  expect(history.recent(M, sample.atMs)).toEqual([sample])
  expect(history.recent('other' as MachineId, sample.atMs)).toEqual([])
})

test('a sample that is not newer is left out', () => {
  const history = new MetricsHistory()
  for (const atMs of [10, 10, 9, 11]) history.add(M, metricsAt(atMs))
  expect(history.recent(M, 11).map(({ atMs }) => atMs)).toEqual([10, 11])
})

test('the past goes where its time is, before the first and between; what is there stays, and the room is counted', () => {
  const history = new MetricsHistory()
  for (const atMs of [10 * MINUTE, 12 * MINUTE]) history.add(M, metricsAt(atMs, 1))
  history.addPast(
    M,
    [8, 9, 10, 11].map((minute) => metricsAt(minute * MINUTE, 2)),
  )
  history.add(M, metricsAt(13 * MINUTE, 3))
  expect(history.recent(M, 13 * MINUTE).map(({ atMs, cpuPercent }) => [atMs / MINUTE, cpuPercent])).toEqual([
    [8, 2],
    [9, 2],
    [10, 1],
    [11, 2],
    [12, 1],
    [13, 3],
  ])
  const many = Array.from({ length: 800 }, (_, index) => metricsAt(index * 1_000))
  history.addPast(M, many)
  expect(history.recent(M, 13 * MINUTE).length).toBe(800)
  history.forget(M)
  expect(history.bytes).toBe(0)
  history.addPast(M, many)
  expect(history.recent(M, 13 * MINUTE)).toEqual(many)
})

test.each([500, 1_000, 15_000, 30_000])('samples %i ms apart: the last 15 minutes, none lost', (spacingMs) => {
  const history = new MetricsHistory()
  const nowMs = 60 * MINUTE
  for (let atMs = 0; atMs <= nowMs; atMs += spacingMs) history.add(M, metricsAt(atMs))
  const samples = history.recent(M, nowMs)
  const oldest = nowMs - 15 * MINUTE
  // the ring at its largest holds 15 minutes of two samples a second, not one more
  expect(samples.length).toBeGreaterThanOrEqual(Math.min(1_800, Math.floor((15 * MINUTE) / spacingMs)))
  expect(samples[0]?.atMs).toBeLessThanOrEqual(oldest + spacingMs)
  expect(samples.every(({ atMs }) => atMs >= oldest)).toBe(true)
  expect(samples.at(-1)?.atMs).toBe(nowMs)
})

test('10,000 machines stay far within the budget', () => {
  const history = new MetricsHistory()
  const ids = Array.from({ length: 10_000 }, (_, index) => `m${index}` as MachineId)
  for (let atMs = 0; atMs <= 20 * MINUTE; atMs += 15_000) for (const id of ids) history.add(id, metricsAt(atMs))
  expect(history.bytes).toBeLessThan(40 * 1024 * 1024)
  expect(history.recent(M, 0)).toEqual([])
  for (const id of ids) history.forget(id)
  expect(history.bytes).toBe(0)
})

test('beyond the budget the spacing gives way, not the time covered', () => {
  const history = new MetricsHistory(10 * 64 * 28)
  const ids = Array.from({ length: 10 }, (_, index) => `m${index}` as MachineId)
  const nowMs = 15 * MINUTE
  for (let atMs = 0; atMs <= nowMs; atMs += 1_000) for (const id of ids) history.add(id, metricsAt(atMs))
  expect(history.bytes).toBeLessThanOrEqual(10 * 64 * 28)
  for (const id of ids) {
    const samples = history.recent(id, nowMs)
    expect(samples[0]?.atMs).toBeLessThan(3 * MINUTE)
    expect(samples.length).toBeGreaterThan(16)
    expect(samples.at(-1)?.atMs).toBe(nowMs)
  }
})

test('a machine no longer looked at gives the room of its close samples back', () => {
  const history = new MetricsHistory()
  let nowMs = 0
  for (; nowMs <= 15 * MINUTE; nowMs += 500) history.add(M, metricsAt(nowMs))
  const most = history.bytes
  for (; nowMs <= 12 * 3_600_000; nowMs += 15_000) history.add(M, metricsAt(nowMs))
  expect(history.bytes).toBeLessThan(most / 4)
  expect(history.recent(M, nowMs)).toHaveLength(60)
})

test('whatever is done to it, a ring keeps its samples in order', () => {
  const step = fc.oneof(
    { weight: 20, arbitrary: fc.integer({ min: 1, max: 5_000 }).map((afterMs) => ({ op: 'push' as const, afterMs })) },
    { weight: 1, arbitrary: fc.constant({ op: 'grow' as const }) },
    { weight: 1, arbitrary: fc.constant({ op: 'thin' as const }) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 20_000 }).map((keptMs) => ({ op: 'trim' as const, keptMs })) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
      const ring = new SampleRing(1_000, 8)
      let model: number[] = []
      let nowMs = 1_000
      for (const each of steps) {
        if (each.op === 'push') {
          nowMs += each.afterMs
          ring.push(metricsAt(nowMs))
          model = [...model, nowMs].slice(-ring.capacity)
        } else if (each.op === 'grow') {
          ring.resize(ring.capacity + 3)
        } else if (each.op === 'thin') {
          ring.thin()
          const half = Math.floor(model.length / 2)
          model = model.filter((_, index) => index >= half || index % 2 === 0)
        } else {
          ring.trim(nowMs - each.keptMs)
          model = model.filter((atMs) => atMs >= nowMs - each.keptMs)
        }
        expect(ring.read().map(({ atMs }) => atMs)).toEqual(model)
      }
    }),
  )
})

test('times go on beyond 49 days', () => {
  const ring = new SampleRing(0, 4)
  const day = 24 * 3_600_000
  for (const atMs of [1, 20 * day, 30 * day, 60 * day]) ring.push(metricsAt(atMs))
  expect(ring.newestMs).toBe(60 * day)
})

test('who listens hears of each as it is taken, and not of those of times gone by', () => {
  const heard: number[] = []
  const history = new MetricsHistory(undefined, (_, { atMs }) => heard.push(atMs))
  history.add(M, metricsAt(10 * MINUTE))
  history.addPast(M, [metricsAt(8 * MINUTE), metricsAt(9 * MINUTE)])
  history.add(M, metricsAt(11 * MINUTE))
  expect(heard).toEqual([10 * MINUTE, 11 * MINUTE])
  expect(history.recent(M, 11 * MINUTE)).toHaveLength(4)
})
