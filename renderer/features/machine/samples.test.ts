import { expect, test } from 'vitest'
import type { MachineMetrics } from '../../../shared/model/index.ts'
import { columnsOf, gapOf, mergeSamples, periodOf, refreshAfter, WINDOW_MS } from './samples.ts'

const sample = (atMs: number, cpuPercent: number | null = 10): MachineMetrics => ({
  atMs,
  cpuPercent,
  memoryUsedKiB: null,
  diskReadBytesPerS: null,
  diskWriteBytesPerS: null,
  netRxBytesPerS: null,
  netTxBytesPerS: null,
})

test('what was read and what streamed in is one line of samples, each once, inside the window', () => {
  const merged = mergeSamples([sample(WINDOW_MS + 2_000), sample(1_000)], [sample(WINDOW_MS + 2_000, 20), sample(WINDOW_MS + 3_000)])
  expect(merged.map((one) => [one.atMs, one.cpuPercent])).toEqual([
    [WINDOW_MS + 2_000, 20],
    [WINDOW_MS + 3_000, 10],
  ])
})

test('a pause breaks the line, an unknown value is a hole', () => {
  const { times, values } = columnsOf([sample(1_000), sample(31_000, null), sample(400_000)], [(one) => one.cpuPercent])
  expect(times).toEqual([1, 31, 32, 400])
  expect(values).toEqual([[10, null, null, 10]])
})

test.each([60_000, 300_000])('a cloud with a figure every %i ms: one line, one late figure is no gap, two are', (periodMs) => {
  const at = (...periods: readonly number[]) => periods.map((period) => sample(1_000_000 + period * periodMs))
  const line = (samples: readonly MachineMetrics[]) => columnsOf(samples, [(one) => one.cpuPercent], gapOf(periodOf(samples))).values[0]
  expect(periodOf(at(0, 1, 2, 3))).toBe(periodMs)
  expect(line(at(0, 1, 2, 3))).toEqual([10, 10, 10, 10])
  expect(line(at(0, 1, 3))).toEqual([10, 10, 10])
  expect(line(at(0, 1, 4))).toEqual([10, 10, null, 10])
  expect(periodOf(at(0))).toBeNull()
  expect(line(at(0))).toEqual([10])
})

test('a long pause of a cloud does not count as its period; a hypervisor has none', () => {
  expect(periodOf([sample(0), sample(14 * 60_000)])).toBe(300_000)
  expect(gapOf(null)).toBe(75_000)
})

test('a cloud is asked again soon after a machine was opened, and ever later: nine times more in five minutes', () => {
  const asked: number[] = []
  for (let atMs = 0; atMs <= 5 * 60_000; atMs += refreshAfter(atMs)) asked.push(atMs / 1_000)
  expect(asked).toEqual([0, 2, 4, 8, 16, 32, 64, 124, 184, 244])
})
