import { expect, test } from 'vitest'
import type { ConnectionId } from '../../../shared/model/index.ts'
import { aConnection, aWorkspace } from '../testing/entities.ts'
import { metricsAt, putHost, putMachine } from '../testing/facts.ts'
import { FakeClock } from '../testing/fake-clock.ts'
import { Inventory } from './inventory.ts'
import { type MachineListRequest, MachineQueries } from './machine-queries.ts'

const LIVE = { state: 'live' } as const

function setup() {
  const clock = new FakeClock(1_000_000)
  const inventory = new Inventory(clock)
  const queries = new MachineQueries(inventory, clock)
  inventory.publish('workspace', aWorkspace('w1'))
  inventory.publish('workspace', aWorkspace('w2'))
  inventory.publish('connection', aConnection('c1', { name: 'Gdańsk', freshness: LIVE }))
  inventory.publish(
    'connection',
    aConnection('c2', { name: 'Łódź', workspaceId: 'w2' as never, freshness: { state: 'cached', sinceMs: 1 } }),
  )
  const [C1, C2] = ['c1', 'c2'] as ConnectionId[] as [ConnectionId, ConnectionId]
  inventory.applyChanges(
    C1,
    [
      putHost('h1', { name: 'kvm-2' }),
      putHost('h2', { name: 'kvm-10' }),
      putMachine('a', 'h1', { name: 'web-10', tags: ['prod'], memoryKiB: 4 }),
      putMachine('b', 'h2', { name: 'web-9', state: 'stopped', tags: ['prod'], memoryKiB: 8 }),
      putMachine('c', 'h1', { name: 'db', state: 'paused', memoryKiB: 2 }),
    ],
    LIVE,
  )
  inventory.applyChanges(C2, [putHost('h3', { name: 'kvm-1' }), putMachine('d', 'h3', { name: 'far', memoryKiB: 1 })], LIVE)
  inventory.applyMetrics(C1, [
    { ref: 'a', metrics: metricsAt(1, 90) },
    { ref: 'c', metrics: metricsAt(1, 20) },
  ])
  const list = (request: Partial<MachineListRequest> = {}) =>
    queries.list({ query: '', sort: 'name', descending: false, limit: 100, ...request })
  const names = (request: Partial<MachineListRequest> = {}) => list(request).items.map(({ machine }) => machine.name)
  return { clock, inventory, queries, list, names, C1 }
}

test('sorted by each column, both ways; what is not known comes last', () => {
  const { names } = setup()
  expect(names()).toEqual(['db', 'far', 'web-9', 'web-10'])
  expect(names({ descending: true })).toEqual(['web-10', 'web-9', 'far', 'db'])
  expect(names({ sort: 'state' })).toEqual(['db', 'far', 'web-10', 'web-9'])
  expect(names({ sort: 'host' })).toEqual(['far', 'db', 'web-10', 'web-9'])
  expect(names({ sort: 'memory', descending: true })).toEqual(['web-9', 'web-10', 'db', 'far'])
  expect(names({ sort: 'cpu' })).toEqual(['db', 'web-10', 'far', 'web-9'])
  expect(names({ sort: 'cpu', descending: true })).toEqual(['web-10', 'db', 'far', 'web-9'])
  expect(names({ sort: 'seen' })).toHaveLength(4)
})

test('filtered by the query language and by workspace, with what stands beside a row', () => {
  const { list, names } = setup()
  expect(names({ query: 'tag:prod state:running' })).toEqual(['web-10'])
  expect(names({ query: 'cpu>80 | host:kvm-10' })).toEqual(['web-9', 'web-10'])
  expect(names({ workspaceId: 'w2' })).toEqual(['far'])
  expect(list({ query: 'name:far' }).items[0]).toMatchObject({
    hostName: 'kvm-1',
    connectionName: 'Łódź',
    freshness: 'cached',
    seenAtMs: 1_000_000,
  })
  expect(list({ query: 'name:db' }).items[0]).toMatchObject({ hostName: 'kvm-2', connectionName: 'Gdańsk', freshness: 'live' })
})

test('a query that cannot be read is refused with its code and place', () => {
  const { list, queries } = setup()
  expect(() => list({ query: 'stat:running' })).toThrow(expect.objectContaining({ kind: 'invalid-input', code: 'query.unknown-field' }))
  expect(() => queries.select('(a')).toThrow(expect.objectContaining({ details: expect.objectContaining({ from: expect.any(Number) }) }))
  expect(() => list({ cursor: 'x' })).toThrow(expect.objectContaining({ code: 'input.bad-cursor' }))
})

test('pages go on behind the last object, also when something came or went before it', () => {
  const { inventory, list, C1 } = setup()
  const first = list({ limit: 2 })
  expect(first).toMatchObject({ total: 4, items: [{ machine: { name: 'db' } }, { machine: { name: 'far' } }] })
  inventory.applyChanges(C1, [putMachine('e', 'h1', { name: 'aaa' })], LIVE)
  const second = list({ limit: 2, cursor: first.cursor ?? '' })
  expect(second.items.map(({ machine }) => machine.name)).toEqual(['web-9', 'web-10'])
  expect(second.cursor).toBeNull()
  inventory.applyChanges(C1, [{ op: 'remove', entity: 'machine', ref: 'e' }], LIVE)
  inventory.removeConnection('c2' as ConnectionId)
  expect(list({ limit: 2, cursor: first.cursor ?? '' }).items.map(({ machine }) => machine.name)).toEqual(['web-10'])
})

test('an answer is kept while only samples come, and not a moment longer than anything else', async () => {
  const { inventory, names, clock, C1 } = setup()
  expect(names({ query: 'cpu>80' })).toEqual(['web-10'])
  inventory.applyMetrics(C1, [{ ref: 'c', metrics: metricsAt(2, 95) }])
  await clock.advance(300)
  expect(names({ query: 'cpu>80' })).toEqual(['db', 'web-10'])
  inventory.applyChanges(C1, [{ op: 'patch', entity: 'machine', ref: 'a', patch: { name: 'renamed' } }], LIVE)
  expect(names({ query: 'cpu>80' })).toEqual(['db', 'renamed'])
  inventory.applyChanges(C1, [{ op: 'patch', entity: 'machine', ref: 'a', patch: { state: 'stopped' } }], LIVE)
  expect(names({ query: 'cpu>80' })).toEqual(['db'])
})

test('hosts with their counts', () => {
  const { queries } = setup()
  const rows = queries.hosts({})
  expect(rows.map(({ host, connectionName, machines, running }) => [host.name, connectionName, machines, running])).toEqual([
    ['kvm-1', 'Łódź', 1, 1],
    ['kvm-2', 'Gdańsk', 2, 1],
    ['kvm-10', 'Gdańsk', 1, 0],
  ])
  expect(queries.hosts({ workspaceId: 'w2' })).toHaveLength(1)
  expect(queries.hosts({ connectionId: 'c1' as ConnectionId })).toHaveLength(2)
})

test('what is kept between questions follows every change it depends on', () => {
  const { inventory, names, C1 } = setup()
  expect(names({ query: 'kvm-10' })).toEqual(['web-9'])
  inventory.applyChanges(C1, [putHost('h2', { name: 'alpha' })], LIVE)
  expect(names({ query: 'kvm-10' })).toEqual([])
  expect(names({ query: 'alpha' })).toEqual(['web-9'])
  inventory.applyChanges(C1, [putMachine('b', 'h2', { name: 'aa', title: 'Schöne Straße' })], LIVE)
  expect(names({ query: 'strasse' })).toEqual(['aa'])
  expect(names()).toEqual(['aa', 'db', 'far', 'web-10'])
  inventory.applyChanges(C1, [{ op: 'remove', entity: 'machine', ref: 'b' }], LIVE)
  expect(names({ query: 'strasse' })).toEqual([])
  inventory.applyChanges(C1, [putMachine('b', 'h1', { name: 'bb' })], LIVE)
  expect(names({ query: 'kvm-2' })).toEqual(['bb', 'db', 'web-10'])
  inventory.applyMetrics(C1, [{ ref: 'b', metrics: metricsAt(2, 77) }])
  expect(names({ query: 'bb' })).toEqual(['bb'])
  inventory.update('connection', 'c2', { workspaceId: 'w1' as never })
  expect(names({ query: 'far', workspaceId: 'w1' })).toEqual(['far'])
})
