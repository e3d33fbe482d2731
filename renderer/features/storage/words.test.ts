import { expect, test } from 'vitest'
import { pool } from './testing/storage-fixture.ts'
import { formatsIn, fullness, isNearlyFull, placeOf } from './words.ts'

test('a path is in the pool with the longest folder above it, and one of Ceph goes by its name', () => {
  const pools = [
    pool(1, { name: 'all', target: '/srv' }),
    pool(2, { name: 'images', target: '/srv/images' }),
    pool(3, { name: 'ceph', type: 'rbd', target: null }),
  ]
  expect(placeOf('/srv/images/a.qcow2', pools)).toMatchObject({ pool: { name: 'images' }, name: 'a.qcow2' })
  expect(placeOf('/srv/b', pools)).toMatchObject({ pool: { name: 'all' }, name: 'b' })
  expect(placeOf('ceph/vm-1', pools)).toMatchObject({ pool: { name: 'ceph' }, name: 'vm-1' })
  expect(placeOf('/srvX/b', pools)).toBeNull()
})

test('a pool of devices takes raw volumes only, and a pool that is off has no fullness', () => {
  expect(formatsIn({ type: 'logical' })).toEqual(['raw'])
  expect(formatsIn({ type: 'netfs' })).toEqual(['qcow2', 'raw'])
  expect(fullness(pool(1, { capacityBytes: 200, allocationBytes: 50 }))).toBe(25)
  expect(fullness(pool(1, { capacityBytes: null, allocationBytes: null }))).toBeNull()
  expect(isNearlyFull(pool(1, { capacityBytes: 100, allocationBytes: 95 }))).toBe(true)
  // its LUNs are all there is, and always
  expect(isNearlyFull(pool(1, { type: 'iscsi', capacityBytes: 100, allocationBytes: 100 }))).toBe(false)
})
