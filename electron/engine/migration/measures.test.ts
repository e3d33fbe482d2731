import { expect, test } from 'vitest'
import type { HostId, MachineId, MigrationMeasure } from '../../../shared/model/index.ts'
import { Measures } from './measures.ts'

const MINUTE_MS = 60_000
const way = (machine: string, from = 'a', to = 'b') => ({
  machineId: machine as MachineId,
  sourceHostId: from as HostId,
  targetHostId: to as HostId,
})
const measure = (minute: number, dirtyBytesPerS: number | null, bandwidthBytesPerS: number | null): MigrationMeasure => ({
  dirtyBytesPerS,
  bandwidthBytesPerS,
  notes: [],
  measuredAtMs: minute * MINUTE_MS,
})

test('the writes of a machine whatever the target, the way between two hosts whichever the machine, and nothing made up', () => {
  const measures = new Measures()
  measures.put(way('web'), measure(1, 10, 100))
  measures.put(way('web', 'a', 'c'), measure(2, 20, 200))
  measures.put(way('db'), measure(3, 30, 300))
  measures.put(way('db', 'a', 'c'), measure(4, 40, 400))
  measures.put(way('web'), measure(5, null, null))
  expect(measures.recent(way('web'), 6 * MINUTE_MS)).toEqual([
    { atMs: MINUTE_MS, dirtyBytesPerS: 10, bandwidthBytesPerS: 100 },
    { atMs: 2 * MINUTE_MS, dirtyBytesPerS: 20, bandwidthBytesPerS: null },
    { atMs: 3 * MINUTE_MS, dirtyBytesPerS: null, bandwidthBytesPerS: 300 },
  ])
  expect(measures.get(way('web'), 6 * MINUTE_MS)).toMatchObject({ measuredAtMs: 5 * MINUTE_MS })
})

test('counts for an hour, and for the host that it was measured from', () => {
  const measures = new Measures()
  measures.put(way('web'), measure(0, 10, 100))
  expect(measures.get(way('web'), 60 * MINUTE_MS)).toMatchObject({ bandwidthBytesPerS: 100 })
  expect(measures.get(way('web'), 60 * MINUTE_MS + 1)).toBeNull()
  // it has moved since
  expect(measures.get(way('web', 'c'), MINUTE_MS)).toBeNull()
})

test('half an hour back, and no more', () => {
  const measures = new Measures()
  measures.put(way('web'), measure(1, 10, 100))
  measures.put(way('web'), measure(20, 11, 101))
  expect(measures.recent(way('web'), 31 * MINUTE_MS)).toMatchObject([{ dirtyBytesPerS: 11 }])
  expect(measures.recent(way('web'), 60 * MINUTE_MS)).toEqual([])
})
