import { expect, test } from 'vitest'
import { howManyFit } from './use-overflow.ts'

const WIDTHS = new Map([
  ['a', 100],
  ['b', 100],
  ['c', 100],
])
const KEYS = [...WIDTHS.keys()]

test.each([
  [1_000, 3],
  [310, 3],
  [309, 2],
  [275, 2],
  [274, 1],
  [170, 1],
  [169, 0],
  [10, 0],
])('of three of 100 px and a button of 65 px: in %i px stand %i', (room, count) => {
  expect(howManyFit(KEYS, WIDTHS, room, 65)).toBe(count)
})

test('what has not been measured is shown to be measured, and nothing is hidden where nothing is laid out', () => {
  expect(howManyFit([...KEYS, 'new'], WIDTHS, 100, 65)).toBe(4)
  expect(howManyFit(KEYS, WIDTHS, 0, 65)).toBe(3)
})
