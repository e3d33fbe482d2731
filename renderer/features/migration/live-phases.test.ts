import { expect, test } from 'vitest'
import type { Task } from '../../../shared/model/index.ts'
import type { SeenPhase } from './live-move.ts'
import { phaseLine, phaseNow, tookTogether } from './live-phases.ts'

type Step = Task['steps'][number]

const step = (id: string, state: Step['state'], startedAtMs: number | null = null, endedAtMs: number | null = null): Step => ({
  id,
  state,
  startedAtMs,
  endedAtMs,
  weight: 1,
  cancel: 'now',
  error: null,
})

const LIVE = { mode: 'live', copied: 1 } as const
const BEFORE = [step('check', 'done', 0, 2_000), step('volume-0', 'done', 2_000, 2_500)]
const AFTER = [step('verify', 'pending'), step('clean-0', 'pending')]
const SEEN: readonly SeenPhase[] = [
  { phase: 'preparing', fromMs: 2_000, toMs: 3_000 },
  { phase: 'copying-disks', fromMs: 3_000, toMs: 9_000 },
  { phase: 'copying-memory', fromMs: 9_000, toMs: null },
]

test('the line: what lies behind with its time, where it is, what is to come', () => {
  const task = { state: 'running', error: null, steps: [...BEFORE, step('move', 'running', 2_500), ...AFTER] } as const
  expect(phaseLine(task, LIVE, SEEN, 12_000).map(({ phase, state, tookMs }) => [phase, state, tookMs])).toEqual([
    ['checking', 'done', 2_000],
    ['preparing', 'done', 1_000],
    ['copying-disks', 'done', 6_000],
    ['copying-memory', 'now', 3_000],
    ['switching', 'ahead', null],
    ['verifying', 'ahead', null],
    ['cleaning', 'ahead', null],
  ])
})

test('a time that was seen only in part is not told', () => {
  const task = { state: 'running', error: null, steps: [...BEFORE, step('move', 'running', 2_500), ...AFTER] } as const
  const late: readonly SeenPhase[] = [{ phase: 'copying-memory', fromMs: null, toMs: null }]
  const line = phaseLine(task, LIVE, late, 12_000)
  expect(line.find(({ phase }) => phase === 'copying-memory')).toMatchObject({ state: 'now', tookMs: null })
})

test.each([
  ['without copied disks', { mode: 'live', copied: 0 }, ['checking', 'preparing', 'copying-memory', 'switching', 'verifying', 'cleaning']],
  ['of a machine that is off', { mode: 'cold', copied: 0 }, ['checking', 'preparing', 'verifying', 'cleaning']],
] as const)('%s the line is shorter', (_name, params, phases) => {
  const task = { state: 'queued', error: null, steps: [] } as const
  expect(phaseLine(task, params, [], 0).map(({ phase }) => phase)).toEqual(phases)
})

test('of a machine that is off the disks are carried in steps of their own, whose times are known', () => {
  const steps = [
    step('check', 'done', 0, 2_000),
    step('copy-0', 'done', 2_000, 9_000),
    step('copy-1', 'running', 9_000),
    step('move', 'pending'),
  ]
  const line = phaseLine({ state: 'running', error: null, steps }, { mode: 'cold', copied: 2 }, [], 12_000)
  expect(line.map(({ phase, state, tookMs }) => [phase, state, tookMs])).toEqual([
    ['checking', 'done', 2_000],
    ['preparing', 'done', null],
    ['copying-disks', 'now', 10_000],
    ['verifying', 'ahead', null],
    ['cleaning', 'ahead', null],
  ])
  const moving = steps.map((one) =>
    one.id === 'move' ? step('move', 'running', 12_000) : { ...one, state: 'done' as const, endedAtMs: 12_000 },
  )
  expect(phaseNow({ error: null, steps: moving }, [])).toBe('copying-disks')
})

test.each([
  ['forget-snapshots', [], 'preparing'],
  ['forget-snapshots', [step('copy-0', 'done', 2_000, 3_000)], 'copying-disks'],
  ['recall-snapshots', [], 'verifying'],
] as const)('snapshots that come along: %s after %j is %s', (id, carried, phase) => {
  const steps = [...BEFORE, ...carried, step('forget-snapshots', 'done'), step('move', 'done'), step('recall-snapshots', 'done'), ...AFTER]
  const at = steps.map((one) => (one.id === id ? { ...one, state: 'running' as const } : one))
  expect(phaseNow({ error: null, steps: at }, [])).toBe(phase)
})

test('post-copy stands on the line once it is there', () => {
  const task = { state: 'running', error: null, steps: [...BEFORE, step('move', 'running', 2_500), ...AFTER] } as const
  const seen: readonly SeenPhase[] = [...SEEN, { phase: 'post-copy', fromMs: 12_000, toMs: null }]
  expect(phaseLine(task, LIVE, seen, 13_000).find(({ state }) => state === 'now')?.phase).toBe('post-copy')
})

test.each([
  ['prepare', 'preparing'],
  ['perform', 'copying-memory'],
  ['finish', 'switching'],
])('broke off in “%s”, seen by nobody: %s', (at, phase) => {
  const error = { kind: 'remote-failure', code: 'migration.failed', message: '', details: { at } } as const
  const task = { state: 'failed', error, steps: [...BEFORE, step('move', 'failed', 2_500, 4_000), ...AFTER] } as const
  expect(phaseNow(task, [])).toBe(phase)
  const line = phaseLine(task, LIVE, [], 9_000)
  expect(line.find(({ state }) => state === 'failed')?.phase).toBe(phase)
  expect(line.some(({ state }) => state === 'ahead' || state === 'now')).toBe(false)
})

test('a move that was taken back after it broke off broke off where it did', () => {
  const error = { kind: 'remote-failure', code: 'migration.failed', message: '', details: { at: 'perform' } } as const
  const steps = [step('check', 'done', 0, 2_000), step('volume-0', 'undone', 2_000, 2_500), step('move', 'undone', 2_500, 4_000), ...AFTER]
  expect(phaseNow({ error, steps }, [])).toBe('copying-memory')
  // a step that was taken back ends with that, long after its own work was done
  const late = steps.map((one) => (one.state === 'undone' ? { ...one, endedAtMs: 99_000 } : one))
  const line = phaseLine({ state: 'cancelled', error, steps: late }, LIVE, [], 100_000)
  expect(line.map(({ state, tookMs }) => [state, tookMs]).slice(0, 4)).toEqual([
    ['done', 2_000],
    ['done', 500],
    ['done', null],
    ['stopped', null],
  ])
})

test('one in two parts broke after it had switched over, also for a page that did not see it', () => {
  const error = { kind: 'indeterminate', code: 'migration.torn', message: '', details: {} } as const
  const steps = [...BEFORE, step('move', 'unknown', 2_500, null)]
  const line = phaseLine({ state: 'needs-attention', error, steps }, LIVE, [], 50_000)
  expect(line.find(({ state }) => state === 'failed')?.phase).toBe('post-copy')
  expect(line.find(({ phase }) => phase === 'switching')?.state).toBe('done')
})

test('of what nobody saw, the time of the whole is told', () => {
  const steps = [...BEFORE, step('move', 'done', 2_500, 40_000), step('verify', 'done', 40_000, 40_500)]
  const task = { state: 'succeeded', error: null, steps } as const
  expect(tookTogether(task, phaseLine(task, LIVE, [], 50_000))).toBe(37_500)
  const seen = SEEN.map((one) => ({ ...one, toMs: one.toMs ?? 40_000 }))
  expect(tookTogether(task, phaseLine(task, LIVE, seen, 50_000))).toBeNull()
})
