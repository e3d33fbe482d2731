import { expect, test } from 'vitest'
import { FakeClock } from '../testing/fake-clock.ts'
import { Keepalive } from './keepalive.ts'

function setUp(count = 3) {
  const clock = new FakeClock()
  const seen = { pings: 0, dead: 0 }
  const keepalive = new Keepalive(
    clock,
    { intervalMs: 1_000, count },
    () => seen.pings++,
    () => seen.dead++,
  )
  keepalive.start()
  return { clock, seen, keepalive }
}

test('an idle peer that answers lives on', () => {
  const { clock, seen, keepalive } = setUp()
  for (let second = 0; second < 20; second++) {
    clock.advance(1_000)
    keepalive.received()
  }
  expect(seen.dead).toBe(0)
  expect(seen.pings).toBeGreaterThan(5)
})

test('a busy peer is not probed', () => {
  const { clock, seen, keepalive } = setUp()
  for (let tick = 0; tick < 50; tick++) {
    clock.advance(400)
    keepalive.received()
  }
  expect(seen).toEqual({ pings: 0, dead: 0 })
})

test('a silent peer is given up after the last probe went unanswered for an interval', () => {
  const { clock, seen } = setUp(3)
  clock.advance(3_999)
  expect(seen).toEqual({ pings: 3, dead: 0 })
  clock.advance(1)
  expect(seen).toEqual({ pings: 3, dead: 1 })
  clock.advance(60_000)
  expect(seen).toEqual({ pings: 3, dead: 1 })
})

test('while reading is paused probes go out and are not missed', () => {
  const { clock, seen, keepalive } = setUp(3)
  keepalive.setPaused(true)
  clock.advance(60_000)
  expect(seen.dead).toBe(0)
  expect(seen.pings).toBe(60)
  keepalive.setPaused(false)
  clock.advance(4_000)
  expect(seen.dead).toBe(1)
})

test('stopped, it leaves no timer behind', () => {
  const { clock, keepalive } = setUp()
  keepalive.stop()
  expect(clock.pending).toBe(0)
})

test('an interval of 0 means none', () => {
  const clock = new FakeClock()
  const nothing = () => {}
  new Keepalive(clock, { intervalMs: 0, count: 5 }, nothing, nothing).start()
  expect(clock.pending).toBe(0)
})
