import { expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import type { HostId, PoolId, VolumeListMessage } from '../../../shared/model/index.ts'
import { aTask } from '../testing/entities.ts'
import { boot, lostReply, NO_CLAIMS, newPool, newSan } from './testing/storage-bench.ts'

const AUTHOR = { actor: 'ada', origin: 'page', reason: null }
const HOST = 'c1.h.h' as HostId
const POOL = 'c1.p.images' as PoolId
const never = new AbortController().signal
const SECRET = { user: 'chap', password: 'top-secret' }

type Bench = ReturnType<typeof boot>

async function watched({ service }: Bench, first: readonly string[] = []): Promise<VolumeListMessage[]> {
  const messages: VolumeListMessage[] = []
  for await (const message of service.watchVolumes(POOL, first, never)) messages.push(message)
  return messages
}

const rowsOf = (messages: readonly VolumeListMessage[]) => messages.flatMap((one) => (one.type === 'rows' ? one.rows : []))
const readOf = (messages: readonly VolumeListMessage[]) => messages.flatMap((one) => (one.type === 'facts' ? one.facts : []))

test('a pool is made with its password, which lies in no journal and is kept no longer than its task', async () => {
  const bench = boot()
  const taskId = await bench.service.createPool(HOST, newSan('fresh'), SECRET, AUTHOR, never)
  expect(bench.secrets.names()).toHaveLength(1)
  const task = await bench.ended(taskId)
  expect(task).toMatchObject({ kind: 'pool.create', state: 'succeeded', params: { pool: 'fresh', type: 'iscsi' } })
  // It had the id of its pool from the start.
  expect(task.target).toEqual({ entity: 'pool', id: `c1.p.${bench.far.pools.get('fresh')?.uuid}`, name: 'fresh' })
  expect(bench.far.passwords).toEqual(['top-secret'])
  expect(bench.secrets.names()).toEqual([])
  expect(JSON.stringify(await bench.store.journal([taskId]))).not.toContain('top-secret')
})

test('a password that nobody asks for is kept nowhere', async () => {
  const bench = boot()
  const taskId = await bench.service.createPool(HOST, newPool('fresh'), SECRET, AUTHOR, never)
  expect(bench.secrets.names()).toEqual([])
  expect(await bench.ended(taskId)).toMatchObject({ state: 'succeeded' })
  expect(bench.far.passwords).toEqual([])
})

test('a name that is taken is refused at once, and nothing is kept', async () => {
  const bench = boot()
  const asked = bench.service.createPool(HOST, newPool('images'), SECRET, AUTHOR, never)
  await expect(asked).rejects.toMatchObject({ kind: 'conflict', code: 'pool.name-taken' })
  expect(bench.secrets.names()).toEqual([])
})

test('a pool whose answer was lost is looked for by its UUID', async () => {
  const bench = boot()
  bench.far.break.set('create fresh', { after: lostReply() })
  expect(await bench.ended(await bench.service.createPool(HOST, newPool('fresh'), null, AUTHOR, never))).toMatchObject({
    state: 'succeeded',
  })
  expect(bench.far.calls).toEqual(['create fresh'])
  // What did not happen is done once more.
  bench.far.break.set('create again', lostReply)
  expect(await bench.ended(await bench.service.createPool(HOST, newPool('again'), null, AUTHOR, never))).toMatchObject({
    state: 'succeeded',
  })
  expect(bench.far.calls.slice(1)).toEqual(['create again', 'create again'])
})

test('a console that dies while a pool is made goes on with it, password and all', async () => {
  const before = boot()
  before.far.hangs.add('create fresh')
  const taskId = await before.service.createPool(HOST, newSan('fresh'), SECRET, AUTHOR, never)
  await before.clock.advance(1_000)
  await before.tasks.stop()
  expect(before.far.calls).toEqual(['create fresh'])
  const bench = boot(before)
  await bench.tasks.start()
  const task = await bench.ended(taskId)
  expect(task.state).toBe('succeeded')
  expect(task.target?.id).toBe(`c1.p.${bench.far.pools.get('fresh')?.uuid}`)
  expect(bench.far.passwords).toEqual(['top-secret'])
  expect(bench.secrets.names()).toEqual([])
})

test('somebody else’s pool of that name is never taken for ours, nor taken away', async () => {
  const bench = boot()
  bench.far.break.set('create theirs', () => {
    bench.far.pools.set('theirs', { uuid: 'another', isActive: true, autostart: true })
    return lostReply()
  })
  const taskId = await bench.service.createPool(HOST, newPool('theirs'), null, AUTHOR, never)
  expect(await bench.ended(taskId)).toMatchObject({ state: 'failed', error: { code: 'pool.name-taken' } })
  expect(bench.far.pools.get('theirs')?.uuid).toBe('another')
  expect(bench.far.calls).toEqual(['create theirs'])
})

test('taken back, a pool is gone; one of its name that somebody has made since is not', async () => {
  const bench = boot()
  const taskId = await bench.service.createPool(HOST, newPool('fresh'), null, AUTHOR, never)
  await bench.ended(taskId)
  bench.far.pools.set('fresh', { uuid: 'another', isActive: true, autostart: true })
  expect(await bench.ended((await bench.tasks.undo(taskId, AUTHOR)).id)).toMatchObject({
    state: 'failed',
    error: { code: 'pool.is-another' },
  })
  expect(bench.far.calls).toEqual(['create fresh'])
  const again = await bench.service.createPool(HOST, newPool('other'), null, AUTHOR, never)
  await bench.ended(again)
  expect(await bench.ended((await bench.tasks.undo(again, AUTHOR)).id)).toMatchObject({ state: 'succeeded' })
  expect([...bench.far.pools.keys()]).not.toContain('other')
})

test('what a failed start leaves of our pool is taken away', async () => {
  const bench = boot()
  bench.far.break.set('create fresh', { after: new AppError({ kind: 'remote-failure', code: 'pool.start-failed', message: 'no' }) })
  const task = await bench.ended(await bench.service.createPool(HOST, newPool('fresh'), null, AUTHOR, never))
  expect(task).toMatchObject({ state: 'failed', error: { code: 'pool.start-failed' } })
  expect(bench.far.calls).toEqual(['create fresh', 'remove fresh false'])
  expect(bench.far.pools.has('fresh')).toBe(false)
})

test('a pool that a running machine uses is neither stopped nor taken away', async () => {
  const bench = boot()
  bench.far.addVolume('a.qcow2', { usedBy: ['runs', 'rests', 'unknown'] })
  await expect(bench.service.stopPool(POOL, AUTHOR, never)).rejects.toMatchObject({
    code: 'pool.in-use',
    details: { pool: 'images', machines: 'runs' },
  })
  await expect(bench.service.removePool(POOL, false, AUTHOR, never)).rejects.toMatchObject({ code: 'pool.in-use' })
  expect((await bench.service.removal(POOL, never)).usedBy).toEqual([
    { machineId: 'c1.m.runs', name: 'runs' },
    { machineId: 'c1.m.rests', name: 'rests' },
    { machineId: null, name: 'unknown' },
  ])
  bench.far.addVolume('a.qcow2', { usedBy: ['rests'] })
  expect(await bench.ended(await bench.service.stopPool(POOL, AUTHOR, never))).toMatchObject({ state: 'succeeded' })
  expect(await bench.ended(await bench.service.removePool(POOL, true, AUTHOR, never))).toMatchObject({ state: 'succeeded' })
  expect(bench.far.calls).toEqual(['stop images', 'remove images true'])
})

test('one task at a time holds a pool', async () => {
  const bench = boot()
  const first = await bench.service.refreshPool(POOL, AUTHOR)
  await expect(bench.service.startPool(POOL, AUTHOR)).rejects.toMatchObject({ kind: 'conflict' })
  expect(await bench.ended(first)).toMatchObject({ state: 'succeeded' })
})

test('autostart can be taken back', async () => {
  const bench = boot()
  const taskId = await bench.service.setPoolAutostart(POOL, false, AUTHOR)
  expect(await bench.ended(taskId)).toMatchObject({ state: 'succeeded', undoable: true })
  await bench.ended((await bench.tasks.undo(taskId, AUTHOR)).id)
  expect(bench.far.calls).toEqual(['autostart images false', 'autostart images true'])
})

test('names come first with their machines, then what each is, those on screen before the others', async () => {
  const bench = boot()
  for (const name of ['a', 'b', 'c']) bench.far.addVolume(name, { usedBy: name === 'b' ? ['rests'] : [] })
  bench.far.addVolume('broken', { facts: null })
  const messages = await watched(bench, ['c', 'never'])
  expect(messages.map(({ type }) => type)).toEqual(['rows', 'facts', 'facts', 'facts', 'complete'])
  expect(messages[0]).toMatchObject({ offset: 0, total: 4, observedAtMs: bench.clock.nowMs() })
  expect(rowsOf(messages).map(({ name, owners, facts }) => [name, owners, facts])).toEqual([
    ['a', [], null],
    ['b', [{ machineId: 'c1.m.rests', name: 'rests' }], null],
    ['c', [], null],
    ['broken', [], null],
  ])
  expect(readOf(messages).map(({ name }) => name)).toEqual(['c', 'a', 'b'])
  expect(messages.at(-1)).toEqual({ type: 'complete', unread: 1 })
})

test('a long list comes in pieces', async () => {
  const bench = boot()
  for (let number = 0; number < 1_200; number += 1) bench.far.addVolume(`v${number}`)
  const rows = (await watched(bench)).filter((message) => message.type === 'rows')
  expect(rows.map(({ offset, total, rows: some }) => [offset, total, some.length])).toEqual([
    [0, 1_200, 500],
    [500, 1_200, 500],
    [1_000, 1_200, 200],
  ])
})

test('an empty pool says so', async () => {
  const messages = await watched(boot())
  expect(messages).toMatchObject([
    { type: 'rows', rows: [], total: 0 },
    { type: 'complete', unread: 0 },
  ])
})

test('what was read a moment ago is told with the names, for a minute and until something is done to the pool', async () => {
  const bench = boot()
  bench.far.addVolume('a')
  await watched(bench)
  bench.far.addVolume('b')
  const again = await watched(bench)
  expect(rowsOf(again).map(({ name, facts }) => [name, facts !== null])).toEqual([
    ['a', true],
    ['b', false],
  ])
  expect(bench.far.asked).toEqual([['a'], ['b']])
  await bench.ended(await bench.service.resizeVolume({ poolId: POOL, name: 'a' }, 2_000, AUTHOR, never))
  expect(readOf(await watched(bench)).find(({ name }) => name === 'a')?.facts?.capacityBytes).toBe(2_000)
  await bench.clock.advance(61_000)
  await watched(bench)
  expect(bench.far.asked.at(-1)).toEqual(['a', 'b'])
})

test('of many deletions each that is refused says so for itself', async () => {
  const bench = boot()
  for (const name of ['a', 'b', 'c']) bench.far.addVolume(name, { usedBy: name === 'b' ? ['rests'] : [] })
  const volumes = ['a', 'b', 'c'].map((name) => ({ poolId: POOL, name }))
  const task = await bench.ended(await bench.service.removeVolumes(volumes, AUTHOR))
  expect(task).toMatchObject({ kind: 'volume.remove', state: 'partly', children: { total: 3, succeeded: 2, failed: 1 } })
  expect([...bench.far.volumes.keys()]).toEqual(['b'])
})

test('nobody can tell how far a wiping came whose answer was lost', async () => {
  const bench = boot()
  bench.far.addVolume('a')
  bench.far.break.set('wipe a', { after: lostReply() })
  expect(await bench.ended(await bench.service.wipeVolume({ poolId: POOL, name: 'a' }, AUTHOR, never))).toMatchObject({
    state: 'needs-attention',
  })
  expect(bench.far.calls).toEqual(['wipe a'])
})

test('what would be refused a moment later is refused when it is asked', async () => {
  const bench = boot()
  bench.far.addVolume('used', { usedBy: ['runs', 'rests'] })
  bench.far.addVolume('rests', { usedBy: ['rests'] })
  const at = (name: string) => ({ poolId: POOL, name })
  const { service } = bench
  await expect(service.wipeVolume(at('rests'), AUTHOR, never)).rejects.toMatchObject({ code: 'volume.in-use', details: { by: ['rests'] } })
  await expect(service.wipeVolume(at('none'), AUTHOR, never)).rejects.toMatchObject({ kind: 'not-found', code: 'volume.not-found' })
  await expect(service.resizeVolume(at('used'), 9_000, AUTHOR, never)).rejects.toMatchObject({
    code: 'volume.in-use',
    details: { by: ['runs'] },
  })
  await expect(service.resizeVolume(at('used'), 999, AUTHOR, never)).rejects.toMatchObject({ code: 'volume.cannot-shrink' })
  expect(await bench.ended(await service.resizeVolume(at('rests'), 9_000, AUTHOR, never))).toMatchObject({ state: 'succeeded' })
  expect(bench.far.calls).toEqual(['resize rests'])
})

test('a copy is made on the same host under a free name', async () => {
  const bench = boot()
  bench.far.addVolume('a')
  const from = { poolId: POOL, name: 'a' }
  await expect(bench.service.cloneVolume(from, from, 'qcow2', AUTHOR, never)).rejects.toMatchObject({ code: 'volume.name-taken' })
  expect(await bench.ended(await bench.service.cloneVolume(from, { poolId: POOL, name: 'b' }, 'raw', AUTHOR, never))).toMatchObject({
    kind: 'volume.clone',
    state: 'succeeded',
    params: { from: { pool: 'images', volume: 'a' }, format: 'raw' },
  })
})

test('orphans are largest first; while something is being made, what was written lately is none', async () => {
  const bench = boot()
  const now = bench.clock.nowMs()
  const orphan = (name: string, allocationBytes: number, modifiedAtMs: number | null) => ({
    poolRef: 'images',
    pool: 'images',
    volume: { name, path: `/images/${name}`, usedBy: [] },
    facts: { format: 'qcow2', capacityBytes: 1_000, allocationBytes, backingPath: null },
    modifiedAtMs,
    place: null,
  })
  const off = { code: 'orphans.pool-off', text: 'off' }
  bench.far.found = {
    orphans: [orphan('old', 5, now - 86_400_000), orphan('new', 7, now), orphan('unknown', 1, null)],
    unseen: [off],
    claims: NO_CLAIMS,
  }
  const report = await bench.service.orphans(HOST, never)
  expect(report).toMatchObject({ totalBytes: 13, unseen: [off], observedAtMs: now })
  expect(report.orphans.map(({ name, poolId }) => [name, poolId])).toEqual([
    ['new', POOL],
    ['old', POOL],
    ['unknown', POOL],
  ])
  bench.inventory.putTask(aTask('t9', { kind: 'machine.create', connectionId: 'c1', createdAtMs: now }))
  const meanwhile = await bench.service.orphans(HOST, never)
  expect(meanwhile.orphans.map(({ name }) => name)).toEqual(['old'])
  expect(meanwhile.unseen.map(({ code }) => code)).toEqual(['orphans.pool-off', 'orphans.being-made'])
})
