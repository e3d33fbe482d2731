import { expect, test } from 'vitest'
import { nextPartition } from './partition.ts'

test('a new partition has the lowest free number, behind a p where the device’s name ends with a digit', () => {
  expect(nextPartition('sdb', new Set())).toBe('sdb1')
  expect(nextPartition('sdb', new Set(['sdb1', 'sdb3']))).toBe('sdb2')
  expect(nextPartition('nvme0n1', new Set(['nvme0n1p1']))).toBe('nvme0n1p2')
})
