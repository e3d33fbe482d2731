import { expect, test } from 'vitest'
import { AppError } from '../errors/index.ts'
import { CONSOLE_ENDED, CONSOLE_FAILED, UPLOAD_AHEAD_BYTES, UPLOAD_PIECE_BYTES } from '../model/index.ts'
import { type UploadEars, type UploadProgress, UploadSender } from './upload-sender.ts'

const SIZE = 20 * 1_048_576 + 7
const FILE = Uint8Array.from({ length: SIZE }, (_, at) => at % 251)

interface Way {
  readonly token: string
  readonly ears: UploadEars
  readonly pieces: Uint8Array[]
  closed: boolean
}

const settle = async () => {
  for (let turn = 0; turn < 400; turn++) await Promise.resolve()
}

function setUp(read?: (offset: number, length: number) => Promise<Uint8Array<ArrayBuffer>>) {
  const ways: Way[] = []
  const timers: Array<() => void> = []
  const told: UploadProgress[] = []
  const resumes: Array<{ token: string; offset: number } | AppError> = []
  const sender = new UploadSender({
    sizeBytes: SIZE,
    read: read ?? ((offset, length) => Promise.resolve(FILE.slice(offset, offset + length))),
    open: (token, ears) => {
      const way: Way = { token, ears, pieces: [], closed: false }
      ways.push(way)
      return { send: (bytes) => way.pieces.push(bytes), close: () => (way.closed = true) }
    },
    resume: () => {
      const next = resumes.shift() ?? new AppError({ kind: 'bug', code: 'test.none', message: 'no answer' })
      return next instanceof AppError ? Promise.reject(next) : Promise.resolve(next)
    },
    setTimer: (run) => {
      timers.push(run)
      return () => {}
    },
    random: () => 0.5,
    onProgress: (progress) => told.push(progress),
  })
  const way = (index: number): Way => {
    const found = ways[index]
    if (!found) throw new Error(`way ${index} was not opened`)
    return found
  }
  const sent = (index: number) => way(index).pieces.reduce((sum, { length }) => sum + length, 0)
  const say = async (index: number, word: object) => {
    way(index).ears.onWord(JSON.stringify(word))
    await settle()
  }
  return { resumes, say, sender, sent, settle, timers, told, way, ways }
}

const failureOf = (run: Promise<void>) =>
  run.then(
    () => null,
    (thrown: unknown) => thrown as AppError,
  )

test('sends so far ahead of what was taken and no further, and ends with the last confirmation', async () => {
  const { say, sender, sent, told, way } = setUp()
  const run = sender.run('t')
  expect(sent(0)).toBe(0)
  way(0).ears.onOpen()
  await settle()
  expect(sent(0)).toBe(UPLOAD_AHEAD_BYTES)
  await say(0, { taken: 1_048_576 })
  expect(sent(0)).toBe(UPLOAD_AHEAD_BYTES + 1_048_576)
  await say(0, { taken: 15 * 1_048_576 })
  expect(sent(0)).toBe(SIZE)
  expect(Math.max(...way(0).pieces.map(({ length }) => length))).toBe(UPLOAD_PIECE_BYTES)
  await say(0, { confirmed: SIZE })
  way(0).ears.onClosed(CONSOLE_ENDED, 'console.ended')
  await run
  expect(Buffer.concat(way(0).pieces).equals(FILE)).toBe(true)
  expect(told.at(-1)).toEqual({ state: 'sending', sentBytes: SIZE, confirmedBytes: SIZE })
})

test('a way that breaks is opened again, from the byte the engine names; later tries wait longer', async () => {
  const { resumes, say, sender, sent, timers, told, way, ways } = setUp()
  const run = sender.run('t')
  way(0).ears.onOpen()
  await settle()
  await say(0, { confirmed: 4_194_304 })
  resumes.push({ token: 'u', offset: 4_194_304 })
  way(0).ears.onClosed(CONSOLE_FAILED, 'unreachable libvirt.connection-lost')
  await settle()
  expect(way(1).token).toBe('u')
  const away = new AppError({ kind: 'unreachable', code: 'volume.upload-waits', message: 'not yet' })
  resumes.push(away, { token: 'v', offset: 4_194_304 })
  way(1).ears.onClosed(1_006, '')
  await settle()
  expect(told.at(-1)?.state).toBe('waiting')
  expect(ways).toHaveLength(2)
  timers.shift()?.()
  await settle()
  timers.shift()?.()
  await settle()
  way(2).ears.onOpen()
  await settle()
  await say(2, { taken: SIZE })
  expect(sent(2)).toBe(SIZE - 4_194_304)
  await say(2, { confirmed: SIZE })
  way(2).ears.onClosed(CONSOLE_ENDED, 'console.ended')
  await run
  expect(Buffer.concat(way(2).pieces).equals(FILE.subarray(4_194_304))).toBe(true)
})

test('an upload that is over fails with its reason, and one that had succeeded is complete', async () => {
  const failed = setUp()
  const run = failureOf(failed.sender.run('t'))
  const over = (actual: string) => new AppError({ kind: 'precondition', code: 'volume.upload-over', message: 'over', details: { actual } })
  failed.resumes.push(over('failed'))
  failed.way(0).ears.onClosed(CONSOLE_FAILED, 'exhausted volume.pool-full')
  expect(await run).toMatchObject({ kind: 'exhausted', code: 'volume.pool-full' })
  const succeeded = setUp()
  const other = succeeded.sender.run('t')
  succeeded.resumes.push(over('succeeded'))
  succeeded.way(0).ears.onClosed(1_006, '')
  await other
})

test('a file that is shorter now, or cannot be read, ends it and closes the way', async () => {
  const short = setUp((offset, length) => Promise.resolve(FILE.slice(offset, Math.min(offset + length, 300_000))))
  const run = failureOf(short.sender.run('t'))
  short.way(0).ears.onOpen()
  expect(await run).toMatchObject({ kind: 'precondition', code: 'volume.file-changed', details: { actualBytes: 300_000 } })
  expect(short.way(0).closed).toBe(true)
  const gone = setUp(() => Promise.reject(new Error('not permitted')))
  const other = failureOf(gone.sender.run('t'))
  gone.way(0).ears.onOpen()
  expect(await other).toMatchObject({ code: 'volume.file-unreadable' })
})

test('cancelled while it sends, and while it waits', async () => {
  const sending = setUp()
  const run = failureOf(sending.sender.run('t'))
  sending.way(0).ears.onOpen()
  await settle()
  sending.sender.cancel()
  expect(await run).toMatchObject({ kind: 'cancelled' })
  expect(sending.way(0).closed).toBe(true)
  const waiting = setUp()
  const other = failureOf(waiting.sender.run('t'))
  waiting.resumes.push(new AppError({ kind: 'unreachable', code: 'volume.upload-waits', message: 'not yet' }))
  waiting.way(0).ears.onClosed(1_006, '')
  await settle()
  waiting.sender.cancel()
  expect(await other).toMatchObject({ kind: 'cancelled' })
})
