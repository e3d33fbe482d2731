import { beforeEach, describe, expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import { type PlannedMove, type PlanWhen, planWhenSchema } from '../../../shared/model/index.ts'
import { MemoryValues } from '../testing/memory-values.ts'
import type { PlannedMoves } from './planned-moves.ts'
import { AUTHOR, FakePair, machineId } from './testing/fake-pair.ts'
import { plansOf } from './testing/plans.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

let pair: FakePair
let kept: MemoryValues
let plans: PlannedMoves

beforeEach(async () => {
  pair = new FakePair()
  pair.agentThere = true
  kept = new MemoryValues()
  plans = plansOf(pair, kept)
  await pair.engine.start()
  await plans.start()
})

/** Another process over what the last one left on the disk. */
async function restart(): Promise<void> {
  await pair.reboot()
  plans = plansOf(pair, kept)
  await plans.start()
}

const at = (inMs: number): PlanWhen => ({ kind: 'at', atMs: pair.clock.nowMs() + inMs, zone: 'Europe/Warsaw' })
const within = (fromMs: number, untilMs: number): PlanWhen => ({
  kind: 'window',
  fromMs: pair.clock.nowMs() + fromMs,
  untilMs: pair.clock.nowMs() + untilMs,
  zone: 'Europe/Warsaw',
})

async function plan(when: PlanWhen, accepted: readonly string[] = [], refs: readonly string[] = ['web']): Promise<string> {
  const moves = refs.map((ref) => ({ spec: pair.spec({ machineId: machineId('a', ref) }), accepted: [...accepted] }))
  return (await plans.plan({ moves, when, atOnce: 1 }, AUTHOR)).planId
}

function shown(id: string): PlannedMove {
  const found = plans.list().find((one) => one.id === id)
  if (!found) throw new Error('no such plan')
  return found
}

const told = () => pair.events.map(({ code }) => code).filter((code) => code.startsWith('migration.plan'))

describe('at its time', () => {
  test('it moves, by a task that names who planned it, and not before', async () => {
    const id = await plan(at(HOUR_MS))
    await pair.clock.advance(HOUR_MS - 1)
    expect([shown(id).state, pair.where()]).toEqual(['planned', 'running absent'])
    await pair.clock.advance(20_000)
    const { state, taskId } = shown(id)
    expect([state, pair.where()]).toEqual(['started', 'absent running'])
    expect(await pair.engine.get(taskId as never)).toMatchObject({
      actor: 'ada',
      origin: 'plan',
      params: { planId: id },
      state: 'succeeded',
    })
    expect(told()).toEqual(['migration.plan-started'])
  })

  test('what blocks by then refuses it, with what was found', async () => {
    const id = await plan(at(MINUTE_MS))
    pair.into = { nameTaken: true }
    await pair.clock.advance(2 * HOUR_MS)
    expect(shown(id)).toMatchObject({ state: 'refused', why: { code: 'migration.blocked' } })
    expect([pair.where(), told()]).toEqual(['running absent', ['migration.plan-refused']])
  })

  test('warnings that were read are none; others stop it', async () => {
    pair.out = { checkpoints: 2 }
    const signal = new AbortController().signal
    const warns = (await pair.service.preflight(pair.spec(), signal)).findings.filter(({ severity }) => severity === 'warns')
    const ids = warns.map(({ id }) => id)
    expect(ids.length).toBeGreaterThan(0)
    const unread = await plan(at(MINUTE_MS))
    await pair.clock.advance(5 * MINUTE_MS)
    expect(shown(unread)).toMatchObject({ state: 'refused', why: { code: 'migration.new-warnings' } })
    expect(pair.where()).toBe('running absent')
    const read = await plan(at(MINUTE_MS), ids)
    await pair.clock.advance(5 * MINUTE_MS)
    expect([shown(read).state, pair.where()]).toEqual(['started', 'absent running'])
  })

  test('of several the one that cannot is named, and the others go', async () => {
    pair.put('a', 'running', 'db')
    pair.hosts.a.addVolume('default/db.qcow2')
    const id = await plan(at(MINUTE_MS), [], ['web', 'db'])
    pair.put('a', 'absent', 'db')
    await pair.clock.advance(2 * MINUTE_MS)
    expect(shown(id)).toMatchObject({ state: 'started', stayed: [{ machineId: 'c1.m.db', name: 'db' }] })
    expect([pair.where(), told()]).toEqual(['absent running', ['migration.plan-started-partly']])
  })
})

describe('in its window', () => {
  test('a host that is away is waited for, told once, and never after the end', async () => {
    const id = await plan(within(HOUR_MS, 2 * HOUR_MS))
    pair.hosts.b.cut()
    await pair.clock.advance(HOUR_MS + 5 * MINUTE_MS)
    expect(shown(id)).toMatchObject({ state: 'planned', tried: { reason: { code: 'link.not-live' } } })
    expect(told()).toEqual(['migration.plan-waits'])
    pair.hosts.b.mend()
    await pair.clock.advance(MINUTE_MS)
    expect([shown(id).state, pair.where()]).toEqual(['started', 'absent running'])
  })

  test('one that could not in all of it is missed with its reason, and stays so when the host is back', async () => {
    const id = await plan(within(HOUR_MS, 2 * HOUR_MS))
    pair.hosts.b.cut()
    await pair.clock.advance(2 * HOUR_MS + MINUTE_MS)
    pair.hosts.b.mend()
    await pair.clock.advance(HOUR_MS)
    expect(shown(id)).toMatchObject({ state: 'missed', why: { code: 'link.not-live' } })
    expect([pair.where(), told()]).toEqual(['running absent', ['migration.plan-waits', 'migration.plan-missed']])
  })

  test('of several those whose turn comes too late stay', async () => {
    pair.put('a', 'running', 'db')
    pair.hosts.a.addVolume('default/db.qcow2')
    let arrive = () => {}
    pair.script = (ref, _from, _options, go) =>
      new Promise((resolve) => {
        arrive = () => {
          go()
          resolve()
        }
        if (ref === 'db') arrive()
      })
    const id = await plan(within(MINUTE_MS, 10 * MINUTE_MS), [], ['web', 'db'])
    await pair.clock.advance(20 * MINUTE_MS)
    arrive()
    await pair.clock.advance(MINUTE_MS)
    expect([pair.where('web'), pair.where('db')]).toEqual(['absent running', 'running absent'])
    const children = await pair.store.list({ parentId: shown(id).taskId as string }, { limit: 5 })
    expect(children.find(({ target }) => target?.name === 'db')).toMatchObject({
      state: 'failed',
      error: { code: 'migration.window-over' },
    })
  })

  test('one that is open already begins at once', async () => {
    const id = await plan(within(-HOUR_MS, HOUR_MS))
    await pair.clock.advance(20_000)
    expect(shown(id).state).toBe('started')
  })
})

describe('the console was off', () => {
  test('within its window: it runs at the next start', async () => {
    const id = await plan(within(HOUR_MS, 3 * HOUR_MS))
    await plans.stop()
    await pair.clock.advance(2 * HOUR_MS)
    await restart()
    await pair.clock.advance(20_000)
    expect([shown(id).state, pair.where()]).toEqual(['started', 'absent running'])
  })

  test('longer: it is missed, told, and never run', async () => {
    const id = await plan(at(HOUR_MS))
    await plans.stop()
    await pair.clock.advance(HOUR_MS + 11 * MINUTE_MS)
    await restart()
    await pair.clock.advance(24 * HOUR_MS)
    expect(shown(id)).toMatchObject({ state: 'missed', why: { code: 'migration.console-was-off' } })
    expect([pair.where(), told()]).toEqual(['running absent', ['migration.plan-missed']])
  })

  test('ended between the order and its note: the task that there is counts, and there is no second', async () => {
    pair.script = () => new Promise(() => {})
    const id = await plan(within(MINUTE_MS, 3 * HOUR_MS))
    const set = kept.set
    kept.set = async (key, value) => {
      if (JSON.stringify(value).includes('"started"')) await new Promise(() => {})
      await set(key, value)
    }
    await pair.clock.advance(2 * MINUTE_MS)
    expect((await kept.get(`migration.plan.${id}`)) as object).toMatchObject({ state: 'starting' })
    kept.set = set
    pair.script = null
    await restart()
    await pair.clock.advance(HOUR_MS)
    expect(shown(id)).toMatchObject({ state: 'started' })
    expect(await pair.store.list({ rootsOnly: true }, { limit: 5 })).toHaveLength(1)
  })

  test('it has begun and that cannot be noted: nothing begins again, and the next console finds its task', async () => {
    const id = await plan(within(MINUTE_MS, 3 * HOUR_MS))
    const set = kept.set
    kept.set = async (key, value) => {
      if (JSON.stringify(value).includes('"started"'))
        throw new AppError({ kind: 'timeout', code: 'store.failed', message: 'The disk is gone.' })
      await set(key, value)
    }
    await pair.clock.advance(HOUR_MS)
    expect([shown(id).state, pair.where()]).toEqual(['starting', 'absent running'])
    kept.set = set
    await plans.stop()
    await restart()
    await pair.clock.advance(HOUR_MS)
    expect(shown(id)).toMatchObject({ state: 'started' })
    expect(await pair.store.list({ rootsOnly: true }, { limit: 5 })).toHaveLength(1)
  })

  test('ended when its task was written and nothing had begun, and off for long: within its window it begins anew', async () => {
    const id = await plan(within(MINUTE_MS, 3 * HOUR_MS))
    const commit = pair.store.commit.bind(pair.store)
    pair.store.commit = (change) => (pair.store.commits < 1 ? commit(change) : new Promise(() => {}))
    const { set } = kept
    kept.set = (key, value) => (JSON.stringify(value).includes('"started"') ? new Promise(() => {}) : set(key, value))
    await pair.clock.advance(2 * MINUTE_MS)
    void pair.engine.stop()
    await pair.clock.advance(30 * MINUTE_MS)
    pair.store.commit = commit
    kept.set = set
    await restart()
    await pair.clock.advance(2 * MINUTE_MS)
    expect([shown(id).state, pair.where()]).toEqual(['started', 'absent running'])
    const tasks = await pair.store.list({ rootsOnly: true }, { limit: 5 })
    expect(tasks.map(({ state, error }) => [state, error?.code ?? null])).toEqual([
      ['succeeded', null],
      ['cancelled', 'task.interrupted-long-ago'],
    ])
  })

  test('ended before there was a task: it begins anew', async () => {
    const id = await plan(within(MINUTE_MS, 3 * HOUR_MS))
    await kept.set(`migration.plan.${id}`, JSON.parse(JSON.stringify({ ...shown(id), state: 'starting' })))
    await pair.clock.advance(30_000)
    await plans.stop()
    await restart()
    await pair.clock.advance(2 * MINUTE_MS)
    expect([shown(id).state, pair.where()]).toEqual(['started', 'absent running'])
  })
})

describe('the time of day is set', () => {
  test('back over its time after it had begun: it does not begin again', async () => {
    const id = await plan(at(MINUTE_MS))
    await pair.clock.advance(2 * MINUTE_MS)
    pair.clock.setBack(HOUR_MS)
    await pair.clock.advance(2 * HOUR_MS)
    expect(shown(id).state).toBe('started')
    expect(await pair.store.list({ rootsOnly: true }, { limit: 5 })).toHaveLength(1)
  })

  test('the computer slept over it: it is missed', async () => {
    const id = await plan(at(HOUR_MS))
    pair.clock.sleep(2 * HOUR_MS)
    await pair.clock.advance(2 * MINUTE_MS)
    expect([shown(id).state, pair.where()]).toEqual(['missed', 'running absent'])
  })

  test('back while it is tried: it waits for its time again', async () => {
    const id = await plan(within(MINUTE_MS, HOUR_MS))
    pair.hosts.b.cut()
    await pair.clock.advance(2 * MINUTE_MS)
    pair.clock.setBack(10 * MINUTE_MS)
    pair.hosts.b.mend()
    await pair.clock.advance(5 * MINUTE_MS)
    expect(shown(id).state).toBe('planned')
    await pair.clock.advance(5 * MINUTE_MS)
    expect(shown(id).state).toBe('started')
  })
})

describe('changed and cancelled', () => {
  test('another time counts, and is kept', async () => {
    const id = await plan(at(MINUTE_MS))
    await plans.change(id, { when: at(2 * HOUR_MS) }, AUTHOR)
    await plans.stop()
    await restart()
    await pair.clock.advance(HOUR_MS)
    expect(shown(id).state).toBe('planned')
    await pair.clock.advance(HOUR_MS + MINUTE_MS)
    expect(shown(id).state).toBe('started')
  })

  test('one that is cancelled never runs; cancelled twice is cancelled once', async () => {
    const id = await plan(at(MINUTE_MS))
    await Promise.all([plans.cancel(id), plans.cancel(id)])
    await pair.clock.advance(HOUR_MS)
    expect([shown(id).state, pair.where()]).toEqual(['cancelled', 'running absent'])
    await expect(plans.change(id, { when: at(HOUR_MS) }, AUTHOR)).rejects.toMatchObject({ code: 'migration.plan-over' })
    await expect(plans.cancel('plan-none')).rejects.toMatchObject({ kind: 'not-found', code: 'migration.plan-unknown' })
  })

  test('one that has begun is no plan any more', async () => {
    const id = await plan(at(MINUTE_MS))
    await pair.clock.advance(2 * MINUTE_MS)
    await expect(plans.cancel(id)).rejects.toMatchObject({ kind: 'precondition', code: 'migration.plan-over' })
  })
})

describe('refused at once', () => {
  test('a time that has gone by, and a window that ends before it begins', async () => {
    await expect(plan(at(-1))).rejects.toMatchObject({ kind: 'invalid-input', code: 'migration.plan-past' })
    await expect(plan(within(-2 * HOUR_MS, -HOUR_MS))).rejects.toMatchObject({ code: 'migration.plan-past' })
    await expect(plan(within(2 * HOUR_MS, HOUR_MS))).rejects.toMatchObject({ code: 'migration.plan-upside-down' })
  })

  test('a second plan of a machine, one twice in one, and one that nobody knows', async () => {
    const id = await plan(at(HOUR_MS))
    await expect(plan(at(2 * HOUR_MS))).rejects.toMatchObject({
      kind: 'conflict',
      code: 'migration.already-planned',
      details: { planId: id },
    })
    await plans.cancel(id)
    await expect(plan(at(HOUR_MS), [], ['web', 'web'])).rejects.toMatchObject({ code: 'migration.twice' })
    await expect(plan(at(HOUR_MS), [], ['gone'])).rejects.toMatchObject({ kind: 'not-found' })
    expect(plans.list()).toHaveLength(1)
  })

  test('a double click is one plan', async () => {
    const click = () => plans.plan({ moves: [{ spec: pair.spec(), accepted: [] }], when: at(HOUR_MS), atOnce: 1, token: 'x' }, AUTHOR)
    const [first, second] = await Promise.all([click(), click()])
    expect(first).toEqual(second)
    expect(plans.list()).toHaveLength(1)
  })
})

test.each(['Nowhere/Land', ''])('a zone that nobody knows (%s) is none', (zone) => {
  expect(planWhenSchema.safeParse({ kind: 'at', atMs: 1, zone }).success).toBe(false)
  expect(planWhenSchema.safeParse({ kind: 'at', atMs: 1, zone: 'Europe/Warsaw' }).success).toBe(true)
})
