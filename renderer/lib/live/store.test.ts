import { expect, test } from 'vitest'
import type { InventoryMessage, Machine } from '../../../shared/model/index.ts'
import { connection, host, machine, put, task, workspace } from '../testing/fleet-fixture.ts'
import { BusyIndex, FleetIndex } from './indexes.ts'
import { LiveStore } from './store.ts'

function setUp() {
  const scheduled: (() => void)[] = []
  const clock = { nowMs: 0 }
  const store = new LiveStore({ schedule: (flush) => scheduled.push(flush), nowMs: () => clock.nowMs })
  const index = new FleetIndex(store)
  const busy = new BusyIndex(store)
  const frame = () => {
    for (const flush of scheduled.splice(0)) flush()
  }
  const receive = (...messages: readonly InventoryMessage[]) => {
    for (const message of messages) store.receive(message)
    frame()
  }
  return { store, index, busy, receive, scheduled, clock }
}

const RESET: InventoryMessage = { type: 'reset', epoch: 'e', counts: {} }
const READY: InventoryMessage = { type: 'ready', atMs: 1 }

function snapshot(machines: readonly Machine[]): readonly InventoryMessage[] {
  const changes = [
    put('workspace', workspace()),
    put('connection', connection(1)),
    put('host', host(1)),
    ...machines.map((one) => put('machine', one)),
  ]
  return [RESET, { type: 'changes', changes }, READY]
}

test('messages of one frame are applied together and render only what they touch', () => {
  const { store, receive, scheduled } = setUp()
  receive(...snapshot([machine(1, 1), machine(2, 1)]))
  const heard: string[] = []
  store.subscribeObject('machine', 'c1.m.1', () => heard.push('1'))
  store.subscribeObject('machine', 'c1.m.2', () => heard.push('2'))
  store.receive({ type: 'changes', changes: [{ op: 'patch', entity: 'machine', id: 'c1.m.1', revision: 2, patch: { state: 'stopping' } }] })
  store.receive({ type: 'changes', changes: [{ op: 'patch', entity: 'machine', id: 'c1.m.1', revision: 3, patch: { state: 'stopped' } }] })
  expect(scheduled).toHaveLength(1)
  expect(store.get('machine', 'c1.m.1')?.state).toBe('running')
  scheduled.splice(0)[0]?.()
  expect(store.get('machine', 'c1.m.1')?.state).toBe('stopped')
  expect(heard).toEqual(['1'])
})

test('samples alone wait for the second hand; news take them along at once', () => {
  const soon: (() => void)[] = []
  const quiet: (() => void)[] = []
  const store = new LiveStore({ schedule: (flush) => soon.push(flush), scheduleQuiet: (flush) => quiet.push(flush), nowMs: () => 0 })
  for (const message of snapshot([machine(1, 1)])) store.receive(message)
  for (const flush of soon.splice(0)) flush()
  const seen = (revision: number): InventoryMessage => ({
    type: 'changes',
    changes: [{ op: 'patch', entity: 'machine', id: 'c1.m.1', revision, patch: { observedAtMs: revision } }],
  })
  store.receive(seen(2))
  store.receive(seen(3))
  expect([soon.length, quiet.length]).toEqual([0, 1])
  quiet.splice(0)[0]?.()
  expect(store.get('machine', 'c1.m.1')?.observedAtMs).toBe(3)
  store.receive(seen(4))
  store.receive({ type: 'changes', changes: [{ op: 'patch', entity: 'machine', id: 'c1.m.1', revision: 5, patch: { state: 'stopped' } }] })
  expect(soon).toHaveLength(1)
  soon[0]?.()
  expect(store.get('machine', 'c1.m.1')).toMatchObject({ observedAtMs: 4, state: 'stopped' })
})

test('a revision not above the known one is ignored', () => {
  const { store, receive } = setUp()
  receive(...snapshot([machine(1, 1, { revision: 5 })]))
  receive({ type: 'changes', changes: [{ op: 'patch', entity: 'machine', id: 'c1.m.1', revision: 5, patch: { state: 'stopped' } }] })
  expect(store.get('machine', 'c1.m.1')?.state).toBe('running')
})

test('after a reconnect nothing is blanked: the new state is swapped in when it is complete', () => {
  const { store, index, receive } = setUp()
  receive(...snapshot([machine(1, 1), machine(2, 1)]))
  receive(RESET, { type: 'changes', changes: [put('workspace', workspace()), put('connection', connection(1))] })
  expect(store.tables.machine.size).toBe(2)
  receive({ type: 'changes', changes: [put('host', host(1)), put('machine', machine(2, 1))] }, READY)
  expect([...store.tables.machine.keys()]).toEqual(['c1.m.2'])
  expect(index.count('workspace/w1')).toBe(1)
})

test('a lost engine makes what was live stale and keeps everything', () => {
  const { store, receive } = setUp()
  receive(...snapshot([machine(1, 1)]))
  store.loseEngine(1_000)
  expect(store.get('connection', 'c1')?.freshness).toEqual({ state: 'stale', sinceMs: 1_000, reason: 'engine' })
  expect(store.tables.machine.size).toBe(1)
})

test('the index follows states, tags and removals without being rebuilt', () => {
  const { index, receive } = setUp()
  receive(...snapshot([machine(1, 1, { tags: ['prod', 'a/b'] }), machine(2, 1, { tags: ['prod'] })]))
  expect(index.count('state/w1/running')).toBe(2)
  expect([...index.tags('w1')].sort()).toEqual(['a/b', 'prod'])
  receive({
    type: 'changes',
    changes: [
      { op: 'patch', entity: 'machine', id: 'c1.m.1', revision: 2, patch: { state: 'stopped', tags: ['prod'] } },
      { op: 'remove', entity: 'machine', id: 'c1.m.2', revision: 2 },
    ],
  })
  expect(index.count('state/w1/running')).toBe(0)
  expect(index.count('state/w1/stopped')).toBe(1)
  expect([...index.tags('w1')]).toEqual(['prod'])
  expect(index.count('host/c1.h.1')).toBe(1)
})

test('samples alone leave the index as it is', () => {
  const { index, receive } = setUp()
  receive(...snapshot([machine(1, 1)]))
  const before = index.version
  receive({ type: 'changes', changes: [{ op: 'patch', entity: 'machine', id: 'c1.m.1', revision: 2, patch: { metrics: null } }] })
  expect(index.version).toBe(before)
})

test('a sent command counts as queued until its task is there', () => {
  const { busy, receive } = setUp()
  receive(...snapshot([machine(1, 1)]))
  busy.expect(['c1.m.1'], 'machine.start')
  expect(busy.of('c1.m.1')).toEqual({ kind: 'machine.start', state: 'queued' })
  const running = task(1, { kind: 'machine.start', target: { entity: 'machine', id: 'c1.m.1', name: 'web-1' } })
  receive({ type: 'changes', changes: [put('task', running)] })
  expect(busy.of('c1.m.1')?.state).toBe('running')
  receive({ type: 'changes', changes: [{ op: 'patch', entity: 'task', id: 't1', revision: 2, patch: { state: 'succeeded' } }] })
  expect(busy.of('c1.m.1')).toBeUndefined()
})

test('what does not fit into a frame follows in the next', () => {
  const { store, receive, scheduled, clock } = setUp()
  receive(...snapshot([machine(1, 1)]))
  const slow = { ...machine(2, 1) }
  Object.defineProperty(slow, 'metrics', {
    enumerable: true,
    get: () => {
      clock.nowMs += 1_000
      return null
    },
  })
  store.receive({ type: 'changes', changes: [{ op: 'put', entity: 'machine', id: 'c1.m.2', revision: 1, value: slow }] })
  store.receive({ type: 'changes', changes: [{ op: 'patch', entity: 'machine', id: 'c1.m.1', revision: 2, patch: { state: 'stopped' } }] })
  scheduled.splice(0)[0]?.()
  expect(store.get('machine', 'c1.m.1')?.state).toBe('running')
  expect(scheduled).toHaveLength(1)
  scheduled.splice(0)[0]?.()
  expect(store.get('machine', 'c1.m.1')?.state).toBe('stopped')
})

test('news that waited for its frame does not make a lost engine look alive', () => {
  const { store, receive } = setUp()
  for (const message of snapshot([machine(1, 1)])) store.receive(message)
  store.loseEngine(5)
  receive()
  expect(store.get('connection', connection(1).id)?.freshness).toEqual({ state: 'stale', sinceMs: 5, reason: 'engine' })
})
