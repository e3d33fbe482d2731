import { describe, expect, test } from 'vitest'
import { type MigrationLive, type MigrationPhase, migrationSpecSchema, type TaskId } from '../../../shared/model/index.ts'
import { type LiveFacts, liveAt, liveOf } from './live-view.ts'
import { progress } from './testing/fake-pair.ts'

const spec = (wish = {}) => migrationSpecSchema.parse({ machineId: 'c1.m.1', targetHostId: 'c2.h.1', mode: 'live', ...wish })
const facts = (wish = {}, predictedMs: number | null = 10_000): LiveFacts => ({
  taskId: 't1' as TaskId,
  spec: spec(wish),
  startedAtMs: 0,
  predictedMs,
})

describe('the expected end', () => {
  test('is what was foretold until something is copied', () => {
    expect(liveAt(facts(), 'checking', undefined, 100).expectedEndAtMs).toBe(10_000)
    expect(liveAt(facts({}, null), 'checking', undefined, 100).expectedEndAtMs).toBeNull()
  })

  test('comes nearer to what the rates say, a little with each look', () => {
    // 10 bytes a second, of 100: 5 s are over for 50 of them, so that it takes 5 s more; foretold were 20
    let last: MigrationLive = liveAt(facts({}, 20_000), 'preparing', undefined, 0)
    const ends: Array<number | null> = []
    for (let at = 1; at <= 9; at += 1) {
      last = liveOf(facts({}, 20_000), progress('copying-memory', at * 10), last, at * 1_000)
      ends.push(last.expectedEndAtMs)
    }
    const jumps = ends.slice(1).map((end, index) => Math.abs((end ?? 0) - (ends[index] ?? 0)))
    expect(Math.max(...jumps)).toBeLessThan(3_000)
    expect(ends[0]).toBeGreaterThan(19_000)
    expect(ends.at(-1)).toBeLessThan(13_000)
  })

  test('counts what the guest writes meanwhile, and is never in the past', () => {
    const writing = { ...progress('copying-memory', 50), dirtyBytesPerS: 5 }
    expect(liveOf(facts({}, null), writing, undefined, 0).expectedEndAtMs).toBe(10_000)
    expect(liveAt(facts(), 'verifying', undefined, 60_000).expectedEndAtMs).toBe(60_000)
  })
})

test.each<readonly [MigrationPhase, object, string | null, string | null, string | null]>([
  ['checking', {}, 'too-early', 'too-early', 'too-early'],
  ['preparing', {}, 'too-early', 'too-early', 'too-early'],
  ['copying-disks', {}, null, null, 'post-copy-not-allowed'],
  ['copying-disks', { postCopy: true }, null, null, 'disks-first'],
  ['copying-memory', {}, null, null, 'post-copy-not-allowed'],
  ['copying-memory', { postCopy: true }, null, null, null],
  ['copying-memory', { mode: 'paused' }, null, 'stands-still', 'stands-still'],
  ['switching', { postCopy: true }, 'too-late', 'too-late', 'too-late'],
  ['post-copy', { postCopy: true }, 'too-late', 'too-late', 'too-late'],
  ['copying-memory', { mode: 'cold' }, 'is-off', 'is-off', 'is-off'],
])('%s with %j: bandwidth %s, downtime %s, post-copy %s', (phase, wish, bandwidth, downtime, postCopy) => {
  const { can } = liveAt(facts(wish), phase, undefined, 0)
  const short = (reason: { readonly code: string } | null) => reason?.code.replace('migration.', '') ?? null
  expect([short(can.bandwidth), short(can.downtime), short(can.postCopy)]).toEqual([bandwidth, downtime, postCopy])
})
