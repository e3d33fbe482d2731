import { expect, test } from 'vitest'
import type { ConnectionId } from '../../../shared/model/index.ts'
import { aConnection, aTask, aWorkspace } from '../testing/entities.ts'
import { metricsAt, putHost, putMachine } from '../testing/facts.ts'
import { FakeClock, settle } from '../testing/fake-clock.ts'
import { MemoryEntityStore } from '../testing/memory-entity-store.ts'
import { Inventory } from './inventory.ts'
import { Persister } from './persister.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const C1 = 'c1' as ConnectionId
const LIVE = { state: 'live' } as const

async function run(store = new MemoryEntityStore()) {
  const clock = new FakeClock(1_000_000)
  const inventory = new Inventory(clock)
  const persister = new Persister({ inventory, store, clock, log: silent })
  await persister.load()
  const stored = (entity: 'machine' | 'host' | 'connection', id: string) =>
    store.rows.get(entity)?.get(id) as Record<string, unknown> | undefined
  return { clock, inventory, persister, store, stored }
}

async function filled() {
  const engine = await run()
  const { inventory, clock } = engine
  inventory.publish('workspace', aWorkspace('w1'))
  inventory.publish('connection', aConnection('c1', { freshness: LIVE, status: 'online', observedAtMs: 999_000 }))
  inventory.applyChanges(C1, [putHost('h'), putMachine('a', 'h'), putMachine('b', 'h')], LIVE)
  await clock.advance(1_000)
  return engine
}

test('another run finds everything again, as cached since it was last confirmed', async () => {
  const { store, inventory: before } = await filled()
  const { inventory } = await run(store)
  expect(inventory.get('connection', 'c1')).toMatchObject({ freshness: { state: 'cached', sinceMs: 999_000 } })
  expect(inventory.get('host', 'c1.h.h')).toMatchObject({ freshness: { state: 'cached', sinceMs: 1_000_000 } })
  expect(inventory.get('machine', 'c1.m.a')).toEqual(before.get('machine', 'c1.m.a'))
  expect([...inventory.idsBy('machine', 'hostId', 'c1.h.h')]).toEqual(['c1.m.a', 'c1.m.b'])
  expect(inventory.workspaceOf('machine', inventory.get('machine', 'c1.m.a') ?? {})).toBe('w1')
})

test('what was never confirmed stays so', async () => {
  const store = new MemoryEntityStore()
  await store.save([
    { op: 'put', entity: 'workspace', value: aWorkspace('w1') },
    { op: 'put', entity: 'connection', value: aConnection('c1') },
    {
      op: 'put',
      entity: 'connection',
      value: aConnection('c2', { observedAtMs: 7, freshness: { state: 'stale', sinceMs: 9, reason: 'x' } }),
    },
  ])
  const { inventory } = await run(store)
  expect(inventory.get('connection', 'c1')?.freshness).toEqual({ state: 'never' })
  expect(inventory.get('connection', 'c2')?.freshness).toEqual({ state: 'cached', sinceMs: 7 })
})

test('many changes of one object are one write', async () => {
  const { clock, inventory, store, stored } = await filled()
  store.batches.length = 0
  for (let index = 0; index < 50; index++) {
    inventory.applyChanges(C1, [{ op: 'patch', entity: 'machine', ref: 'a', patch: { title: `${index}` } }], LIVE)
    await clock.advance(5)
  }
  await clock.advance(1_000)
  expect(store.batches.map((batch) => batch.length)).toEqual([1])
  expect(stored('machine', 'c1.m.a')?.title).toBe('49')
})

test('what came and went is removed; batches stay small', async () => {
  const { clock, inventory, store, stored } = await filled()
  inventory.applyChanges(
    C1,
    [{ op: 'remove', entity: 'machine', ref: 'a' }, ...Array.from({ length: 1_200 }, (_, i) => putMachine(`n${i}`, 'h'))],
    LIVE,
  )
  store.batches.length = 0
  await clock.advance(2_000)
  expect(stored('machine', 'c1.m.a')).toBeUndefined()
  expect(store.rows.get('machine')?.size).toBe(1_201)
  expect(store.batches.every((batch) => batch.length <= 500)).toBe(true)
})

test('samples, ages and passing states of a link are not written until five minutes have passed, or the end', async () => {
  const { clock, inventory, persister, store, stored } = await filled()
  store.batches.length = 0
  inventory.applyMetrics(C1, [{ ref: 'a', metrics: metricsAt(5) }])
  inventory.confirmHost(C1, 'h', 2_000_000)
  inventory.update('connection', 'c1', { status: 'offline', nextAttemptAtMs: 5 })
  await clock.advance(60_000)
  expect(store.batches).toEqual([])
  await clock.advance(300_000)
  expect(stored('machine', 'c1.m.a')?.metrics).toEqual(metricsAt(5))
  expect(stored('host', 'c1.h.h')?.observedAtMs).toBe(2_000_000)
  inventory.applyMetrics(C1, [{ ref: 'b', metrics: metricsAt(6) }])
  await persister.stop()
  expect(stored('machine', 'c1.m.b')?.metrics).toEqual(metricsAt(6))
  expect(clock.pending).toBe(0)
})

test('what people entered is written when asked, at once', async () => {
  const { inventory, persister, stored } = await filled()
  inventory.update('connection', 'c1', { status: 'disabled' })
  await persister.flush()
  expect(stored('connection', 'c1')?.status).toBe('disabled')
})

test('a store that fails is tried again, with the state of then; nothing is lost', async () => {
  const { clock, inventory, persister, store, stored } = await filled()
  store.failWith = new Error('disk full')
  inventory.applyChanges(C1, [{ op: 'patch', entity: 'machine', ref: 'a', patch: { title: 'one' } }], LIVE)
  await clock.advance(5_000)
  await expect(persister.flush()).rejects.toThrow('disk full')
  inventory.applyChanges(C1, [{ op: 'patch', entity: 'machine', ref: 'a', patch: { title: 'two' } }], LIVE)
  store.failWith = null
  await clock.advance(61_000)
  expect(stored('machine', 'c1.m.a')?.title).toBe('two')
})

test('tasks are not its business, and what has lost its connection is swept out', async () => {
  const { store, inventory, persister } = await filled()
  inventory.putTask(aTask('t'))
  await persister.stop()
  expect(store.batches.flat().every((write) => write.op === 'remove' || write.entity !== ('task' as string))).toBe(true)
  store.rows.get('connection')?.delete('c1')
  const again = await run(store)
  expect(again.inventory.count('machine')).toBe(0)
  await again.persister.flush()
  await settle()
  expect(store.rows.get('machine')?.size).toBe(0)
})
