import { expect, test } from 'vitest'
import { freshFor } from './volume-context.ts'

test.each([
  ['nobody has looked yet', 30_000, undefined, 30_000],
  ['a quick pool', 30_000, { atMs: 0, tookMs: 20 }, 30_000],
  ['10,000 files', 30_000, { atMs: 0, tookMs: 800 }, 40_000],
  ['a slow server', 30_000, { atMs: 0, tookMs: 60_000 }, 300_000],
  ['something is about to be done by it', 0, { atMs: 0, tookMs: 60_000 }, 0],
])('how long a look at a pool lasts for an open page: %s', (_what, freshMs, last, expected) => {
  expect(freshFor(freshMs, last)).toBe(expected)
})
