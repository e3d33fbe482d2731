import { expect, test } from 'vitest'
import type { VolumeRow } from '../../../../shared/model/index.ts'
import { basesOf, NO_FILTER, needsFacts, orderVolumes, sizeOf } from './volume-order.ts'

function row(name: string, facts: Partial<NonNullable<VolumeRow['facts']>> | null = null, owner?: string): VolumeRow {
  return {
    name,
    path: `/srv/${name}`,
    owners: owner === undefined ? [] : [{ machineId: null, name: owner }],
    facts: facts && { format: 'qcow2', capacityBytes: 10, allocationBytes: 5, backingPath: null, ...facts },
  }
}

const ROWS = [
  row('a', { allocationBytes: 3 }, 'web-1'),
  row('b', { allocationBytes: 9, format: 'raw', backingPath: '/srv/a' }),
  row('c'),
  row('d', { allocationBytes: 1 }),
]
const BY_NAME = { column: 'name', descending: false }

test('names keep the order of the host; figures begin with the largest, and what was not read stands last both ways', () => {
  expect(orderVolumes(ROWS, NO_FILTER, BY_NAME)).toEqual(['a', 'b', 'c', 'd'])
  expect(orderVolumes(ROWS, NO_FILTER, { column: 'name', descending: true })).toEqual(['d', 'c', 'b', 'a'])
  expect(orderVolumes(ROWS, NO_FILTER, { column: 'allocation', descending: true })).toEqual(['b', 'a', 'd', 'c'])
  expect(orderVolumes(ROWS, NO_FILTER, { column: 'allocation', descending: false })).toEqual(['d', 'a', 'b', 'c'])
})

test('filters by name, by the machine, by format and by use', () => {
  expect(orderVolumes(ROWS, { ...NO_FILTER, text: ' WEB' }, BY_NAME)).toEqual(['a'])
  expect(orderVolumes(ROWS, { ...NO_FILTER, text: 'srv/d' }, BY_NAME)).toEqual(['d'])
  expect(orderVolumes(ROWS, { ...NO_FILTER, format: 'raw' }, BY_NAME)).toEqual(['b'])
  expect(orderVolumes(ROWS, { ...NO_FILTER, unusedOnly: true }, BY_NAME)).toEqual(['b', 'c', 'd'])
})

test('knows which orders wait for what is read later', () => {
  expect(needsFacts(NO_FILTER, BY_NAME)).toBe(false)
  expect(needsFacts(NO_FILTER, { column: 'owner', descending: false })).toBe(false)
  expect(needsFacts(NO_FILTER, { column: 'allocation', descending: true })).toBe(true)
  expect(needsFacts({ ...NO_FILTER, format: 'raw' }, BY_NAME)).toBe(true)
})

test('sums what was read, and knows what others are built on', () => {
  expect(sizeOf(ROWS)).toEqual({ bytes: 13, unread: 1 })
  expect(basesOf(ROWS)).toEqual(new Map([['/srv/a', 'b']]))
})
