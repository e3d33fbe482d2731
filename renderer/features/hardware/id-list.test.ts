import { expect, test } from 'vitest'
import { idsOf, isIdList, listOf } from './id-list.ts'

test('lists as the kernel writes them', () => {
  expect([...idsOf('0-3,8,^2')]).toEqual([0, 1, 3, 8])
  expect(listOf([8, 3, 0, 1])).toBe('0-1,3,8')
  expect(listOf([])).toBe('')
  for (const text of ['0', '0-3', '0-3,8,^2', '^0-1,4']) expect(isIdList(text)).toBe(true)
  for (const text of ['', 'all', '0-', '1,,2', '-1']) expect(isIdList(text)).toBe(false)
})

test('what is written reads as it was', () => {
  for (const text of ['0', '0-63', '0-1,3,8-9']) expect(listOf(idsOf(text))).toBe(text)
})
