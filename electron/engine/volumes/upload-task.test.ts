import { createHash, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import { type ConnectionId, type PoolId, settingsSchema, type Task, type TaskId, uploadWordSchema } from '../../../shared/model/index.ts'
import type { ProviderConnection, VolumeKeeper, VolumeRequest } from '../../providers/provider.ts'
import { Inventory } from '../inventory/inventory.ts'
import { TaskEngine } from '../tasks/task-engine.ts'
import { aConnection, aWorkspace } from '../testing/entities.ts'
import { putHost } from '../testing/facts.ts'
import { FakeClock, settle } from '../testing/fake-clock.ts'
import { MemoryTaskStore } from '../testing/memory-task-store.ts'
import { UploadGates } from './upload-gate.ts'
import type { UploadSource } from './upload-source.ts'
import { VolumeService } from './volume-service.ts'
import { volumeKinds } from './volume-tasks.ts'

/** Small, so that the tests are quick. */
const MIB = 1_024
const WINDOW_BYTES = 64 * MIB
const SIZE = 160 * MIB
const POOL = 'c1.p.images' as PoolId
const AUTHOR = { actor: 'ada', origin: 'page', reason: null }
const never = new AbortController().signal
const CONTENT = randomBytes(SIZE)
const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** A host's pool in memory, whose streams a test breaks. */
class Far {
  readonly files = new Map<string, Buffer>()
  readonly windows: Array<readonly [number, number]> = []
  readonly removed: string[] = []
  /** Breaks the next write of a stream. */
  next: AppError | null = null
  link: ProviderConnection | undefined
  readonly #listeners = new Set<(id: ConnectionId) => void>()

  constructor() {
    this.mend()
  }

  current = () => this.link
  onChange = (listener: (id: ConnectionId) => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  cut(): void {
    this.link = undefined
    this.next = new AppError({ kind: 'indeterminate', code: 'fake.cut', message: 'cut' })
    for (const listener of this.#listeners) listener('c1' as ConnectionId)
  }

  mend(): void {
    this.next = null
    this.link = { volumes: this.#keeper() } as unknown as ProviderConnection
    for (const listener of this.#listeners) listener('c1' as ConnectionId)
  }

  #keeper(): VolumeKeeper {
    const find = async (_host: string, { volume }: { volume: string }) => {
      const file = this.files.get(volume)
      const rest = { path: volume, format: 'raw', allocationBytes: 0, backingPath: null, usedBy: [], isWhole: true }
      return file ? { name: volume, capacityBytes: file.length, ...rest } : null
    }
    return {
      find,
      create: async (_host: string, { volume }: { volume: string }, request: VolumeRequest) => {
        this.files.set(volume, Buffer.alloc(request.capacityBytes ?? 0))
      },
      remove: async (_host: string, { volume }: { volume: string }) => {
        this.removed.push(volume)
        this.files.delete(volume)
      },
      upload: async (_host: string, { volume }: { volume: string }, offset: number, length: number) => {
        if (this.next) throw this.next
        this.windows.push([offset, length])
        let at = offset
        return {
          write: async (bytes: Uint8Array) => {
            if (this.next) throw this.next
            this.files.get(volume)?.set(bytes, at)
            at += bytes.length
          },
          finish: async () => {
            if (this.next) throw this.next
          },
          abort: () => {},
        }
      },
    } as unknown as VolumeKeeper
  }
}

function boot(before: { store?: MemoryTaskStore; far?: Far; clock?: FakeClock } = {}) {
  const { store = new MemoryTaskStore(), far = new Far(), clock = new FakeClock() } = before
  const inventory = new Inventory(clock)
  inventory.publish('workspace', aWorkspace('w1'))
  inventory.publish('connection', aConnection('c1'))
  const pool = { hostRef: 'h', name: 'images', type: 'dir', active: true, autostart: true, persistent: true }
  const facts = { ...pool, capacityBytes: 1e12, allocationBytes: 0, availableBytes: 1e12, target: '/images' }
  inventory.applyChanges('c1' as ConnectionId, [putHost('h'), { op: 'put', entity: 'pool', ref: 'images', facts }], { state: 'live' })
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
  const gates = new UploadGates(clock)
  const tasks = new TaskEngine({
    store,
    clock,
    log,
    links: far,
    sink: { putTask: () => {}, removeTask: () => {} },
    events: { append: () => {} },
    settings: { current: () => settingsSchema.parse({}), onChange: () => () => {} },
    kinds: volumeKinds({ gates, links: far, clock, log, windowBytes: () => WINDOW_BYTES }, { needUnused: async () => {} }),
  })
  const offered = new Map<string, UploadSource>()
  const service = new VolumeService({
    inventory,
    links: far,
    clock,
    gates,
    tasks,
    offer: (channel) => {
      const token = `token-${offered.size}`
      offered.set(token, channel as UploadSource)
      return token
    },
  })
  const source = (token: string): UploadSource => {
    const found = offered.get(token)
    if (!found) throw new Error('no such token')
    return found
  }
  const begin = async (name = 'a.iso') => {
    const { taskId, token } = await service.upload({ poolId: POOL, name, sizeBytes: SIZE }, AUTHOR, never)
    await settle(6)
    return { taskId, source: source(token) }
  }
  const resume = async (taskId: TaskId) => {
    const { token, offset } = await service.resumeUpload(taskId, never)
    return { source: source(token), offset }
  }
  return { begin, clock, far, resume, service, store, tasks }
}

/** Sends from an offset on, up to `until`, as long as anybody takes it. */
async function send(source: UploadSource, from: number, until = SIZE): Promise<void> {
  for (let at = from; at < until && !source.isOver; at += MIB) await source.write(CONTENT.subarray(at, Math.min(until, at + MIB)))
  await settle(6)
}

async function now(bench: ReturnType<typeof boot>, id: TaskId): Promise<Task> {
  await settle(8)
  const task = await bench.tasks.get(id)
  if (!task) throw new Error('no such task')
  return task
}

async function words(source: UploadSource): Promise<readonly number[]> {
  const found: number[] = []
  for (let word = await source.read(); word !== null; word = await source.read()) {
    const said = uploadWordSchema.parse(JSON.parse(Buffer.from(word).toString()))
    if ('confirmed' in said) found.push(said.confirmed)
  }
  return found
}

test('what comes in arrives whole, and every window is confirmed', async () => {
  const bench = boot()
  const { taskId, source } = await bench.begin()
  expect((await now(bench, taskId)).state).toBe('running')
  const heard = words(source)
  await send(source, 0)
  expect(await now(bench, taskId)).toMatchObject({ state: 'succeeded', error: null })
  expect(await heard).toEqual([0, 64 * MIB, 128 * MIB, SIZE])
  expect(sha(bench.far.files.get('a.iso') ?? Buffer.alloc(0))).toBe(sha(CONTENT))
})

test('a page that goes away is waited for, and the next one goes on from what is confirmed', async () => {
  const bench = boot()
  const { taskId, source } = await bench.begin()
  await send(source, 0, 100 * MIB)
  source.close()
  const waiting = { bytesDone: 64 * MIB, bytesTotal: SIZE, note: 'waiting-for-upload' }
  expect(await now(bench, taskId)).toMatchObject({ state: 'running', progress: waiting })
  const again = await bench.resume(taskId)
  expect(again.offset).toBe(64 * MIB)
  await send(again.source, again.offset)
  expect((await now(bench, taskId)).state).toBe('succeeded')
  expect(sha(bench.far.files.get('a.iso') ?? Buffer.alloc(0))).toBe(sha(CONTENT))
})

test('a host that is cut off is waited for; the page hears it and sends the open window again', async () => {
  const bench = boot()
  const { taskId, source } = await bench.begin()
  await send(source, 0, 80 * MIB)
  bench.far.cut()
  await send(source, 80 * MIB, 90 * MIB)
  await expect(words(source)).rejects.toMatchObject({ code: 'fake.cut' })
  const again = await bench.resume(taskId)
  await send(again.source, again.offset, again.offset + 2 * MIB)
  await bench.clock.advance(2_000)
  expect(await now(bench, taskId)).toMatchObject({ state: 'running', progress: { note: 'waiting-for-link' } })
  bench.far.mend()
  await send(again.source, again.offset + 2 * MIB)
  expect((await now(bench, taskId)).state).toBe('succeeded')
  expect(bench.far.windows.map(([offset]) => offset / MIB)).toEqual([0, 64, 64, 128])
  expect(sha(bench.far.files.get('a.iso') ?? Buffer.alloc(0))).toBe(sha(CONTENT))
})

test('after a restart of the console it goes on as well', async () => {
  const bench = boot()
  const { taskId, source } = await bench.begin()
  await send(source, 0, 100 * MIB)
  await bench.tasks.stop()
  const next = boot(bench)
  await next.tasks.start()
  await settle(8)
  const again = await next.resume(taskId)
  expect(again.offset).toBe(64 * MIB)
  await send(again.source, again.offset)
  expect((await now(next, taskId)).state).toBe('succeeded')
  expect(sha(bench.far.files.get('a.iso') ?? Buffer.alloc(0))).toBe(sha(CONTENT))
})

test('a cancelled one leaves nothing, and one that nobody feeds for half an hour neither', async () => {
  const bench = boot()
  const { taskId, source } = await bench.begin()
  await send(source, 0, 70 * MIB)
  await bench.tasks.cancel(taskId)
  expect((await now(bench, taskId)).state).toBe('cancelled')
  expect(source.isOver).toBe(true)
  expect(bench.far.removed).toEqual(['a.iso'])
  const left = await bench.begin('b.iso')
  left.source.close()
  await bench.clock.advance(31 * 60_000)
  expect(await now(bench, left.taskId)).toMatchObject({ state: 'failed', error: { code: 'volume.upload-abandoned' } })
  expect([...bench.far.files]).toEqual([])
  await expect(bench.resume(left.taskId)).rejects.toMatchObject({ code: 'volume.upload-over' })
})

test('more bytes than announced end it, and what came goes', async () => {
  const bench = boot()
  const { taskId, source } = await bench.begin()
  await send(source, 0, 100 * MIB)
  await source.write(CONTENT.subarray(0, 61 * MIB))
  expect(await now(bench, taskId)).toMatchObject({ state: 'failed', error: { kind: 'invalid-input', code: 'volume.upload-too-long' } })
  await expect(words(source)).rejects.toMatchObject({ code: 'volume.upload-too-long' })
  expect(bench.far.removed).toEqual(['a.iso'])
})

test('a full pool ends it; of one that is switched off the half is kept, and a retry goes on with it', async () => {
  const bench = boot()
  const full = await bench.begin()
  bench.far.next = new AppError({ kind: 'exhausted', code: 'volume.pool-full', message: 'full' })
  await send(full.source, 0, 10 * MIB)
  expect(await now(bench, full.taskId)).toMatchObject({ state: 'failed', error: { code: 'volume.pool-full' } })
  expect(bench.far.removed).toEqual(['a.iso'])
  bench.far.next = null
  const off = await bench.begin('b.iso')
  await send(off.source, 0, 64 * MIB)
  bench.far.next = new AppError({ kind: 'precondition', code: 'volume.pool-off', message: 'off' })
  await send(off.source, 64 * MIB, 70 * MIB)
  expect(await now(bench, off.taskId)).toMatchObject({ state: 'failed', error: { code: 'volume.pool-off' } })
  expect(bench.far.removed).toEqual(['a.iso'])
  bench.far.next = null
  const retry = await bench.tasks.retry(off.taskId, AUTHOR)
  await settle(8)
  const again = await bench.resume(retry.id)
  expect(again.offset).toBe(64 * MIB)
  await send(again.source, again.offset)
  expect((await now(bench, retry.id)).state).toBe('succeeded')
  expect(sha(bench.far.files.get('b.iso') ?? Buffer.alloc(0))).toBe(sha(CONTENT))
})

test('a name that is taken is refused at once; one that was taken meanwhile is not written over', async () => {
  const bench = boot()
  bench.far.files.set('a.iso', Buffer.from('mine'))
  await expect(bench.begin()).rejects.toMatchObject({ kind: 'conflict', code: 'volume.name-taken' })
  const late = bench.service.upload({ poolId: POOL, name: 'b.iso', sizeBytes: SIZE }, AUTHOR, never)
  await Promise.resolve()
  bench.far.files.set('b.iso', Buffer.from('mine'))
  const { taskId } = await late
  expect(await now(bench, taskId)).toMatchObject({ state: 'failed', error: { code: 'volume.name-taken' } })
  expect(bench.far.removed).toEqual([])
  expect(bench.far.files.get('b.iso')?.toString()).toBe('mine')
})

test('a second upload of the same name waits for no mix-up: it is refused', async () => {
  const bench = boot()
  const first = await bench.begin()
  bench.far.files.delete('a.iso')
  await expect(bench.begin()).rejects.toMatchObject({ code: 'task.target-busy' })
  expect(first.source.isOver).toBe(false)
})
