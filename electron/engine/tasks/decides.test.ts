import { beforeEach, describe, expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import { settingsSchema, type Task, type TaskId } from '../../../shared/model/index.ts'
import { FakeClock, settle } from '../testing/fake-clock.ts'
import { FakeHost } from '../testing/fake-host.ts'
import { MemoryTaskStore } from '../testing/memory-task-store.ts'
import { TaskEngine } from './task-engine.ts'
import type { Step, TaskKind, TaskRequest } from './task-kind.ts'

const AUTHOR = { actor: 'ada', origin: 'page', reason: null }
const REQUEST: TaskRequest = { kind: 'test.decide', plan: 'p', params: {}, target: null, connectionId: null, hostId: 'h' }
const BACK: TaskRequest = { ...REQUEST, plan: 'back' }

let engine: TaskEngine
let done: string[]
/** What a step does in place of its own. */
let instead: Map<string, (signal: AbortSignal) => Promise<void>>
let decision: Partial<Step>
let slot: TaskKind['slot']
let atOnce: { now: number; most: number }

beforeEach(async () => {
  done = []
  instead = new Map()
  decision = { decides: true }
  slot = () => null
  atOnce = { now: 0, most: 0 }
  const steps = (): Step[] => [
    stepOf('make', { takeBack: backOf('make') }),
    stepOf('decide', { ...decision, undo: () => BACK }),
    stepOf('tidy'),
  ]
  engine = new TaskEngine({
    store: new MemoryTaskStore(),
    clock: new FakeClock(),
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    links: new FakeHost(),
    sink: { putTask: () => {}, removeTask: () => {} },
    events: { append: () => {} },
    settings: { current: () => settingsSchema.parse({ bulkPerHost: 4 }), onChange: () => () => {} },
    kinds: [{ kind: 'test.decide', steps, slot: (plan) => slot?.(plan) ?? null }],
  })
  await engine.start()
})

function stepOf(id: string, more: Partial<Step> = {}): Step {
  return {
    id,
    weight: 1,
    timeoutMs: 10_000,
    cancel: 'now',
    async run({ signal }) {
      atOnce.now += 1
      atOnce.most = Math.max(atOnce.most, atOnce.now)
      try {
        await instead.get(id)?.(signal)
        done.push(id)
      } finally {
        atOnce.now -= 1
      }
    },
    probe: async () => (done.includes(id) ? 'done' : 'not-done'),
    ...more,
  }
}

function backOf(id: string): NonNullable<Step['takeBack']> {
  return {
    what: id,
    timeoutMs: 10_000,
    run: async () => void done.push(`${id} back`),
    probe: async () => (done.includes(`${id} back`) ? 'done' : 'not-done'),
  }
}

async function settled(id: TaskId): Promise<Task> {
  await settle(12)
  const task = await engine.get(id)
  if (!task) throw new Error('no such task')
  return task
}

/** Holds a step until the answer is called, of every task; deaf to its signal. */
function hold(id: string): () => void {
  const held: Array<() => void> = []
  instead.set(
    id,
    () =>
      new Promise((resolve) => {
        held.push(resolve)
      }),
  )
  return () => {
    for (const release of held) release()
  }
}

describe('a step that decides', () => {
  test('its undo is the whole task’s, whatever the other steps have', async () => {
    const { id } = await engine.submit(REQUEST, AUTHOR)
    expect(await settled(id)).toMatchObject({ state: 'succeeded', undoable: true })
    expect(await settled((await engine.undo(id, AUTHOR)).id)).toMatchObject({ state: 'succeeded' })
  })

  test('without one that decides, all steps would need an undo', async () => {
    decision = {}
    const { id } = await engine.submit(REQUEST, AUTHOR)
    expect(await settled(id)).toMatchObject({ state: 'succeeded', undoable: false })
  })

  test('after it a cancel is refused, and a failure takes nothing back', async () => {
    const release = hold('tidy')
    const { id } = await engine.submit(REQUEST, AUTHOR)
    await settled(id)
    await expect(engine.cancel(id)).rejects.toMatchObject({ code: 'task.cannot-cancel' })
    instead.set('tidy', () => Promise.reject(new AppError({ kind: 'exhausted', code: 'fake.full', message: 'Full.' })))
    release()
    await settled(id)
    const second = await engine.submit(REQUEST, AUTHOR)
    expect(await settled(second.id)).toMatchObject({ state: 'failed', error: { code: 'fake.full' } })
    expect(done).not.toContain('make back')
  })

  test('a cancel that came while it ran, and too late, is not obeyed', async () => {
    decision = { decides: true, endsItself: true }
    const release = hold('decide')
    const { id } = await engine.submit(REQUEST, AUTHOR)
    await settled(id)
    await engine.cancel(id)
    expect(await settled(id)).toMatchObject({ state: 'cancelling' })
    release()
    expect(await settled(id)).toMatchObject({ state: 'succeeded' })
    expect(done).toEqual(['make', 'decide', 'tidy'])
  })

  test('of a cancelled bulk, one that is past it goes on', async () => {
    const release = hold('tidy')
    const { id } = await engine.submitBulk([REQUEST, REQUEST], AUTHOR)
    await settled(id)
    await engine.cancel(id)
    release()
    expect(await settled(id)).toMatchObject({ state: 'succeeded', children: { succeeded: 2 } })
    expect(done).not.toContain('make back')
  })
})

test('a step that ends itself is told of a cancel, and waited for before anything is taken back', async () => {
  decision = { endsItself: true }
  const end = hold('wait')
  let isTold = false
  instead.set('decide', async (signal) => {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    isTold = true
    await instead.get('wait')?.(signal)
    throw signal.reason
  })
  const { id } = await engine.submit(REQUEST, AUTHOR)
  await settled(id)
  await engine.cancel(id)
  expect(await settled(id)).toMatchObject({ state: 'cancelling' })
  expect([isTold, done]).toEqual([true, ['make']])
  end()
  expect(await settled(id)).toMatchObject({ state: 'cancelled' })
  expect(done).toEqual(['make', 'make back'])
})

test('a riddle needs a person, with its own words: nothing is tried again or taken back', async () => {
  decision = { puzzles: ({ code }) => code === 'fake.riddle' }
  let tries = 0
  instead.set('decide', () => {
    tries += 1
    return Promise.reject(new AppError({ kind: 'indeterminate', code: 'fake.riddle', message: 'Twice.' }))
  })
  const { id } = await engine.submit(REQUEST, AUTHOR)
  expect(await settled(id)).toMatchObject({ state: 'needs-attention', error: { code: 'fake.riddle', message: 'Twice.' } })
  expect([tries, done]).toEqual([1, ['make']])
  instead.clear()
  await engine.resolve(id, 'probe')
  expect(await settled(id)).toMatchObject({ state: 'succeeded' })
})

test('a bulk’s children of one group wait for each other, whatever their host takes', async () => {
  slot = () => ({ group: 'g', atOnce: 1 })
  const requests = ['a', 'b', 'c'].map((plan) => ({ ...REQUEST, plan }))
  const { id } = await engine.submitBulk(requests, AUTHOR)
  await settle(60)
  expect(await settled(id)).toMatchObject({ state: 'succeeded', children: { succeeded: 3 } })
  expect(atOnce.most).toBe(1)
})
