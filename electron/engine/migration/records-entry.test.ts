import { expect, test } from 'vitest'
import type { Json } from '../../../shared/errors/index.ts'
import type { Task, TaskId } from '../../../shared/model/index.ts'
import { type MovePlan, movePlanSchema } from './move-plan.ts'
import { recordOf } from './records-entry.ts'
import { sampleSpec } from './testing/samples.ts'

const PLAN: MovePlan = movePlanSchema.parse({
  spec: sampleSpec({ control: 'peer' }),
  ref: '1',
  name: 'web',
  source: { hostId: 'c1.h.1', hostRef: 'host', hostName: 'a', connectionId: 'c1', address: '192.0.2.1' },
  target: { hostId: 'c2.h.1', hostRef: 'host', hostName: 'b', connectionId: 'c2', address: '192.0.2.2' },
  acceptsWarnings: false,
  volumes: [],
  nicsBefore: [],
  before: { isPaused: false, isPersistent: true, autostart: false, agentAnswers: false, mark: null },
  slot: null,
  prediction: null,
})
const OUTCOME = { totalMs: 900, downtimeMs: 70, dataBytes: 5_000, memoryBytesPerS: 800, passes: 3 }

type States = Partial<Record<'check' | 'move' | 'verify' | 'clean-0', Task['steps'][number]['state']>>

/** A task whose steps take a second each. */
function endOf(states: States, memo: Json = null, more: Partial<Task> = {}): { task: Task; memos: ReadonlyMap<string, Json> } {
  const steps = Object.entries(states).map(([id, state], index) => {
    const begun = state === 'pending' ? null : 1_000 * (index + 1)
    return { id, weight: 1, cancel: 'now', state, startedAtMs: begun, endedAtMs: begun === null ? null : begun + 1_000, error: null }
  })
  const task = { id: 't1' as TaskId, createdAtMs: 500, startedAtMs: 1_000, endedAtMs: 9_000, error: null, steps, ...more }
  return { task: task as unknown as Task, memos: new Map([['move', memo]]) }
}

test('moved: what the hypervisor counted, and the time until it was verified; tidying up is not part of it', () => {
  const end = endOf({ check: 'done', move: 'done', verify: 'done', 'clean-0': 'done' }, { begun: true, outcome: OUTCOME })
  const { totalMs: _, ...counted } = OUTCOME
  expect(recordOf(PLAN, end)).toEqual({
    taskId: 't1',
    machineId: 'c1.m.1',
    machineName: 'web',
    sourceHostId: 'c1.h.1',
    targetHostId: 'c2.h.1',
    endedAtMs: 9_000,
    mode: 'live',
    control: 'peer',
    outcome: 'moved',
    predicted: null,
    actual: { totalMs: 3_000, ...counted },
  })
})

test('seen through by another process: moved, and nothing was counted', () => {
  const end = endOf({ check: 'done', move: 'skipped', verify: 'done' }, { begun: true, outcome: OUTCOME })
  expect(recordOf(PLAN, end)).toMatchObject({ outcome: 'moved', actual: { totalMs: 3_000, downtimeMs: null, dataBytes: null } })
})

test.each([
  ['stayed', { check: 'done', move: 'failed', verify: 'pending' }, 'remote-failure'],
  ['unclear', { check: 'done', move: 'failed', verify: 'pending' }, 'indeterminate'],
  ['unclear', { check: 'done', move: 'done', verify: 'failed' }, 'remote-failure'],
] as const)('%s: %o with %s', (outcome, states, kind) => {
  const end = endOf(states, { begun: false }, { error: { kind } as Task['error'] })
  expect(recordOf(PLAN, end)).toMatchObject({ outcome, actual: { dataBytes: null } })
})

test('refused before it began: no move at all', () => {
  expect(recordOf(PLAN, endOf({ check: 'failed', move: 'pending', verify: 'pending' }))).toBeNull()
})
