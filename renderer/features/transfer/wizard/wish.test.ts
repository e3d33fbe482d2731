import { expect, test } from 'vitest'
import type { MachineId } from '../../../../shared/model/index.ts'
import { NO_CLOUD_WISH, readWish, specOf, type Wish, withDisk, withSet, withTarget, writeWish } from './wish.ts'

const ID = 'c1.m.1' as MachineId
const FULL: Wish = {
  to: 'c2.h.1',
  step: 'places',
  way: 'console',
  source: 'delete',
  disks: [{ target: 'vda', how: 'copy', pool: 'fast', volume: 'x.qcow2' }],
  nics: [{ mac: '52:54:00:00:00:01', on: { kind: 'network', name: 'prod' } }],
  rename: 'web-over-there',
  cloud: { zone: 'eu-central-1a', type: 't3.small', subnetId: 'subnet-1', publicAddress: true },
  region: 'eu-central-1',
}
const read = (text: string) => readWish(new URLSearchParams(text))

test('what was chosen comes back from the address as it went in; what was not chosen is not in it', () => {
  expect(readWish(writeWish(FULL))).toEqual(FULL)
  expect(writeWish(read('')).toString()).toBe('')
  expect(writeWish({ ...read(''), cloud: { ...NO_CLOUD_WISH, type: 't3.small' } }).get('cloud')).toBe('{"type":"t3.small"}')
})

test.each([
  'step=nowhere',
  'way=teleport',
  'source=burn',
  'own={',
  'own={"disks":[{"target":7}]}',
  'own={"rename":""}',
  'cloud=[]',
  'region=',
])('an address with %s is one without it', (text) => {
  expect(read(text)).toEqual(read(''))
})

test('a host is not asked about zones and types, and a cloud is asked only about what was chosen', () => {
  expect(specOf(FULL, ID, 'c2.h.1', false)).toMatchObject({ cloud: null, region: null, rename: 'web-over-there', source: 'delete' })
  expect(specOf(FULL, ID, 'c3.h.eu', true)).toMatchObject({ cloud: FULL.cloud, region: 'eu-central-1' })
  expect(specOf({ ...FULL, cloud: NO_CLOUD_WISH }, ID, 'c3.h.eu', true).cloud).toBeNull()
})

test('another target forgets the places of the one before; a mend and a choice change what they name alone', () => {
  const moved = withTarget(FULL, 'c3.h.1')
  expect(moved).toMatchObject({ to: 'c3.h.1', way: null, disks: [], nics: [], cloud: NO_CLOUD_WISH, rename: 'web-over-there' })
  expect(withTarget(FULL, 'c2.h.1')).toBe(FULL)
  expect(withSet(FULL, { rename: 'web-2' })).toEqual({ ...FULL, rename: 'web-2' })
  expect(withSet(FULL, { rename: 7 })).toEqual(FULL)
  expect(withSet(FULL, { targetHostId: 'c3.h.1' })).toEqual(moved)
  const disk = { target: 'vdb', how: 'copy', pool: null, volume: null } as const
  expect(withDisk(withDisk(FULL, disk), { ...disk, pool: 'slow' }).disks).toEqual([...FULL.disks, { ...disk, pool: 'slow' }])
})
