import { expect, test } from 'vitest'
import type { Clock } from '../provider.ts'
import { RHYTHM } from './api.ts'
import * as problems from './problems.ts'
import { pauseOf, type Watched, WHOLE_MS, watchedOf } from './watched.ts'

const PLACE = {
  ref: 'north',
  facts: {} as Watched['place']['facts'],
}
const at = (nowMs: number): Clock => ({ nowMs: () => nowMs, after: () => () => undefined, random: () => 0.5 })

test('a quiet place is looked at as often as the rhythm says, one that is told of less often', () => {
  const watched = watchedOf(PLACE, 0)
  expect(pauseOf(watched, RHYTHM, at(0))).toBe(30_000)
  watched.toldBy = 'queue'
  expect(pauseOf(watched, RHYTHM, at(0))).toBe(120_000)
  const { toldMs: _, ...plain } = RHYTHM
  expect(pauseOf(watched, plain, at(0))).toBe(30_000)
})

test('being told of puts off no whole list', () => {
  const watched = { ...watchedOf(PLACE, 0), toldBy: 'queue' }
  expect(pauseOf(watched, RHYTHM, at(240_000))).toBe(WHOLE_MS - 240_000)
  expect(pauseOf(watched, RHYTHM, at(299_000))).toBe(30_000)
})

test('a place that fails is tried again soon, told of or not, unless the cloud names a time', () => {
  const watched = { ...watchedOf(PLACE, 0), toldBy: 'queue', failures: 1 }
  expect(pauseOf(watched, RHYTHM, at(0))).toBe(1_000)
  const lastError = problems.throttled('Fake', { retryAfterMs: 50_000 })
  expect(pauseOf({ ...watched, lastError }, RHYTHM, at(0))).toBe(50_000)
})
