import { beforeEach, describe, expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import { settingsSchema, type Task, type TaskId } from '../../../shared/model/index.ts'
import { FakeClock, settle } from '../testing/fake-clock.ts'
import { FakeHost, lostReply } from '../testing/fake-host.ts'
import { MemoryTaskStore } from '../testing/memory-task-store.ts'
import { foldJournal } from './journal.ts'
import { TaskEngine } from './task-engine.ts'
import type { Step, TaskKind, TaskRequest } from './task-kind.ts'

const AUTHOR = { actor: 'ada', origin: 'page', reason: null }

/** A world in which each step puts a thing, and its way back removes it. */
class World {
  readonly things = new Set<string>()
  readonly done: string[] = []
  /** Nobody can be asked what is there. */
  isBlind = false
  readonly disturb = new Map<string, () => Promise<void> | void>()

  async isThere(id: string): Promise<boolean> {
    if (this.isBlind) throw new AppError({ kind: 'remote-failure', code: 'fake.blind', message: 'Nobody can tell.' })
    return this.things.has(id)
  }

  async call(name: string, change: () => void): Promise<void> {
    this.done.push(name)
    await this.disturb.get(name)?.()
    change()
  }
}

let world: World
let host: FakeHost
let store: MemoryTaskStore
let clock: FakeClock
let ended: string[]
let tidiesUp: boolean
let engine: TaskEngine

beforeEach(async () => {
  world = new World()
  host = new FakeHost()
  store = new MemoryTaskStore()
  clock = new FakeClock()
  ended = []
  tidiesUp = false
  engine = await boot()
})

async function boot(): Promise<TaskEngine> {
  const made = new TaskEngine({
    store,
    clock,
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    links: host,
    sink: { putTask: () => {}, removeTask: () => {} },
    events: { append: () => {} },
    settings: { current: () => settingsSchema.parse({}), onChange: () => () => {} },
    kinds: [kind],
  })
  await made.start()
  return made
}

const kind: TaskKind = {
  kind: 'test.make',
  steps: () => ['one', 'two', 'three'].map((id) => makingStep(id)),
  ended: async (plan) => void ended.push(JSON.stringify(plan)),
}

function makingStep(id: string): Step {
  return {
    id,
    weight: 1,
    timeoutMs: 10_000,
    cancel: 'boundary',
    keepsOthers: tidiesUp && id === 'three',
    run: async () => await world.call(`make ${id}`, () => world.things.add(id)),
    probe: async () => ((await world.isThere(id)) ? 'done' : 'not-done'),
    takeBack: {
      what: `thing ${id}`,
      timeoutMs: 10_000,
      run: async () => await world.call(`remove ${id}`, () => world.things.delete(id)),
      probe: async () => ((await world.isThere(id)) ? 'not-done' : 'done'),
    },
  }
}

const REQUEST: TaskRequest = { kind: 'test.make', plan: 'p', params: {}, target: null, connectionId: 'c1', hostId: null }

function refuse(name: string, init: Partial<ConstructorParameters<typeof AppError>[0]> = {}): void {
  world.disturb.set(name, () => {
    throw new AppError({ kind: 'exhausted', code: 'fake.full', message: 'No space left.', remote: { number: 28 }, ...init })
  })
}

async function outcome(id: TaskId): Promise<Task> {
  await settle(12)
  const task = await engine.get(id)
  if (!task) throw new Error('no such task')
  return task
}

const states = (task: Task) => task.steps.map(({ id, state }) => `${id} ${state}`)

describe('a task that fails', () => {
  test('takes away what it made, the last first, and ends with the error it failed with', async () => {
    refuse('make three')
    const { id } = await engine.submit(REQUEST, AUTHOR)
    const task = await outcome(id)
    expect(world.done).toEqual(['make one', 'make two', 'make three', 'remove three', 'remove two', 'remove one'])
    expect([...world.things]).toEqual([])
    expect(task).toMatchObject({ state: 'failed', error: { code: 'fake.full', remote: { number: 28 } }, offers: ['retry'] })
    expect(states(task)).toEqual(['one undone', 'two undone', 'three failed'])
    expect(store.story(id).slice(-9)).toEqual([
      'step-failed three',
      'taking-back failed',
      'undo-intent three',
      'undo-done three',
      'undo-intent two',
      'undo-done two',
      'undo-intent one',
      'undo-done one',
      'ended failed',
    ])
    expect(ended).toEqual(['"p"'])
  })

  test('does not touch what was there before it: the name was taken', async () => {
    world.things.add('two')
    refuse('make two', { kind: 'conflict', code: 'fake.taken' })
    const { id } = await engine.submit(REQUEST, AUTHOR)
    expect(await outcome(id)).toMatchObject({ state: 'failed', error: { code: 'fake.taken' } })
    expect([...world.things]).toEqual(['two'])
  })

  test('says what had to stay, and why it had failed', async () => {
    refuse('make three')
    refuse('remove one', { kind: 'precondition', code: 'fake.in-use', message: 'It is in use.' })
    const { id } = await engine.submit(REQUEST, AUTHOR)
    const task = await outcome(id)
    expect(task).toMatchObject({
      state: 'failed',
      error: {
        kind: 'exhausted',
        code: 'task.left-behind',
        details: { left: 'thing one', first: 'No space left.', firstCode: 'fake.full', reason: 'It is in use.' },
        remote: { number: 28 },
      },
    })
    expect(states(task)).toEqual(['one failed', 'two undone', 'three failed'])
    expect([...world.things]).toEqual(['one'])
  })

  test('a lost reply of the way back is looked after, not sent twice', async () => {
    refuse('make three')
    world.disturb.set('remove two', () => {
      world.things.delete('two')
      throw lostReply()
    })
    const { id } = await engine.submit(REQUEST, AUTHOR)
    expect(await outcome(id)).toMatchObject({ state: 'failed', error: { code: 'fake.full' } })
    expect(world.done.filter((name) => name === 'remove two')).toHaveLength(1)
  })

  test('a retry begins anew, and is not told of what is gone', async () => {
    refuse('make three')
    const { id } = await engine.submit(REQUEST, AUTHOR)
    await outcome(id)
    world.disturb.clear()
    world.done.length = 0
    const again = await engine.retry(id, AUTHOR)
    expect(await outcome(again.id)).toMatchObject({ state: 'succeeded' })
    expect(world.done).toEqual(['make one', 'make two', 'make three'])
  })
})

test('a last step that only tidies up takes nothing with it when it fails', async () => {
  tidiesUp = true
  refuse('make three')
  const { id } = await engine.submit(REQUEST, AUTHOR)
  expect(await outcome(id)).toMatchObject({ state: 'failed', error: { code: 'fake.full' } })
  expect([...world.things]).toEqual(['one', 'two'])
})

describe('a task that is cancelled', () => {
  test('takes away what it made so far', async () => {
    let go = (): void => {}
    world.disturb.set('make two', () => new Promise<void>((resolve) => (go = resolve)))
    const { id } = await engine.submit(REQUEST, AUTHOR)
    await settle(8)
    await engine.cancel(id)
    go()
    expect(await outcome(id)).toMatchObject({ state: 'cancelled', error: { code: 'task.cancelled' } })
    expect(world.done).toEqual(['make one', 'make two', 'remove two', 'remove one'])
  })

  test('cannot be cancelled while it takes back', async () => {
    refuse('make two')
    let go = (): void => {}
    world.disturb.set('remove one', () => new Promise<void>((resolve) => (go = resolve)))
    const { id } = await engine.submit(REQUEST, AUTHOR)
    expect(await outcome(id)).toMatchObject({ state: 'running', progress: { note: 'taking-back' } })
    expect(states(await outcome(id))).toEqual(['one undoing', 'two failed', 'three pending'])
    await expect(engine.cancel(id)).rejects.toMatchObject({ code: 'task.cannot-cancel' })
    go()
    expect(await outcome(id)).toMatchObject({ state: 'failed' })
  })
})

test('a step of which nobody can tell: a person closes it as failed, and what is there of it is taken away', async () => {
  world.disturb.set('make two', () => {
    world.things.add('two')
    world.isBlind = true
    throw lostReply()
  })
  const { id } = await engine.submit(REQUEST, AUTHOR)
  await settle(12)
  await clock.advance(5_000)
  expect(await outcome(id)).toMatchObject({ state: 'needs-attention', error: { code: 'task.outcome-unknown' } })
  world.isBlind = false
  await engine.resolve(id, 'failed')
  expect(await outcome(id)).toMatchObject({ state: 'failed', error: { code: 'task.outcome-unknown' } })
  expect([...world.things]).toEqual([])
})

describe('a link that is lost', () => {
  beforeEach(() => {
    refuse('make three')
    world.disturb.set('remove two', () => {
      host.cut()
      throw lostReply()
    })
  })

  test('is waited for, and the way back goes on when it returns', async () => {
    const { id } = await engine.submit(REQUEST, AUTHOR)
    await settle(12)
    await clock.advance(61_000)
    expect(await outcome(id)).toMatchObject({ state: 'needs-attention', error: { code: 'task.awaits-link' } })
    world.disturb.clear()
    host.mend()
    expect(await outcome(id)).toMatchObject({ state: 'failed', error: { code: 'fake.full' } })
    expect([...world.things]).toEqual([])
  })

  test.each([
    ['done', 'fake.full'],
    ['failed', 'task.left-behind'],
  ] as const)('a person may close the step as %s instead', async (decision, code) => {
    const { id } = await engine.submit(REQUEST, AUTHOR)
    await settle(12)
    await clock.advance(61_000)
    await engine.resolve(id, decision)
    host.mend()
    expect(await outcome(id)).toMatchObject({ state: 'failed', error: { code } })
  })
})

test('a recorded way back replays to the task it was written by', async () => {
  refuse('make three')
  refuse('remove one')
  const { id } = await engine.submit(REQUEST, AUTHOR)
  const task = await outcome(id)
  const replayed = foldJournal(await store.journal([id]))
  expect({ ...replayed?.task, revision: 0, progress: 0 }).toEqual({ ...task, revision: 0, progress: 0 })
  expect([...(replayed?.takenBack ?? [])]).toEqual(['three', 'two'])
})

test('taken up by another process in the middle of the way back', async () => {
  refuse('make three')
  world.disturb.set('remove two', () => new Promise<void>(() => {}))
  const { id } = await engine.submit(REQUEST, AUTHOR)
  await settle(12)
  await engine.stop()
  world.disturb.clear()
  engine = await boot()
  expect(await outcome(id)).toMatchObject({ state: 'failed', error: { code: 'fake.full' } })
  expect([...world.things]).toEqual([])
})
