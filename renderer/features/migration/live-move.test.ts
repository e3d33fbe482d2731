import { expect, test } from 'vitest'
import type { MigrationLive } from '../../../shared/model/index.ts'
import { NOT_FOLLOWED, withLive } from './live-move.ts'

const live = (atMs: number, phase: MigrationLive['phase'], bandwidthBytesPerS: number | null = null): MigrationLive => ({
  taskId: 't1' as MigrationLive['taskId'],
  machineId: 'c1.m.1' as MigrationLive['machineId'],
  startedAtMs: 1_000,
  atMs,
  phase,
  memory: null,
  disk: null,
  iteration: null,
  dirtyBytesPerS: null,
  bandwidthBytesPerS,
  throttlePercent: null,
  expectedEndAtMs: null,
  can: { bandwidth: null, downtime: null, postCopy: null },
})

test('who looks from the start knows when each phase began and ended', () => {
  const seen = [live(1_500, 'preparing'), live(3_000, 'copying-memory', 5), live(3_500, 'copying-memory', 6), live(9_000, 'switching')]
  const { phases, samples } = seen.reduce(withLive, NOT_FOLLOWED)
  expect(phases).toEqual([
    { phase: 'preparing', fromMs: 1_000, toMs: 3_000 },
    { phase: 'copying-memory', fromMs: 3_000, toMs: 9_000 },
    { phase: 'switching', fromMs: 9_000, toMs: null },
  ])
  expect(samples.map(({ bandwidthBytesPerS }) => bandwidthBytesPerS)).toEqual([null, 5, 6, null])
})

test('who comes late does not make a beginning up', () => {
  expect(withLive(NOT_FOLLOWED, live(60_000, 'copying-memory')).phases).toEqual([{ phase: 'copying-memory', fromMs: null, toMs: null }])
})

test('of a long move the samples are thinned, and the newest stays', () => {
  let followed = NOT_FOLLOWED
  for (let index = 0; index < 3_700; index += 1) followed = withLive(followed, live(1_000 + index * 500, 'copying-memory', index))
  expect(followed.samples.length).toBeLessThan(2_000)
  expect(followed.samples.at(-1)?.bandwidthBytesPerS).toBe(3_699)
})
