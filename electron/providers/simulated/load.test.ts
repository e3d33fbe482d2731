import { assert, constantFrom, integer, maxSafeNat, property } from 'fast-check'
import { expect, test } from 'vitest'
import { ROLES } from './data/roles.ts'
import { type LoadSubject, metricsAt } from './load.ts'
import { pick } from './random.ts'

const NOON_MS = Date.UTC(2026, 10, 23, 11)
const shapeOf = (name: string) =>
  pick(
    ROLES.filter((role) => role.name === name),
    0,
  ).load

function subject(patch: Partial<LoadSubject> = {}): LoadSubject {
  const base = {
    shape: shapeOf('portal-web'),
    salt: 7,
    memoryKiB: 8_388_608,
    paused: false,
    swapping: false,
    balloon: true,
    startedAtMs: null,
  }
  return { ...base, ...patch }
}

function meanCpu(name: string, aroundMs: number): number {
  let sum = 0
  for (let salt = 0; salt < 400; salt++) sum += metricsAt(subject({ shape: shapeOf(name), salt }), aroundMs + salt * 5_000).cpuPercent ?? 0
  return sum / 400
}

test('samples are within their bounds at any time', () => {
  assert(
    property(integer(), maxSafeNat(), constantFrom(...ROLES), (salt, atMs, role) => {
      const metrics = metricsAt(subject({ salt, shape: role.load }), atMs)
      expect(metrics.cpuPercent).toBeGreaterThanOrEqual(0)
      expect(metrics.cpuPercent).toBeLessThanOrEqual(100)
      expect(metrics.memoryUsedKiB).toBeGreaterThan(0)
      expect(metrics.memoryUsedKiB).toBeLessThanOrEqual(8_388_608)
      for (const rate of [metrics.diskReadBytesPerS, metrics.diskWriteBytesPerS, metrics.netRxBytesPerS, metrics.netTxBytesPerS]) {
        expect(rate).toBeGreaterThanOrEqual(0)
      }
    }),
  )
})

test('the same instant gives the same sample, and the next one is near', () => {
  const now = metricsAt(subject(), NOON_MS)
  expect(metricsAt(subject(), NOON_MS)).toEqual(now)
  const soon = metricsAt(subject(), NOON_MS + 500)
  expect(Math.abs((soon.cpuPercent ?? 0) - (now.cpuPercent ?? 0))).toBeLessThan(10)
})

test('portals are busy by day, batches by night', () => {
  const nightMs = Date.UTC(2026, 10, 24, 1)
  expect(meanCpu('portal-web', NOON_MS)).toBeGreaterThan(meanCpu('portal-web', nightMs) + 15)
  expect(meanCpu('billing-batch', nightMs)).toBeGreaterThan(meanCpu('billing-batch', NOON_MS) + 30)
})

test('a paused machine does nothing but keeps its memory', () => {
  const metrics = metricsAt(subject({ paused: true }), NOON_MS)
  expect(metrics).toMatchObject({ cpuPercent: 0, netRxBytesPerS: 0, diskWriteBytesPerS: 0 })
  expect(metrics.memoryUsedKiB).toBeGreaterThan(0)
})

test('without a balloon memory is unknown, not nought', () => {
  expect(metricsAt(subject({ balloon: false }), NOON_MS).memoryUsedKiB).toBeNull()
})
