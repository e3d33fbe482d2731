import { expect, test } from 'vitest'
import { FakeClock, settle } from '../../engine/testing/fake-clock.ts'
import { CallBudget } from './budget.ts'

function letIn(budget: CallBudget, calls: number): { count: number } {
  const seen = { count: 0 }
  for (let index = 0; index < calls; index += 1) void budget.admit(undefined).then(() => (seen.count += 1))
  return seen
}

test('a burst goes at once, the rest as the bucket fills', async () => {
  const clock = new FakeClock()
  const budget = new CallBudget(clock, 60, 10)
  const seen = letIn(budget, 15)
  await settle(40)
  expect(seen.count).toBe(10)
  await clock.advance(3_000)
  await settle(40)
  expect(seen.count).toBe(13)
  expect(budget.view()).toEqual({ usedLastMinute: 13, perMinute: 60, throttledUntilMs: null })
})

test('throttled, nothing goes before the time the cloud named, then fewer, and after quiet minutes as many as before', async () => {
  const clock = new FakeClock()
  const budget = new CallBudget(clock, 60, 10)
  budget.throttled(5_000)
  const seen = letIn(budget, 1)
  await clock.advance(4_900)
  expect(seen.count).toBe(0)
  expect(budget.view()).toMatchObject({ perMinute: 30, throttledUntilMs: clock.nowMs() + 100 })
  await clock.advance(200)
  await settle(10)
  expect(seen.count).toBe(1)
  await clock.advance(120_000)
  letIn(budget, 1)
  await settle(10)
  expect(budget.view()).toMatchObject({ perMinute: 60, throttledUntilMs: null })
})

test('throttled again and again, a tenth is left', () => {
  const budget = new CallBudget(new FakeClock(), 600)
  for (let index = 0; index < 10; index += 1) budget.throttled()
  expect(budget.view().perMinute).toBe(60)
})

test('who gives up waiting holds up nobody', async () => {
  const clock = new FakeClock()
  const budget = new CallBudget(clock, 60, 1)
  await budget.admit(undefined)
  const abort = new AbortController()
  const given = budget.admit(abort.signal).catch((error: unknown) => error)
  const next = letIn(budget, 1)
  abort.abort()
  expect(await given).toMatchObject({ kind: 'cancelled' })
  await clock.advance(1_000)
  await settle(10)
  expect(next.count).toBe(1)
})
