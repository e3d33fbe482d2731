import { expect, test } from 'vitest'
import type { ConnectionId, MachineId } from '../../../shared/model/index.ts'
import { Inventory } from '../inventory/inventory.ts'
import { MetricsHistory } from '../metrics/metrics-history.ts'
import { metricsAt, putHost, putMachine } from '../testing/facts.ts'
import { FakeClock } from '../testing/fake-clock.ts'
import { LinkSink } from './link-sink.ts'

const MINUTE = 60_000
const NOW = 100 * MINUTE
const M = 'a.m.m' as MachineId

function setup() {
  const clock = new FakeClock(NOW)
  const inventory = new Inventory(clock)
  const metrics = new MetricsHistory()
  const sink = new LinkSink({ connectionId: 'a' as ConnectionId, inventory, metrics, events: { append: () => undefined }, clock })
  sink.changes([putHost('h'), putMachine('m', 'h')])
  const at = (minute: number, isPast = false) => ({
    ref: 'm',
    metrics: metricsAt(NOW + minute * MINUTE, 50 + minute),
    ...(isPast && { isPast }),
  })
  return {
    sink,
    at,
    revision: () => inventory.get('machine', M)?.revision ?? 0,
    now: () => inventory.get('machine', M)?.metrics?.atMs,
    history: () => metrics.recent(M, NOW).map(({ atMs, cpuPercent }) => [(atMs - NOW) / MINUTE, cpuPercent]),
  }
}

test('a history with the newest: all in the history, the newest alone on the machine, one revision', () => {
  const { sink, at, revision, now, history } = setup()
  const before = revision()
  sink.metrics([...Array.from({ length: 14 }, (_, index) => at(index - 14, true)), at(0)])
  expect(history()).toEqual(Array.from({ length: 15 }, (_, index) => [index - 14, index + 36]))
  expect(now()).toBe(NOW)
  expect(revision()).toBe(before + 1)
})

test('the past of what was there before: at its own times, and the machine stays as it is', () => {
  const { sink, at, revision, now, history } = setup()
  sink.metrics([at(-4)])
  sink.metrics([at(0)])
  const before = revision()
  sink.metrics([at(-9, true), at(-5, true), at(-1, true)])
  expect(history()).toEqual([-9, -5, -4, -1, 0].map((minute) => [minute, 50 + minute]))
  expect(now()).toBe(NOW)
  expect(revision()).toBe(before)
})

test('of machines that are not known nothing is kept', () => {
  const { sink, at, history } = setup()
  sink.metrics([{ ...at(-1, true), ref: 'other' }])
  expect(history()).toEqual([])
})
