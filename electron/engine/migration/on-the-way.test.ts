import { expect, test } from 'vitest'
import type { HostId, MigrationLive, MoveTake, Preflight, Task, TaskId } from '../../../shared/model/index.ts'
import type { InventoryReader } from '../ports.ts'
import { aTask } from '../testing/entities.ts'
import { withComing } from './coming.ts'
import { OnTheWay } from './on-the-way.ts'

const TARGET = 'c2.h.h' as HostId
const GIB = 1_073_741_824

const memory = (now: number, most = now, free = 16): MoveTake => ({
  what: 'memory',
  name: null,
  now: now * GIB,
  most: most * GIB,
  free: free * GIB,
})
const POOL: MoveTake = { ...memory(8, 20), what: 'pool', name: 'images' }

type StepState = Task['steps'][number]['state']

function move(name: string, states: Record<string, StepState>, takes: MoveTake[] = [memory(4, 6)], more: Partial<Task> = {}): Task {
  const steps = Object.entries(states).map(([id, state]): Task['steps'][number] => ({
    id,
    state,
    startedAtMs: null,
    endedAtMs: null,
    weight: 1,
    cancel: 'now',
    error: null,
  }))
  const params = JSON.parse(JSON.stringify({ targetHostId: TARGET, takes }))
  const target = { entity: 'machine' as const, id: `c1.m.${name}`, name }
  return aTask(`t-${name}`, { kind: 'machine.migrate', state: 'running', endedAtMs: null, target, params, steps, ...more })
}

const GOING = { check: 'done', move: 'running', verify: 'pending' } as const

function onTheWay(tasks: readonly Task[], live: Record<string, Partial<MigrationLive>> = {}) {
  const inventory = {
    all: () => tasks,
    get: (_: string, id: string) => tasks.find((task) => task.id === id),
  } as unknown as InventoryReader
  return new OnTheWay({ inventory, live: { get: (id: TaskId) => live[id] as MigrationLive | undefined } })
}

function coming(tasks: readonly Task[], live: Record<string, Partial<MigrationLive>> = {}): string[] {
  return onTheWay(tasks, live)
    .at(TARGET, 'c1.m.asks')
    .flatMap(({ name, takes }) => takes.map(({ what, now, most }) => `${name} ${what} ${now / GIB}–${most / GIB}`))
}

test('a move counts from its last look until its machine is there', () => {
  expect(coming([move('a', { check: 'running', move: 'pending' })])).toEqual([])
  expect(coming([move('a', { check: 'done', move: 'pending' })])).toEqual(['a memory 4–6'])
  expect(coming([move('a', GOING)])).toEqual(['a memory 4–6'])
  expect(coming([move('a', GOING, undefined, { state: 'needs-attention' })])).toEqual(['a memory 4–6'])
  expect(coming([move('a', { check: 'done', move: 'done', verify: 'running' })])).toEqual([])
  expect(coming([move('a', GOING, undefined, { state: 'failed', endedAtMs: 1 })])).toEqual([])
})

test('other hosts, other work, and the machine that asks are left out', () => {
  expect(onTheWay([move('a', GOING)]).at('c3.h.h', 'x')).toEqual([])
  expect(onTheWay([move('a', GOING)]).at(TARGET, 'c1.m.a')).toEqual([])
  expect(coming([move('a', GOING, undefined, { kind: 'machine.start' })])).toEqual([])
})

const amount = (total: number, remaining: number) => ({ total: total * GIB, done: 0, remaining: remaining * GIB })

test.each<[string, Partial<MigrationLive>, string]>([
  ['before the first page', { phase: 'preparing', memory: null, disk: null, iteration: null }, 'a memory 4–6'],
  ['half of the first pass', { phase: 'copying-memory', memory: amount(8, 4), disk: null, iteration: 1 }, 'a memory 2–4'],
  ['later passes send only what is there', { phase: 'copying-memory', memory: amount(8, 7), disk: null, iteration: 3 }, 'a memory 0–2'],
  ['post-copy fetches what was written since', { phase: 'post-copy', memory: amount(8, 2), disk: null, iteration: 3 }, 'a memory 1–3'],
])('what has arrived is in the figures of the host: %s', (_, live, expected) => {
  expect(coming([move('a', GOING)], { 't-a': live })).toEqual([expected])
})

test('huge pages are taken before the first page comes, a disk as it is copied, a volume made whole when it is made', () => {
  const pages: MoveTake = { ...memory(4), what: 'huge-pages', name: '1 GiB' }
  const whole: MoveTake = { ...POOL, name: 'vg', madeWhole: true }
  const states = (volume: StepState) => ({ check: 'done', 'volume-0': volume, move: 'pending' }) as const
  const disks = { phase: 'copying-disks', memory: null, disk: amount(20, 5), iteration: null } as const
  const memoryNow = { phase: 'copying-memory', memory: amount(8, 7), disk: null, iteration: 1 } as const
  expect(coming([move('a', GOING, [pages])], { 't-a': disks })).toEqual(['a huge-pages 4–4'])
  expect(coming([move('a', GOING, [pages])], { 't-a': memoryNow })).toEqual(['a huge-pages 0–0'])
  expect(coming([move('a', GOING, [POOL])], { 't-a': disks })).toEqual(['a pool 2–14'])
  expect(coming([move('a', states('running'), [whole])])).toEqual(['a pool 8–20'])
  expect(coming([move('a', states('done'), [whole])])).toEqual(['a pool 0–12'])
})

const preflight = (name: string, takes: MoveTake[]): Preflight =>
  ({ spec: { machineId: `c1.m.${name}` }, takes, findings: [], target: { hostId: TARGET, name: 'kvm-2' } }) as unknown as Preflight

test('of two that were looked at side by side the second finds the first, before its task tells of it', () => {
  const tasks = [move('a', { check: 'running', move: 'pending' }), move('b', { check: 'running', move: 'pending' })]
  const moves = onTheWay(tasks)
  expect(moves.admit('t-a' as TaskId, preflight('a', [memory(10)]), [])).toEqual([])
  expect(moves.admit('t-b' as TaskId, preflight('b', [memory(10)]), [])).toMatchObject([
    { severity: 'blocks', id: 'memory-short-together', reason: { params: { others: 'a', needed: '20 GiB', free: '16 GiB' } } },
  ])
  // it does not go, and is in nobody's way
  expect(moves.at(TARGET, 'c1.m.asks').map(({ name }) => name)).toEqual(['a'])
  tasks[0] = move('a', { check: 'failed', move: 'pending' }, undefined, { state: 'failed', endedAtMs: 1 })
  expect(moves.admit('t-b' as TaskId, preflight('b', [memory(10)]), [])).toEqual([])
})

test('who was known when it was looked counts as it was then', () => {
  const tasks = [move('a', GOING), move('b', { check: 'running', move: 'pending' })]
  const before = onTheWay(tasks).at(TARGET, 'c1.m.b')
  const all = { 't-a': { phase: 'copying-memory', memory: amount(8, 0), disk: null, iteration: 2 } as const }
  const takes = withComing([memory(13)], before)
  expect(onTheWay(tasks, all).admit('t-b' as TaskId, preflight('b', takes), before)).toMatchObject([{ severity: 'blocks' }])
  expect(onTheWay(tasks, all).admit('t-b' as TaskId, preflight('b', takes), [])).toEqual([])
})
