import { beforeEach, describe, expect, test } from 'vitest'
import type { PlannedMove, PlanWhen } from '../../../shared/model/index.ts'
import { MemoryValues } from '../testing/memory-values.ts'
import type { PlannedMoves } from './planned-moves.ts'
import { AUTHOR, FakePair, machineId } from './testing/fake-pair.ts'
import { plansOf } from './testing/plans.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const BEA = { actor: 'bea', origin: 'page' }

let pair: FakePair
let plans: PlannedMoves
let kept: MemoryValues

beforeEach(async () => {
  pair = new FakePair()
  pair.agentThere = true
  kept = new MemoryValues()
  plans = plansOf(pair, kept)
  await pair.engine.start()
  await plans.start()
})

const at = (inMs: number): PlanWhen => ({ kind: 'at', atMs: pair.clock.nowMs() + inMs, zone: 'Europe/Warsaw' })
const moveOf = (ref = 'web', change: Parameters<FakePair['spec']>[0] = {}) => ({
  spec: pair.spec({ machineId: machineId('a', ref), ...change }),
  accepted: [],
})
const plan = async (when: PlanWhen) => (await plans.plan({ moves: [moveOf()], when, atOnce: 1 }, AUTHOR)).planId

function shown(id: string): PlannedMove {
  const found = plans.list().find((one) => one.id === id)
  if (!found) throw new Error('no such plan')
  return found
}

describe('saved over', () => {
  test('all of it is as it says now, in the name of whoever saved it, after a restart too', async () => {
    const id = await plan(at(HOUR_MS))
    const moves = [{ ...moveOf('web', { autoConverge: true }), accepted: ['agent-silent'] }]
    await plans.change(id, { when: at(2 * HOUR_MS), moves, atOnce: 3, revision: 0 }, BEA)
    await plans.stop()
    plans = plansOf(pair, kept)
    await plans.start()
    expect(shown(id)).toMatchObject({
      revision: 1,
      when: at(2 * HOUR_MS),
      atOnce: 3,
      actor: 'bea',
      moves: [{ name: 'web', spec: { autoConverge: true }, accepted: ['agent-silent'] }],
    })
    await pair.clock.advance(HOUR_MS + MINUTE_MS)
    expect(shown(id).state).toBe('planned')
    await pair.clock.advance(HOUR_MS)
    expect([shown(id).state, pair.where()]).toEqual(['started', 'absent running'])
    expect(await pair.engine.get(shown(id).taskId as never)).toMatchObject({ actor: 'bea', params: { planId: id } })
  })

  test('of one that somebody else has saved meanwhile nothing is lost', async () => {
    const id = await plan(at(HOUR_MS))
    await plans.change(id, { when: at(3 * HOUR_MS), revision: 0 }, BEA)
    const late = plans.change(id, { when: at(2 * HOUR_MS), moves: [moveOf()], revision: 0 }, AUTHOR)
    await expect(late).rejects.toMatchObject({ kind: 'conflict', code: 'migration.plan-changed' })
    expect(shown(id)).toMatchObject({ when: at(3 * HOUR_MS), revision: 1, actor: 'ada' })
  })

  test('two at the same moment: one of them', async () => {
    const id = await plan(at(HOUR_MS))
    const both = [2, 3].map((hours) => plans.change(id, { when: at(hours * HOUR_MS), revision: 0 }, BEA))
    expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    expect(shown(id).when).toEqual(at(2 * HOUR_MS))
  })

  test('that it was tried meanwhile is no change of what it says', async () => {
    const id = await plan(at(MINUTE_MS))
    pair.hosts.b.cut()
    await pair.clock.advance(2 * MINUTE_MS)
    expect(shown(id)).toMatchObject({ state: 'planned', revision: 0, tried: {} })
    await plans.change(id, { when: at(HOUR_MS), moves: [moveOf()], revision: 0 }, BEA)
    expect(shown(id)).toMatchObject({ tried: null, revision: 1 })
  })

  test.each<[string, (id: string) => Promise<void>, string]>([
    ['has begun', async () => pair.clock.advance(2 * HOUR_MS), 'migration.plan-over'],
    ['was cancelled', (id: string) => plans.cancel(id), 'migration.plan-over'],
  ])('one that %s is not', async (_, before, code) => {
    const id = await plan(at(HOUR_MS))
    await before(id)
    await expect(plans.change(id, { when: at(3 * HOUR_MS), moves: [moveOf()], revision: 0 }, BEA)).rejects.toMatchObject({ code })
  })

  test('nor with a machine twice, one of another plan, or a time gone by: it stays as it was', async () => {
    pair.put('a', 'running', 'db')
    const id = await plan(at(HOUR_MS))
    await plans.plan({ moves: [moveOf('db')], when: at(HOUR_MS), atOnce: 1 }, AUTHOR)
    const before = shown(id)
    for (const [code, change] of [
      ['migration.twice', { when: at(HOUR_MS), moves: [moveOf(), moveOf()] }],
      ['migration.already-planned', { when: at(HOUR_MS), moves: [moveOf(), moveOf('db')] }],
      ['migration.plan-past', { when: at(-HOUR_MS), moves: [moveOf()] }],
    ] as const)
      await expect(plans.change(id, change, BEA)).rejects.toMatchObject({ code })
    expect(shown(id)).toEqual(before)
  })
})

describe('a time at which it writes much', () => {
  /** It writes much in the hour that begins in half an hour, as on the ten days before. */
  async function withPeak(): Promise<void> {
    pair.writes.start()
    await pair.clock.advance(0)
    const now = pair.clock.nowMs()
    for (let ms = now - 10 * 24 * HOUR_MS; ms < now; ms += MINUTE_MS) {
      const sinceMs = (ms - now + 10 * 24 * HOUR_MS) % (24 * HOUR_MS)
      pair.writes.add(machineId('a', 'web'), ms, sinceMs >= HOUR_MS && sinceMs < 2 * HOUR_MS ? 90e6 : 1e6)
    }
  }
  const peaks = async (beginsAtMs?: number) => {
    const { findings } = await pair.service.preflight(pair.spec(), new AbortController().signal, beginsAtMs)
    return findings.flatMap(({ id, check }) => (check === 'write-peak' ? [id] : []))
  }

  test('is told when it is planned, of that time and not of now', async () => {
    expect(await peaks()).toEqual([])
    await withPeak()
    const now = pair.clock.nowMs()
    expect(await peaks()).toEqual(['writes-usual'])
    const [there] = await peaks(now + HOUR_MS + 40 * MINUTE_MS)
    expect(there).toBe('write-peak')
    expect(await peaks(now - HOUR_MS)).toEqual(['writes-usual'])
  })

  test('does not stop one whose time it is, and goes along with the machine', async () => {
    await withPeak()
    const id = await plan(at(HOUR_MS + 40 * MINUTE_MS))
    await pair.clock.advance(2 * HOUR_MS)
    expect([shown(id).state, pair.where()]).toEqual(['started', 'absent running'])
    expect(pair.writes.of(machineId('a', 'web'))).toBeUndefined()
    expect(pair.writes.of(machineId('b', 'web'))).toBeDefined()
  })
})
