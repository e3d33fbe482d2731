import { expect, test } from 'vitest'
import type { Snapshot } from '../../../shared/model/index.ts'
import { boot, WEB } from './testing/bench.ts'

const HOUR_MS = 3_600_000
const never = new AbortController().signal
const EVERY = { unit: 'hours', count: 24 } as const
const snapshot = (name: string, createdAtMs: number, scheduleId: string | null = 's1'): Snapshot => ({
  name,
  createdAtMs,
  scheduleId,
  tags: ['nightly'],
  parent: null,
  isCurrent: false,
  description: null,
  kind: 'external',
  state: 'running',
  hasMemory: false,
  wasFrozen: null,
  disks: [],
  sizeBytes: null,
  noRevert: null,
  noDelete: null,
})

test('the next run among them: what is kept by which rule, what goes and what comes free, and what stays all the same', async () => {
  const { service, keeper, clock } = boot()
  const nowMs = clock.nowMs()
  const old = (days: number) => nowMs - days * 24 * HOUR_MS
  keeper.snapshots = [
    snapshot('needed', old(4)),
    snapshot('huge', old(3)),
    snapshot('fresh', old(1)),
    snapshot('theirs', old(9), null),
    snapshot('odd', old(2)),
  ]
  keeper.planOf = (operation) => {
    const name = operation.operation === 'delete' ? operation.name : ''
    if (name === 'needed') return { reason: { code: 'snapshot.stands-on', text: 'A clone stands on it.' } }
    return { freesBytes: name === 'huge' ? 5 : null }
  }
  const preview = await service.retention(WEB, { id: 's1', every: EVERY, tag: 'nightly', keep: { last: 2, days: 0, weeks: 0 } }, never)
  expect(preview.nextAtMs).toHaveLength(3)
  expect(preview.snapshots.map(({ name, keptBy, stays, freesBytes }) => [name, keptBy, stays?.code ?? null, freesBytes])).toEqual([
    [null, ['last'], null, null],
    ['fresh', ['last'], null, null],
    ['odd', [], null, null],
    ['huge', [], null, 5],
    ['needed', [], 'snapshot.stands-on', null],
  ])
  expect(preview.snapshots[0]?.atMs).toBe(preview.nextAtMs[0])
  expect(keeper.calls).toEqual([])
})
