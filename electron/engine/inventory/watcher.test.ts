import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ConnectionId, type InventoryMessage, MACHINE_STATES } from '../../../shared/model/index.ts'
import type { ProviderChange } from '../../providers/provider.ts'
import { ClientMirror, keyOf } from '../testing/client-mirror.ts'
import { aConnection, aTask, aWorkspace } from '../testing/entities.ts'
import { metricsAt, putHost, putMachine } from '../testing/facts.ts'
import { FakeClock, settle } from '../testing/fake-clock.ts'
import { Inventory } from './inventory.ts'
import { ENTITY_ORDER } from './store-change.ts'
import type { Watcher } from './watcher.ts'

const C1 = 'c1' as ConnectionId
const LIVE = { state: 'live' } as const

function setup(machines = 0) {
  const clock = new FakeClock(1_000_000)
  const inventory = new Inventory(clock)
  inventory.publish('workspace', aWorkspace('w1'))
  inventory.publish('connection', aConnection('c1'))
  const apply = (...changes: ProviderChange[]) => inventory.applyChanges(C1, changes, LIVE)
  apply(putHost('h'), ...Array.from({ length: machines }, (_, index) => putMachine(`m${index}`, 'h')))
  return { clock, inventory, apply }
}

/** A reader that takes each message as soon as it comes; what it got, with the time. */
function reader(watcher: Watcher, clock: FakeClock) {
  const mirror = new ClientMirror()
  const got: Array<{ readonly atMs: number; readonly message: InventoryMessage }> = []
  const startMs = clock.nowMs()
  const done = (async () => {
    for await (const message of watcher) {
      mirror.take(message)
      got.push({ atMs: clock.nowMs() - startMs, message })
    }
  })()
  return { mirror, got, done }
}

function stateOf(inventory: Inventory): Map<string, unknown> {
  return new Map(
    ENTITY_ORDER.flatMap((entity) => [...inventory.all(entity)].map((value): [string, unknown] => [keyOf(entity, value.id), value])),
  )
}

test('reset with counts, the state in chunks, ready', async () => {
  const { clock, inventory } = setup(2_500)
  const { got, mirror } = reader(inventory.watch(), clock)
  await settle()
  expect(got.map(({ message }) => (message.type === 'changes' ? message.changes.length : message.type))).toEqual([
    'reset',
    1_000,
    1_000,
    503,
    'ready',
  ])
  expect(got[0]?.message).toMatchObject({ counts: { workspace: 1, connection: 1, host: 1, machine: 2_500 } })
  expect(mirror.objects).toEqual(stateOf(inventory))
})

test('the first change comes at once, those after it together, five times a second', async () => {
  const { clock, inventory, apply } = setup(1)
  const { got, mirror } = reader(inventory.watch(), clock)
  await settle()
  got.length = 0
  const paused = (name: string) => apply({ op: 'patch', entity: 'machine', ref: 'm0', patch: { name } })
  for (let ms = 0; ms < 3_000; ms += 10) {
    paused(`at ${ms}`)
    await clock.advance(10)
  }
  expect(got.slice(0, 3).map(({ atMs }) => atMs)).toEqual([0, 40, 80])
  for (let from = 0; from + 1_000 <= 3_000; from += 50) {
    expect(got.filter(({ atMs }) => atMs >= from && atMs < from + 1_000).length).toBeLessThanOrEqual(5)
  }
  await clock.advance(1_000)
  expect(got.length).toBeGreaterThanOrEqual(15)
  expect(mirror.of('machine')[0]?.name).toBe('at 2990')
})

test('samples wait, so that what people wait for does not', async () => {
  const { clock, inventory, apply } = setup(1)
  const { got } = reader(inventory.watch(), clock)
  await settle()
  await clock.advance(1_000)
  got.length = 0
  inventory.applyMetrics(C1, [{ ref: 'm0', metrics: metricsAt(1) }])
  await settle()
  expect(got.map(({ atMs }) => atMs)).toEqual([1_000])
  inventory.applyMetrics(C1, [{ ref: 'm0', metrics: metricsAt(2) }])
  await clock.advance(100)
  apply({ op: 'patch', entity: 'machine', ref: 'm0', patch: { state: 'paused' } })
  await settle()
  expect(got.map(({ atMs }) => atMs)).toEqual([1_000, 1_100])
  expect(got[1]?.message).toMatchObject({ changes: [{ op: 'patch', patch: { metrics: metricsAt(2), state: 'paused' } }] })
})

test('patches of one object merge while they wait; what came and went is not told', async () => {
  const { clock, inventory, apply } = setup(1)
  const { got } = reader(inventory.watch(), clock)
  await settle()
  apply({ op: 'patch', entity: 'machine', ref: 'm0', patch: { name: 'first' } })
  await settle()
  got.length = 0
  apply({ op: 'patch', entity: 'machine', ref: 'm0', patch: { name: 'second' } })
  apply({ op: 'patch', entity: 'machine', ref: 'm0', patch: { name: 'third', title: 'T' } })
  apply(putMachine('short', 'h'), { op: 'remove', entity: 'machine', ref: 'short' })
  await clock.advance(200)
  expect(got).toHaveLength(1)
  expect(got[0]?.message).toMatchObject({ changes: [{ op: 'patch', id: 'c1.m.m0', patch: { name: 'third', title: 'T' } }] })
})

test('a reader that stands still costs a bounded memory and then gets the state of that moment', async () => {
  const { inventory, apply } = setup(100)
  const watcher = inventory.watch()
  const mirror = new ClientMirror()
  const pull = async () => {
    const step = await watcher.next()
    if (!step.done) mirror.take(step.value)
  }
  for (let index = 0; index < 2; index++) await pull()
  expect(mirror.of('machine')).toHaveLength(100)
  for (let round = 0; round < 2_000; round++) {
    apply(putMachine(`new${round}`, 'h'), { op: 'remove', entity: 'machine', ref: `new${round - 1}` })
    apply({ op: 'patch', entity: 'machine', ref: `m${round % 100}`, patch: { title: `${round}` } })
  }
  expect(watcher.backlog).toBeLessThanOrEqual(110)
  for (let index = 0; index < 2; index++) await pull()
  expect(watcher.backlog).toBe(0)
  expect(mirror.objects).toEqual(stateOf(inventory))
})

test('a workspace sees its own objects only, and all workspaces', async () => {
  const { clock, inventory } = setup(1)
  inventory.publish('workspace', aWorkspace('w2'))
  inventory.publish('connection', aConnection('c2', { workspaceId: 'w2' as never }))
  inventory.putTask(aTask('t1', { connectionId: 'c1' }))
  inventory.putTask(aTask('everywhere'))
  const { mirror } = reader(inventory.watch({ workspaceId: 'w2' }), clock)
  await settle()
  inventory.applyChanges('c2' as ConnectionId, [putHost('g'), putMachine('x', 'g')], LIVE)
  inventory.applyChanges(C1, [putMachine('hidden', 'h')], LIVE)
  await clock.advance(1_000)
  expect([...mirror.objects.keys()].sort()).toEqual([
    'connection c2',
    'host c2.h.g',
    'machine c2.m.x',
    'task everywhere',
    'workspace w1',
    'workspace w2',
  ])
  inventory.removeConnection('c2' as ConnectionId)
  await clock.advance(1_000)
  expect([...mirror.objects.keys()].sort()).toEqual(['task everywhere', 'workspace w1', 'workspace w2'])
})

test('the signal, the reader and the engine can each end the stream', async () => {
  const { clock, inventory } = setup()
  const ended: string[] = []
  const abort = new AbortController()
  const bySignal = reader(inventory.watch({ signal: abort.signal, onEnd: () => ended.push('signal') }), clock)
  const byReader = inventory.watch({ onEnd: () => ended.push('reader') })
  const byEngine = reader(inventory.watch({ onEnd: () => ended.push('engine') }), clock)
  await settle()
  abort.abort()
  await bySignal.done
  for await (const message of byReader) if (message.type === 'reset') break
  inventory.close()
  await byEngine.done
  expect(ended).toEqual(['signal', 'reader', 'engine'])
  await expect(inventory.watch({ signal: abort.signal }).next()).resolves.toEqual({ done: true, value: undefined })
  expect(clock.pending).toBe(0)
})

const usual = ['put', 'patch', 'remove', 'metrics', 'putHost', 'confirm', 'task'] as const

const change = fc.record({
  machine: fc.integer({ min: 0, max: 5 }),
  host: fc.integer({ min: 0, max: 1 }),
  state: fc.constantFrom(...MACHINE_STATES),
  op: fc.constantFrom(...usual, ...usual, ...usual, 'complete', 'removeHost', 'dropConnection'),
})

function act(inventory: Inventory, step: { machine: number; host: number; state: (typeof MACHINE_STATES)[number]; op: string }): void {
  const ref = `m${step.machine}`
  const host = `h${step.host}`
  const apply = (...changes: ProviderChange[]) => inventory.applyChanges(C1, changes, LIVE)
  if (step.op === 'put') apply(putMachine(ref, host, { state: step.state }))
  else if (step.op === 'patch') apply({ op: 'patch', entity: 'machine', ref, patch: { state: step.state, hostRef: host } })
  else if (step.op === 'remove') apply({ op: 'remove', entity: 'machine', ref })
  else if (step.op === 'metrics') inventory.applyMetrics(C1, [{ ref, metrics: metricsAt(step.machine, step.host) }])
  else if (step.op === 'complete') apply({ op: 'complete', entity: 'machine', hostRef: host, refs: [ref] })
  else if (step.op === 'removeHost') apply({ op: 'remove', entity: 'host', ref: host })
  else if (step.op === 'putHost') apply(putHost(host, { cpus: step.machine }))
  else if (step.op === 'confirm') inventory.confirmHost(C1, host, 2_000_000 + step.machine)
  else if (step.op === 'task') inventory.putTask(aTask(ref, { revision: step.host, state: step.machine > 2 ? 'succeeded' : 'running' }))
  else inventory.removeConnection(C1)
}

test('whatever happens and however slowly it reads, a client ends with the state of the inventory', async () => {
  const steps = fc.array(fc.record({ change, waitMs: fc.constantFrom(0, 0, 30, 250), reads: fc.integer({ min: 0, max: 2 }) }), {
    minLength: 10,
    maxLength: 60,
    size: 'max',
  })
  await fc.assert(
    fc.asyncProperty(steps, async (script) => {
      const { clock, inventory } = setup(3)
      const eager = reader(inventory.watch(), clock)
      const slow = inventory.watch()
      const mirror = new ClientMirror()
      const pending = { read: false }
      const read = () => {
        if (pending.read) return
        pending.read = true
        void slow.next().then((step) => {
          pending.read = false
          if (!step.done) mirror.take(step.value)
        })
      }
      for (const { change: step, waitMs, reads } of script) {
        act(inventory, step)
        for (let index = 0; index < reads; index++) {
          read()
          await settle(1)
        }
        if (waitMs > 0) await clock.advance(waitMs)
      }
      for (let index = 0; index < 20; index++) {
        read()
        await clock.advance(1_000)
      }
      const state = stateOf(inventory)
      expect(eager.mirror.objects).toEqual(state)
      expect(mirror.objects).toEqual(state)
      inventory.close()
    }),
    { numRuns: 300 },
  )
})

test('a clock that is set back does not hold up what waits', async () => {
  const { clock, inventory, apply } = setup(1)
  const { got } = reader(inventory.watch(), clock)
  await settle()
  apply({ op: 'patch', entity: 'machine', ref: 'm0', patch: { state: 'paused' } })
  await clock.advance(1_000)
  const before = got.length
  clock.setBack(3_600_000)
  apply({ op: 'patch', entity: 'machine', ref: 'm0', patch: { state: 'crashed' } })
  await clock.advance(1_000)
  expect(got.slice(before).map(({ message }) => message.type)).toEqual(['changes'])
})
