import { expect, test } from 'vitest'
import type { ConnectionId, MachineId } from '../../../shared/model/index.ts'
import { aConnection, aTask, aWorkspace } from '../testing/entities.ts'
import { machineFacts, metricsAt, networkFacts, putHost, putMachine } from '../testing/facts.ts'
import { FakeClock } from '../testing/fake-clock.ts'
import { Inventory } from './inventory.ts'
import type { StoreChange } from './store-change.ts'

const C1 = 'c1' as ConnectionId
const LIVE = { state: 'live' } as const

function setup() {
  const clock = new FakeClock(1_000)
  const inventory = new Inventory(clock)
  inventory.publish('workspace', aWorkspace('w1'))
  inventory.publish('connection', aConnection('c1'))
  const batches: Array<readonly StoreChange[]> = []
  inventory.subscribe((changes) => batches.push(changes))
  const apply = (...changes: Parameters<Inventory['applyChanges']>[1]) => inventory.applyChanges(C1, changes, LIVE)
  const machine = (ref: string) => inventory.get('machine', `c1.m.${ref}`)
  return { clock, inventory, batches, apply, machine }
}

test('references become ids, also those with slashes and blanks', () => {
  const { inventory, apply } = setup()
  apply(putHost('kvm 1'), { op: 'put', entity: 'network', ref: 'kvm 1/default', facts: networkFacts('default', 'kvm 1') })
  apply(putMachine('a', 'kvm 1', { networkRefs: ['kvm 1/default'] }))
  expect(inventory.get('machine', 'c1.m.a')).toMatchObject({
    id: 'c1.m.a',
    connectionId: 'c1',
    nativeRef: 'a',
    hostId: 'c1.h.kvm%201',
    networkIds: ['c1.n.kvm%201%2Fdefault'],
  })
  expect(inventory.get('machine', 'c1.m.a')).not.toHaveProperty('hostRef')
  expect(inventory.get('host', 'c1.h.kvm%201')).toMatchObject({ freshness: LIVE, observedAtMs: 1_000 })
})

test('the same facts again change nothing; one other field is one patch', async () => {
  const { clock, apply, batches, machine } = setup()
  apply(putHost('h'), putMachine('a', 'h', { tags: ['prod'] }))
  batches.length = 0
  await clock.advance(500)
  apply(putHost('h'), putMachine('a', 'h', { tags: ['prod'] }))
  expect(batches).toEqual([])
  const before = machine('a')?.revision ?? 0
  apply(putMachine('a', 'h', { tags: ['prod', 'db'] }))
  expect(batches).toHaveLength(1)
  expect(batches[0]).toMatchObject([{ op: 'patch', id: 'c1.m.a', fields: ['tags', 'observedAtMs', 'revision'], quiet: false }])
  expect(machine('a')).toMatchObject({ tags: ['prod', 'db'], observedAtMs: 1_500 })
  expect(machine('a')?.revision).toBeGreaterThan(before)
})

test('a batch is heard once, as a whole', () => {
  const { apply, batches } = setup()
  apply(putHost('h'), putMachine('a', 'h'), putMachine('b', 'h'))
  expect(batches.map((batch) => batch.length)).toEqual([3])
})

test('what a listener writes is heard after what it has heard, by all', () => {
  const { inventory, apply } = setup()
  const heard: string[] = []
  inventory.subscribe((changes) => {
    if (changes.some(({ entity, op }) => entity === 'host' && op === 'put')) inventory.update('connection', 'c1', { name: 'renamed' })
  })
  inventory.subscribe((changes) => heard.push(...changes.map(({ entity, op }) => `${entity} ${op}`)))
  apply(putHost('h'))
  expect(heard).toEqual(['host put', 'connection patch'])
})

test('a complete list removes what it no longer names, of that host only', () => {
  const { inventory, apply } = setup()
  apply(putHost('h'), putHost('g'), putMachine('a', 'h'), putMachine('b', 'h'), putMachine('x', 'g'))
  apply({ op: 'complete', entity: 'machine', hostRef: 'h', refs: ['b'] })
  expect([...inventory.ids('machine')]).toEqual(['c1.m.b', 'c1.m.x'])
  apply({ op: 'complete', entity: 'host', hostRef: null, refs: ['h'] })
  expect([...inventory.ids('host')]).toEqual(['c1.h.h'])
  expect([...inventory.ids('machine')]).toEqual(['c1.m.b'])
})

test('patches and samples of unknown objects are left out', () => {
  const { inventory, apply, batches } = setup()
  apply({ op: 'patch', entity: 'machine', ref: 'nobody', patch: { state: 'running' } }, { op: 'remove', entity: 'machine', ref: 'nobody' })
  inventory.applyMetrics(C1, [{ ref: 'nobody', metrics: metricsAt(1) }])
  inventory.confirmHost(C1, 'nobody', 5)
  expect(batches).toEqual([])
})

test('a lost link marks and removes nothing', () => {
  const { inventory, apply } = setup()
  apply(putHost('h'), putMachine('a', 'h'))
  const stale = { state: 'stale', sinceMs: 9, reason: 'link.closed' } as const
  inventory.setHostsFreshness(C1, stale)
  expect(inventory.get('host', 'c1.h.h')).toMatchObject({ freshness: stale, observedAtMs: 1_000 })
  expect(inventory.count('machine')).toBe(1)
})

test('samples are quiet, stay over a full description, and go when the machine goes off', () => {
  const { inventory, apply, batches, machine } = setup()
  apply(putHost('h'), putMachine('a', 'h'))
  inventory.applyMetrics(C1, [{ ref: 'a', metrics: metricsAt(5) }])
  expect(batches.at(-1)).toMatchObject([{ quiet: true, fields: ['metrics', 'revision'] }])
  apply(putMachine('a', 'h', { title: 'A' }))
  expect(machine('a')?.metrics).toEqual(metricsAt(5))
  apply({ op: 'patch', entity: 'machine', ref: 'a', patch: { state: 'stopped' } })
  expect(machine('a')?.metrics).toBeNull()
  inventory.applyMetrics(C1, [{ ref: 'a', metrics: metricsAt(6) }])
  expect(machine('a')?.metrics).toBeNull()
  apply(putMachine('b', 'h', { state: 'stopped', metrics: metricsAt(1) }))
  expect(machine('b')?.metrics).toBeNull()
})

test('a host that vouches for all only grows older by its own clock', () => {
  const { inventory, apply } = setup()
  apply(putHost('h'))
  inventory.confirmHost(C1, 'h', 9_000)
  inventory.confirmHost(C1, 'h', 8_000)
  expect(inventory.get('host', 'c1.h.h')?.observedAtMs).toBe(9_000)
})

test('indexes follow every change', () => {
  const { inventory, apply } = setup()
  const ids = (...args: ['state' | 'tags' | 'hostId' | 'connectionId', string]) => [...inventory.idsBy('machine', ...args)]
  apply(putHost('h'), putHost('g'), putMachine('a', 'h', { tags: ['prod', 'db'] }))
  expect([ids('state', 'running'), ids('tags', 'db'), ids('hostId', 'c1.h.h')]).toEqual([['c1.m.a'], ['c1.m.a'], ['c1.m.a']])
  expect(inventory.keysOf('machine', 'tags')).toEqual(['prod', 'db'])
  apply({ op: 'patch', entity: 'machine', ref: 'a', patch: { state: 'paused', tags: ['prod'], hostRef: 'g' } })
  expect([ids('state', 'running'), ids('tags', 'db'), ids('hostId', 'c1.h.h')]).toEqual([[], [], []])
  expect([ids('state', 'paused'), ids('hostId', 'c1.h.g'), ids('connectionId', 'c1')]).toEqual([['c1.m.a'], ['c1.m.a'], ['c1.m.a']])
  apply({ op: 'remove', entity: 'machine', ref: 'a' })
  expect([ids('state', 'paused'), ids('tags', 'prod'), ids('connectionId', 'c1')]).toEqual([[], [], []])
  expect(inventory.keysOf('machine', 'tags')).toEqual([])
})

test('an object that went and came again has a higher revision than before', () => {
  const { inventory, apply } = setup()
  apply(putHost('h'), putMachine('a', 'h'))
  apply({ op: 'patch', entity: 'machine', ref: 'a', patch: { state: 'paused' } })
  const before = inventory.revisionOf('machine', 'c1.m.a') ?? 0
  apply({ op: 'remove', entity: 'machine', ref: 'a' }, putMachine('a', 'h'))
  expect(inventory.revisionOf('machine', 'c1.m.a')).toBeGreaterThan(before)
})

test('revisions go on where the stored ones ended', () => {
  const inventory = new Inventory(new FakeClock())
  inventory.restore('connection', aConnection('c1', { revision: 41 }))
  inventory.update('connection', 'c1', { name: 'x' })
  expect(inventory.get('connection', 'c1')?.revision).toBe(42)
})

test('forgetting a connection forgets all that came through it, and tells so', () => {
  const { inventory, apply, batches } = setup()
  apply(putHost('h'), putMachine('a', 'h'), { op: 'put', entity: 'network', ref: 'n', facts: networkFacts('n', 'h') })
  inventory.publish('connection', aConnection('c2'))
  batches.length = 0
  inventory.removeConnection(C1)
  expect(batches[0]?.map(({ op, id, workspaceId }) => `${op} ${id} ${workspaceId}`)).toEqual([
    'remove c1.m.a w1',
    'remove c1.n.n w1',
    'remove c1.h.h w1',
    'remove c1 w1',
  ])
  expect([inventory.count('machine'), inventory.count('connection')]).toEqual([0, 1])
})

test('of finished tasks the newest 200 of the last day stay, running ones always', async () => {
  const { clock, inventory } = setup()
  inventory.putTask(aTask('running'))
  for (let index = 0; index < 250; index++) {
    inventory.putTask(aTask(`t${index}`))
    inventory.putTask(aTask(`t${index}`, { revision: 2, state: 'succeeded', endedAtMs: clock.nowMs() + index }))
  }
  expect(inventory.count('task')).toBe(201)
  expect(inventory.get('task', 't49')).toBeUndefined()
  expect(inventory.get('task', 't50')).toMatchObject({ revision: 2, state: 'succeeded' })
  await clock.advance(25 * 3_600_000)
  inventory.putTask(aTask('new', { state: 'failed', endedAtMs: clock.nowMs() }))
  expect([...inventory.ids('task')]).toEqual(['running', 'new'])
})

test('a value that was read stays as it was', () => {
  const { apply, machine } = setup()
  apply(putHost('h'), { op: 'put', entity: 'machine', ref: 'a', facts: machineFacts('a', 'h') })
  const before = machine('a')
  apply({ op: 'patch', entity: 'machine', ref: 'a', patch: { name: 'b' } })
  expect(before?.name).toBe('a')
  expect(before?.id).toBe('c1.m.a' as MachineId)
})
