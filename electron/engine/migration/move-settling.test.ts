import { beforeEach, expect, test } from 'vitest'
import { lostReply } from '../testing/fake-host.ts'
import { FakePair, refused } from './testing/fake-pair.ts'

type State = Parameters<FakePair['put']>[1]

let pair: FakePair

beforeEach(async () => {
  pair = new FakePair()
  pair.agentThere = true
  await pair.engine.start()
})

/** The first move ends so, with this at both hosts; a second one goes well. */
function endsWith(here: State, there: State, error: () => Error): void {
  pair.script = async (_ref, _from, _options, go) => {
    if (pair.calls.length > 1) return go()
    pair.put('a', here)
    pair.put('b', there)
    throw error()
  }
}

test.each<[State, State, string]>([
  ['left-paused', 'absent', 'run web at a'],
  ['running', 'off', 'give-up web at b'],
])('refused with %s at the source and %s at the target: that is put right before anything is taken away', async (here, there, call) => {
  endsWith(here, there, refused)
  const task = await pair.after(await pair.start(), 60_000)
  expect(task).toMatchObject({ state: 'failed', error: { code: 'migration.failed' } })
  expect(pair.calls).toEqual(['move web a→b', call])
  expect(pair.where()).toBe('running absent')
  expect([...pair.hosts.b.files.keys()]).toEqual([])
})

test('refused, and it is at the target after all: that is said, and nothing of it is taken away there', async () => {
  endsWith('left-paused', 'running', refused)
  const task = await pair.after(await pair.start(), 60_000)
  expect(task.steps.find(({ id }) => id === 'move')?.error).toMatchObject({ code: 'migration.moved-after-all' })
  expect(pair.where()).toBe('absent running')
  expect([...pair.hosts.b.files.keys()]).toEqual(['default/web.qcow2'])
})

test('the target was away when it failed, and still receives: that is given up once it is back, and the new volume with it', async () => {
  pair.script = async () => {
    pair.put('b', 'incoming')
    pair.hosts.b.cut()
    throw refused()
  }
  const id = await pair.start()
  await pair.after(id, 30_000)
  pair.hosts.b.mend()
  await pair.after(id, 25_000)
  expect(pair.calls).toEqual(['move web a→b'])
  expect(await pair.after(id, 20_000)).toMatchObject({ state: 'failed', error: { code: 'migration.failed' } })
  expect(pair.calls).toEqual(['move web a→b', 'give-up web at b'])
  expect(pair.where()).toBe('running absent')
  expect([...pair.hosts.b.files.keys()]).toEqual([])
})

test('what is still being received is given up after half a minute, and not before', async () => {
  endsWith('left-paused', 'incoming', lostReply)
  const id = await pair.start()
  await pair.after(id, 35_000)
  expect(pair.calls).toEqual(['move web a→b'])
  expect(await pair.after(id, 90_000)).toMatchObject({ state: 'succeeded' })
  expect(pair.calls).toEqual(['move web a→b', 'give-up web at b', 'run web at a', 'move web a→b'])
})

test('a daemon between two words: what looks like two machines for a moment puzzles nobody', async () => {
  endsWith('running', 'running', lostReply)
  const id = await pair.start()
  // the probe looks first, then the step
  await pair.after(id, 1_500)
  expect(await pair.engine.get(id)).toMatchObject({ state: 'running' })
  pair.put('a', 'absent')
  expect(await pair.after(id, 60_000)).toMatchObject({ state: 'succeeded', error: null })
  expect(pair.calls).toEqual(['move web a→b'])
})
