import { beforeEach, expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import { type Host, settingsSchema, type Task, type TaskId } from '../../../shared/model/index.ts'
import { startFailed } from '../../../shared/networks/index.ts'
import type { ProviderConnection } from '../../providers/provider.ts'
import { TaskEngine } from '../tasks/task-engine.ts'
import { FakeClock, settle } from '../testing/fake-clock.ts'
import { MemoryTaskStore } from '../testing/memory-task-store.ts'
import { networkRequest } from './network-plan.ts'
import { networkKinds } from './network-tasks.ts'
import { FakeNetworks } from './testing/fake-networks.ts'

const AUTHOR = { actor: 'ada', origin: 'page', reason: null }
const HOST = { id: 'c1.h.host', connectionId: 'c1', nativeRef: 'host' } as unknown as Host
const NET = { ref: 'n1', name: 'lab' }
const RESTART = networkRequest('restart', HOST, NET, { evenIfUsed: true, definition: null }, {})

let networks: FakeNetworks
let store: MemoryTaskStore
let engine: TaskEngine

beforeEach(async () => {
  networks = new FakeNetworks()
  networks.put('n1', { users: ['web', 'db'], xml: '<network>old</network>' })
  store = new MemoryTaskStore()
  engine = await boot()
})

async function boot(): Promise<TaskEngine> {
  const link = { networking: networks } as unknown as ProviderConnection
  const made = new TaskEngine({
    store,
    clock: new FakeClock(),
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    links: { current: () => link, onChange: () => () => {} },
    sink: { putTask: () => {}, removeTask: () => {} },
    events: { append: () => {} },
    settings: { current: () => settingsSchema.parse({}), onChange: () => () => {} },
    kinds: networkKinds(),
  })
  await made.start()
  return made
}

async function outcome(id: TaskId): Promise<Task> {
  await settle(20)
  const task = await engine.get(id)
  if (!task) throw new Error('no such task')
  return task
}

const state = () => {
  const { isActive, loose, xml } = networks.networks.get('n1') ?? { isActive: false, loose: new Set<string>(), xml: '' }
  return { isActive, loose: [...loose], xml }
}

test('stops, starts, plugs each card back in', async () => {
  const { id } = await engine.submit(RESTART, AUTHOR)
  expect(await outcome(id)).toMatchObject({ state: 'succeeded' })
  expect(networks.done).toEqual(['stop', 'start', 'plugIn', 'plugIn'])
  expect(state()).toMatchObject({ isActive: true, loose: [] })
})

test('what does not start as it is kept runs as before, with its cards; the task says what the host said', async () => {
  networks.disturb = (call, when) => {
    if (call === 'start' && when === 'before') throw startFailed('lab', 'no such device')
  }
  const { id } = await engine.submit(RESTART, AUTHOR)
  expect(await outcome(id)).toMatchObject({
    state: 'failed',
    error: { code: 'network.start-failed', details: { said: 'no such device' } },
    offers: ['retry'],
  })
  expect(networks.done).toEqual(['stop', 'startAs', 'plugIn', 'plugIn'])
  expect(state()).toEqual({ isActive: true, loose: [], xml: '<network>old</network>' })
})

test('when the old one does not start either, that is told as well', async () => {
  networks.disturb = (call, when) => {
    if (call.startsWith('start') && when === 'before') throw startFailed('lab', `${call}: no`)
  }
  const { id } = await engine.submit(RESTART, AUTHOR)
  expect(await outcome(id)).toMatchObject({
    state: 'failed',
    error: { code: 'task.left-behind', details: { firstCode: 'network.start-failed', reason: expect.stringContaining('startAs: no') } },
  })
  expect(state().isActive).toBe(false)
})

test('a card that cannot be plugged in is told by name; the others are, and the network stays as it is now', async () => {
  networks.stuck.add('web')
  const { id } = await engine.submit(RESTART, AUTHOR)
  expect(await outcome(id)).toMatchObject({
    state: 'failed',
    error: { code: 'network.cards-left', details: { count: 1, cards: 'web (52:54:00:00:00:01): it is stuck' } },
  })
  expect(networks.done).not.toContain('startAs')
  expect(state()).toMatchObject({ isActive: true, loose: ['web'] })
  networks.stuck.clear()
  const again = await engine.retry(id, AUTHOR)
  expect(await outcome(again.id)).toMatchObject({ state: 'succeeded' })
  expect(state().loose).toEqual([])
})

test('one that somebody has stopped meanwhile is left alone', async () => {
  networks.put('n1', { isActive: false })
  const { id } = await engine.submit(RESTART, AUTHOR)
  expect(await outcome(id)).toMatchObject({ state: 'failed', error: { code: 'network.off' } })
  expect(networks.done).toEqual([])
})

test('only the cards that were named are plugged in', async () => {
  networks.put('n1', { users: ['web', 'db'], loose: new Set(['web', 'db']) })
  const { id } = await engine.submit(networkRequest('plugIn', HOST, NET, { macs: ['52:54:00:00:00:02'] }, {}), AUTHOR)
  expect(await outcome(id)).toMatchObject({ state: 'succeeded' })
  expect(state().loose).toEqual(['web'])
})

const MOMENTS = ['stop', 'start', 'plugIn'].flatMap((call) => (['before', 'after'] as const).map((when) => [call, when] as const))
test.each(MOMENTS)('ended in the middle of %s (%s its work): the next process brings it to its end', async (call, when) => {
  let isHanging = false
  networks.disturb = (each, moment) => {
    if (isHanging || each !== call || moment !== when) return undefined
    isHanging = true
    return new Promise(() => {})
  }
  const { id } = await engine.submit(RESTART, AUTHOR)
  await settle(20)
  expect(isHanging).toBe(true)
  await engine.stop()
  engine = await boot()
  expect(await outcome(id)).toMatchObject({ state: 'succeeded' })
  expect(state()).toMatchObject({ isActive: true, loose: [] })
  expect(networks.done.filter((each) => each === 'stop').length).toBe(1)
})

test('ended while it goes back: the next process goes on with that', async () => {
  networks.disturb = (call, when) => {
    if (call === 'start' && when === 'before') throw new AppError({ kind: 'remote-failure', code: 'network.start-failed', message: 'no' })
    return call === 'startAs' && when === 'before' ? new Promise(() => {}) : undefined
  }
  const { id } = await engine.submit(RESTART, AUTHOR)
  await settle(20)
  await engine.stop()
  networks.disturb = () => {}
  engine = await boot()
  expect(await outcome(id)).toMatchObject({ state: 'failed', error: { code: 'network.start-failed' } })
  expect(state()).toEqual({ isActive: true, loose: [], xml: '<network>old</network>' })
})
