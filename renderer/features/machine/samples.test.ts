import { expect, test } from 'vitest'
import type { MachineMetrics } from '../../../shared/model/index.ts'
import { columnsOf, mergeSamples, WINDOW_MS } from './samples.ts'

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
