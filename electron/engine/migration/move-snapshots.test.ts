import { describe, expect, test } from 'vitest'
import type { MigrationSpecInput, Task } from '../../../shared/model/index.ts'
import type { SnapshotRecord } from '../../providers/provider.ts'
import { AUTHOR, FakePair, refused } from './testing/fake-pair.ts'

const ONE: SnapshotRecord = { name: 'one', parent: null, isCurrent: false, text: '<one/>' }
const TWO: SnapshotRecord = { name: 'two', parent: 'one', isCurrent: true, text: '<two/>' }
const BYTES = Buffer.from('what the guest has written')
const DISK = 'default/web.qcow2'

/** At `a`, with two snapshots: running from a disk that both hosts see, or off with one of its own. */
async function withSnapshots(mode: 'live' | 'cold'): Promise<FakePair> {
  const pair = new FakePair()
  pair.agentThere = true
  pair.known.a = [ONE, TWO]
  if (mode === 'live') pair.into = { paths: new Map([['/pool/web.qcow2', { exists: true, isShared: true, sizeBytes: 1 }]]) }
  else {
    pair.put('a', 'off')
    pair.hosts.a.addVolume(DISK, BYTES.length, { bytes: BYTES })
  }
  await pair.engine.start()
  return pair
}

const WISHES = {
  live: { mode: 'live' },
  cold: { mode: 'cold', sourceDisks: 'delete' },
} as const satisfies Record<string, Partial<MigrationSpecInput>>

const states = ({ steps }: Task) => steps.map(({ id, state }) => `${id} ${state}`)
const known = ({ known: { a, b } }: FakePair) => ({ a: a.map(({ name }) => name), b: b.map(({ name }) => name) })
const AT_B = { a: [], b: ['one', 'two'] }

describe.each(['live', 'cold'] as const)('%s, with snapshots', (mode) => {
  test('the source forgets them just before it goes, and the target is told of them', async () => {
    const pair = await withSnapshots(mode)
    const task = await pair.after(await pair.start(WISHES[mode]))
    expect(task).toMatchObject({ state: 'succeeded', error: null, progress: { note: null } })
    expect(pair.calls).toEqual(['forget one two at a', 'move web a→b', 'recall one two at b'])
    expect(pair.known).toEqual({ a: [], b: [ONE, TWO] })
    expect(pair.changes).toMatchObject({ name: 'web', files: mode === 'live' ? [] : [{ target: 'vda', from: { volume: 'web.qcow2' } }] })
    expect(states(task).filter((step) => step.includes('snapshots'))).toEqual(['forget-snapshots done', 'recall-snapshots done'])
  })

  test('refused by the target, it stays, and they are known there as before', async () => {
    const pair = await withSnapshots(mode)
    pair.script = () => Promise.reject(refused())
    const task = await pair.after(await pair.start(WISHES[mode]))
    expect(task).toMatchObject({ state: 'failed', error: { code: 'migration.failed' } })
    expect(states(task)).toContain('forget-snapshots undone')
    expect(pair.known).toEqual({ a: [ONE, TWO], b: [] })
    expect(pair.changes).toBeNull()
  })

  test('the console is killed after any write of the journal: they are known where it is, and there alone', async () => {
    let ends = 0
    let writes = 0
    while (ends < 2) {
      writes += 1
      const pair = await withSnapshots(mode)
      const id = await pair.killedAfter(writes, WISHES[mode])
      if ((await pair.store.get(id))?.state === 'succeeded') ends += 1
      await pair.reboot()
      const task = await pair.after(id, 180_000)
      const there = mode === 'live' ? 'running' : 'off'
      expect(`${writes}: ${task.state} ${pair.where()}`).toBe(`${writes}: succeeded absent ${there}`)
      expect(pair.known).toEqual({ a: [], b: [ONE, TWO] })
      expect(pair.calls.filter((call) => call.startsWith('move'))).toHaveLength(1)
      await pair.engine.stop()
    }
    expect(writes).toBeGreaterThan(8)
  })

  test('the same of one that the target refuses', async () => {
    let ends = 0
    let writes = 0
    while (ends < 2) {
      writes += 1
      const pair = await withSnapshots(mode)
      pair.script = () => Promise.reject(refused())
      const id = await pair.killedAfter(writes, WISHES[mode])
      if ((await pair.store.get(id))?.state === 'failed') ends += 1
      await pair.reboot()
      const task = await pair.after(id, 180_000)
      const there = mode === 'live' ? 'running' : 'off'
      expect(`${writes}: ${task.state} ${pair.where()}`).toBe(`${writes}: failed ${there} absent`)
      expect(pair.known).toEqual({ a: [ONE, TWO], b: [] })
      await pair.engine.stop()
    }
    expect(writes).toBeGreaterThan(8)
  })
})

test('it has moved after all: they are made known where it is', async () => {
  const pair = await withSnapshots('live')
  pair.script = async (_ref, _from, _options, go) => {
    go()
    throw refused()
  }
  await pair.after(await pair.start(WISHES.live), 60_000)
  expect(pair.where()).toBe('absent running')
  expect(known(pair)).toEqual(AT_B)
})

test('stopped in the middle of forgetting, the rest is forgotten, and what was noted first counts', async () => {
  const pair = await withSnapshots('live')
  const stuck = new Promise<void>(() => {})
  pair.forgetting = () => stuck
  const id = await pair.start(WISHES.live)
  await pair.after(id)
  await pair.engine.stop()
  // children go first, and a host then goes on from their parent
  pair.known.a = [{ ...ONE, isCurrent: true }]
  pair.forgetting = null
  await pair.reboot()
  expect(await pair.after(id, 180_000)).toMatchObject({ state: 'succeeded' })
  expect(pair.known).toEqual({ a: [], b: [ONE, TWO] })
})

test('one that was made while they were being forgotten is noted as well, and is the one that the machine goes on from', async () => {
  const pair = await withSnapshots('live')
  pair.forgetting = () => new Promise<void>(() => {})
  const id = await pair.start(WISHES.live)
  await pair.after(id)
  await pair.engine.stop()
  const three = { ...TWO, name: 'three', parent: 'two' }
  pair.known.a = [ONE, { ...TWO, isCurrent: false }, three]
  pair.forgetting = null
  await pair.reboot()
  expect(await pair.after(id, 180_000)).toMatchObject({ state: 'succeeded' })
  expect(pair.known).toEqual({ a: [], b: [ONE, { ...TWO, isCurrent: false }, three] })
})

test('the target does not take them: the task says so, keeps them, and tries again when it is told to', async () => {
  const pair = await withSnapshots('live')
  pair.recalling = () => Promise.reject(refused())
  const failed = await pair.after(await pair.start(WISHES.live))
  expect(failed).toMatchObject({ state: 'failed', error: { code: 'migration.failed' } })
  expect(pair.where()).toBe('absent running')
  expect(known(pair)).toEqual({ a: [], b: [] })
  pair.recalling = null
  const { id } = await pair.engine.retry(failed.id, AUTHOR)
  expect(await pair.after(id, 60_000)).toMatchObject({ state: 'succeeded', error: null })
  expect(known(pair)).toEqual(AT_B)
})

test('passwords of displays that were lost on the way are told of', async () => {
  const pair = await withSnapshots('live')
  pair.shut = ['two']
  const task = await pair.after(await pair.start(WISHES.live))
  expect(task).toMatchObject({ state: 'succeeded', progress: { note: 'outcome-snapshots-shut' } })
})

test('taken back, they come back, and those made meanwhile with them', async () => {
  const pair = await withSnapshots('live')
  const { id } = await pair.after(await pair.start(WISHES.live))
  pair.hosts.b.addVolume(DISK)
  const three = { ...TWO, name: 'three', parent: 'two' }
  pair.known.b = [ONE, { ...TWO, isCurrent: false }, three]
  const back = await pair.engine.undo(id, AUTHOR)
  expect(await pair.after(back.id)).toMatchObject({ state: 'succeeded', error: null })
  expect(pair.known).toEqual({ a: [ONE, { ...TWO, isCurrent: false }, three], b: [] })
})

test('made between the plan and its turn, they stop it: nothing is prepared for them', async () => {
  const pair = await withSnapshots('live')
  pair.known.a = []
  const id = await pair.start(WISHES.live)
  pair.known.a = [ONE]
  expect(await pair.after(id)).toMatchObject({ state: 'failed', error: { code: 'migration.new-snapshots' } })
  expect(known(pair)).toEqual({ a: ['one'], b: [] })
})
