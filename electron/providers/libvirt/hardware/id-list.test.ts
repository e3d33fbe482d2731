import { expect, test } from 'vitest'
import { cpuMap } from './id-list.ts'

test('a map has a bit for each processor, the lowest first', () => {
  expect([...cpuMap('0,9', 12)]).toEqual([0b0000_0001, 0b0000_0010])
  expect([...cpuMap(null, 10)]).toEqual([0b1111_1111, 0b0000_0011])
  expect([...cpuMap('100', 4)]).toEqual([0])
})
