import { beforeEach, expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import type { MigrationLive, TaskId } from '../../../shared/model/index.ts'
import { AUTHOR, FakePair, machineId } from './testing/fake-pair.ts'

let pair: FakePair

beforeEach(async () => {
  pair = new FakePair()
  pair.agentThere = true
  await pair.engine.start()
})

/** A move that breaks in post-copy: `there` is what the target knows of it. */
async function broken(there: 'post-copy-failed' | 'incoming' = 'post-copy-failed'): Promise<TaskId> {
  pair.script = async () => {
    pair.put('a', 'post-copy-failed')
    pair.put('b', there)
    throw new AppError({ kind: 'indeterminate', code: 'migration.post-copy-failed', message: 'The connection broke.' })
  }
  return await pair.start({ postCopy: true })
}

function cannot(said: string): AppError {
  return new AppError({
    kind: 'remote-failure',
    code: 'migration.cannot-resume',
    message: `Not yet: ${said}`,
    details: { name: 'web', said },
  })
}

const resumes = () => pair.calls.filter((call) => call.startsWith('resume')).length
const isBroken = (id: TaskId): MigrationLive['broken'] => pair.live.get(id)?.broken

test('is taken up again at once, and comes to its end', async () => {
  const task = await pair.after(await broken())
  expect(task).toMatchObject({ state: 'succeeded', error: null })
  expect(pair.calls).toEqual(['move web a→b', 'resume web a→b'])
  expect(pair.where()).toBe('absent running')
})

test('while it cannot be, it is tried after 5 s, 10 s, 20 s and then every minute, and told why', async () => {
  pair.resuming = () => Promise.reject(cannot('no route to host'))
  const id = await broken()
  expect(await pair.after(id, 1_000)).toMatchObject({ state: 'running', progress: { note: 'post-copy-broken' } })
  expect(isBroken(id)).toMatchObject({ tries: 1, said: { code: 'migration.cannot-resume', params: { said: 'no route to host' } } })
  expect(pair.live.get(id)).toMatchObject({ phase: 'post-copy', expectedEndAtMs: null })
  await pair.after(id, 5_000)
  expect(resumes()).toBe(2)
  await pair.after(id, 36_000)
  expect(resumes()).toBe(4)
  await pair.after(id, 50 * 60_000)
  expect(resumes()).toBeGreaterThan(50)
  expect(resumes()).toBeLessThan(56)
  pair.resuming = null
  expect(await pair.after(id, 70_000)).toMatchObject({ state: 'succeeded' })
  expect(isBroken(id)).toBeUndefined()
})

test('a person makes the next try now; of a move that has not broken there is none', async () => {
  pair.resuming = () => Promise.reject(cannot('no route to host'))
  const id = await broken()
  await pair.after(id, 40_000)
  const before = resumes()
  pair.resuming = null
  await pair.service.resume(id)
  expect(await pair.after(id, 2_000)).toMatchObject({ state: 'succeeded' })
  expect(resumes()).toBe(before + 1)
  await expect(pair.service.resume(id)).rejects.toMatchObject({ kind: 'precondition', code: 'migration.nothing-to-resume' })
})

test('an end that has not noticed is given a moment to', async () => {
  const id = await broken('incoming')
  await pair.after(id, 1_500)
  expect(resumes()).toBe(0)
  expect(await pair.after(id, 4_000)).toMatchObject({ state: 'succeeded' })
  expect(resumes()).toBe(1)
})

test('the time of day is set back by an hour: the next try comes within a minute all the same', async () => {
  pair.resuming = () => Promise.reject(cannot('no route to host'))
  const id = await broken()
  await pair.after(id, 40_000)
  pair.resuming = null
  pair.clock.setBack(3_600_000)
  expect(await pair.after(id, 62_000)).toMatchObject({ state: 'succeeded' })
})

test('a cancel cannot bring it back: it needs attention, its parts are left alone, and a look takes it up again', async () => {
  pair.resuming = () => Promise.reject(cannot('no route to host'))
  const id = await broken()
  await pair.after(id, 1_000)
  await pair.engine.cancel(id)
  expect(await pair.after(id, 2_000)).toMatchObject({
    state: 'needs-attention',
    error: { code: 'migration.torn', details: { name: 'web', from: 'a', to: 'b', source: 'post-copy-failed', target: 'post-copy-failed' } },
  })
  expect(pair.where()).toBe('post-copy-failed post-copy-failed')
  expect([...pair.hosts.b.files.keys()]).toEqual(['default/web.qcow2'])
  expect(pair.engine.busyWith(machineId('a'))).toBe('machine.migrate')
  expect(pair.engine.busyWith(machineId('b'))).toBe('machine.migrate')
  pair.resuming = null
  await pair.service.resume(id)
  expect(await pair.after(id)).toMatchObject({ state: 'succeeded' })
  expect(pair.where()).toBe('absent running')
})

test('closed as failed it is still in two parts: tried again, the same task takes it up', async () => {
  pair.resuming = () => Promise.reject(cannot('no route to host'))
  const id = await broken()
  await pair.after(id, 1_000)
  await pair.engine.cancel(id)
  await pair.after(id, 2_000)
  await pair.engine.resolve(id, 'failed')
  expect(await pair.after(id, 1_500_000)).toMatchObject({ state: 'failed', error: { code: 'task.left-behind' } })
  expect(pair.where()).toBe('post-copy-failed post-copy-failed')
  pair.resuming = null
  const again = await pair.engine.retry(id, AUTHOR)
  expect(await pair.after(again.id, 60_000)).toMatchObject({ state: 'succeeded', error: null })
  expect(pair.where()).toBe('absent running')
  expect(pair.calls.filter((call) => call.startsWith('move'))).toHaveLength(1)
})

test('the console is killed meanwhile: the next one takes it up', async () => {
  pair.resuming = () => Promise.reject(cannot('no route to host'))
  const id = await broken()
  await pair.after(id, 1_000)
  pair.resuming = null
  await pair.reboot()
  expect(await pair.after(id, 20_000)).toMatchObject({ state: 'succeeded' })
  expect(pair.calls.filter((call) => call.startsWith('move'))).toHaveLength(1)
})

test('one part is ended by somebody: told with both standings, and nothing is touched', async () => {
  pair.resuming = () => Promise.reject(cannot('no route to host'))
  const id = await broken()
  await pair.after(id, 1_000)
  pair.put('b', 'off')
  expect(await pair.after(id, 10_000)).toMatchObject({
    state: 'needs-attention',
    error: { code: 'migration.two-truths', details: { source: 'post-copy-failed', target: 'off' } },
  })
  expect(pair.calls.filter((call) => /^(run|give-up)/.test(call))).toEqual([])
})
