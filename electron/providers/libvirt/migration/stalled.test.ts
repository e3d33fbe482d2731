import { expect, test } from 'vitest'
import type { MoveProgress } from '../../provider.ts'
import { stallWatch } from './stalled.ts'

/** Looks half a second apart: after how many of them it is told, for what each shows. */
function toldAt(looks: number, show: (look: number) => Pick<MoveProgress, 'phase'> & { readonly remaining: number | null }): number[] {
  let nowMs = 1_000_000
  const isStalled = stallWatch({ nowMs: () => nowMs })
  const none = { disk: null, iteration: null, dirtyBytesPerS: null, bandwidthBytesPerS: null, throttlePercent: null }
  return Array.from({ length: looks }, (_, look) => {
    const { phase, remaining } = show(look)
    nowMs += 500
    return isStalled({ ...none, phase, memory: remaining === null ? null : { total: 100, done: 100 - remaining, remaining } })
  }).flatMap((stalled, look) => (stalled ? [look] : []))
}

test('a rest that stands still for half a minute in post-copy is told, and again after another', () => {
  expect(toldAt(130, () => ({ phase: 'post-copy', remaining: 80 }))).toEqual([60, 120])
})

test('one that grows less, however slowly, is not; nor is any other phase', () => {
  expect(toldAt(400, (look) => ({ phase: 'post-copy', remaining: 90 - Math.floor(look / 50) }))).toEqual([])
  expect(toldAt(400, () => ({ phase: 'copying-memory', remaining: 80 }))).toEqual([])
  expect(toldAt(400, (look) => ({ phase: look % 50 === 0 ? 'copying-memory' : 'post-copy', remaining: 80 }))).toEqual([])
})

test('nor one that has come across, or of which nothing is known', () => {
  expect(toldAt(400, () => ({ phase: 'post-copy', remaining: 0 }))).toEqual([])
  expect(toldAt(400, () => ({ phase: 'post-copy', remaining: null }))).toEqual([])
})
