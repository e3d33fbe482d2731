import { expect, test } from 'vitest'
import { idsOf } from './id-list.ts'

test.each([
  ['0', [0]],
  ['0-3,8', [0, 1, 2, 3, 8]],
  ['0-3,^2', [0, 1, 3]],
  ['5,1', [1, 5]],
])('%s', (list, ids) => {
  expect(idsOf(list)).toEqual(ids)
})
