import { expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import { CONSOLE_ENDED, type PoolId, type TaskId } from '../../../shared/model/index.ts'
import { createApi } from '../api/index.ts'
import { FakeEngine } from '../testing/fake-engine.ts'
import { type UploadProgress, uploadFile } from './index.ts'

const TEXT = 'a small image'

/** As much of a File as is needed: jsdom's slices cannot be read. */
function blobOf(text: string): Blob {
  const bytes = new TextEncoder().encode(text)
  const slice = (from = 0, to = bytes.length) => ({ arrayBuffer: () => Promise.resolve(bytes.slice(from, to).buffer) })
  return { size: bytes.length, slice } as unknown as Blob
}

function setUp(text = TEXT) {
  const engine = new FakeEngine([])
  engine.answer('volumes.upload', () => ({ taskId: 't1', token: 'first' }))
  engine.answer('volumes.resumeUpload', () => ({ token: 'second', offset: 0 }))
  engine.answer('tasks.cancel', () => ({ done: true }))
  const abort = new AbortController()
  const told: UploadProgress[] = []
  const tasks: TaskId[] = []
  const run = uploadFile({
    api: createApi(engine.link),
    link: engine.link,
    poolId: 'c1.p.a' as PoolId,
    name: 'a.iso',
    file: blobOf(text),
    signal: abort.signal,
    onProgress: (progress) => told.push(progress),
    onTask: (taskId) => tasks.push(taskId),
  })
  const asked = (method: string) => engine.calls.filter((call) => call.method === method).map(({ input }) => input)
  return { abort, asked, engine, run, tasks, told }
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 0))

async function channelAt(engine: FakeEngine, index: number) {
  for (let turns = 0; turns < 50 && !engine.channels[index]; turns++) await turn()
  const channel = engine.channels[index]
  if (!channel) throw new Error('no channel was opened')
  return channel
}

test('a file goes over its channel, after a break over the next, and is done when the host has it', async () => {
  const { asked, engine, run, tasks, told } = setUp()
  const first = await channelAt(engine, 0)
  expect(asked('volumes.upload')).toEqual([{ poolId: 'c1.p.a', name: 'a.iso', sizeBytes: TEXT.length }])
  expect(tasks).toEqual(['t1'])
  first.ended(1_006, '')
  const second = await channelAt(engine, 1)
  expect(second.token).toBe('second')
  second.opened()
  await turn()
  expect(second.typed).toBe(TEXT)
  second.write(JSON.stringify({ confirmed: TEXT.length }))
  second.ended(CONSOLE_ENDED, 'console.ended')
  await run
  expect(told.at(-1)).toEqual({ state: 'sending', sentBytes: TEXT.length, confirmedBytes: TEXT.length })
  expect(asked('tasks.cancel')).toEqual([])
})

test('who cancels cancels the task', async () => {
  const { abort, asked, engine, run } = setUp()
  const failure = run.catch((thrown: unknown) => thrown)
  ;(await channelAt(engine, 0)).opened()
  abort.abort()
  expect(await failure).toMatchObject({ kind: 'cancelled' })
  expect(asked('tasks.cancel')).toEqual([{ taskId: 't1' }])
})

test('an empty file is refused before anything is asked, a taken name by the engine', async () => {
  const empty = setUp('')
  await expect(empty.run).rejects.toMatchObject({ code: 'volume.file-empty' })
  expect(empty.engine.calls).toEqual([])
  const engine = new FakeEngine([])
  engine.answer('volumes.upload', () => {
    throw new AppError({ kind: 'conflict', code: 'volume.name-taken', message: 'taken' })
  })
  const abort = new AbortController()
  const taken = uploadFile({
    api: createApi(engine.link),
    link: engine.link,
    poolId: 'c1.p.a' as PoolId,
    name: 'a.iso',
    file: blobOf(TEXT),
    signal: abort.signal,
    onProgress: () => {},
  })
  await expect(taken).rejects.toMatchObject({ code: 'volume.name-taken' })
})
