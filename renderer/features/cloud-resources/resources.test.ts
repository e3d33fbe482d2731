import { expect, test } from 'vitest'
import type { CloudResource } from '../../../shared/model/index.ts'
import { detailOf, isUnused, matching, ordered } from './resources.ts'

function disk(change: Partial<CloudResource> = {}): CloudResource {
  const rest = { region: null, zone: null, state: null, sizeBytes: null, createdAtMs: null, usedBy: [], tags: [], properties: [] }
  return { kind: 'disk', id: 'vol-1', name: 'data', ...rest, ...change }
}

test('what costs without being used is told from what only looks so', () => {
  expect(isUnused(disk({ state: 'available' }))).toBe(true)
  expect(isUnused(disk({ state: 'Unattached' }))).toBe(true)
  expect(isUnused(disk({ state: 'READY', usedBy: ['p/z/vm/1'] }))).toBe(false)
  // an address of a gateway is used, and not by a machine
  expect(isUnused(disk({ kind: 'address', state: 'IN_USE' }))).toBe(false)
  expect(isUnused(disk({ kind: 'address', state: 'in-use' }))).toBe(false)
  expect(isUnused(disk({ kind: 'address', state: 'used' }))).toBe(false)
  expect(isUnused(disk({ kind: 'address', state: 'free' }))).toBe(true)
  expect(isUnused(disk({ kind: 'address', state: 'RESERVED' }))).toBe(true)
  expect(isUnused(disk({ kind: 'image' }))).toBe(false)
})

test('a search looks into names, tags, native properties and names of users', () => {
  const all = [
    disk({ id: '1', name: 'web' }),
    disk({ id: '2', tags: ['env=Prod'] }),
    disk({ id: '3', properties: [{ key: 'cidr', value: '10.0.0.0/8' }] }),
    disk({ id: '4', usedBy: ['us-east-1/i-7', 'us-east-1/i-gone'] }),
  ]
  const userName = (ref: string) => (ref === 'us-east-1/i-7' ? 'DB-prod-1' : undefined)
  const ids = (search: string) => matching(all, search, userName).map(({ id }) => id)
  expect(ids('')).toEqual(['1', '2', '3', '4'])
  expect(ids('env=prod')).toEqual(['2'])
  expect(ids('10.0 data')).toEqual(['3'])
  expect(ids('db-prod')).toEqual(['4'])
  expect(ids('nothing')).toEqual([])
})

test('names as people order them, images by their age', () => {
  expect(ordered([disk({ name: 'd-10' }), disk({ name: 'd-2' })]).map(({ name }) => name)).toEqual(['d-2', 'd-10'])
  const image = (name: string, createdAtMs: number) => disk({ kind: 'image', name, createdAtMs })
  expect(ordered([image('a', 1), image('b', 2)]).map(({ name }) => name)).toEqual(['b', 'a'])
})

test('what tells the most of a kind stands in its line', () => {
  const pairs = (...list: ReadonlyArray<readonly [string, string]>) => list.map(([key, value]) => ({ key, value }))
  expect(detailOf(disk({ properties: pairs(['iops', '3000'], ['type', 'gp3']) }))).toBe('gp3')
  expect(detailOf(disk({ kind: 'network', properties: pairs(['cidr', '10.0.0.0/16'], ['cidr', '10.1.0.0/16']) }))).toBe(
    '10.0.0.0/16, 10.1.0.0/16',
  )
  expect(detailOf(disk({ kind: 'snapshot', properties: pairs(['source', '/subscriptions/1/disks/data']) }))).toBe('data')
  expect(
    detailOf(disk({ kind: 'firewall', properties: pairs(['network', 'vpc-1'], ['in', 'tcp 22 0.0.0.0/0'], ['in', 'tcp 443 0.0.0.0/0']) })),
  ).toBe('in tcp 22 0.0.0.0/0; in tcp 443 0.0.0.0/0')
  expect(detailOf(disk({ kind: 'firewall', properties: pairs(['description', 'none']) }))).toBeNull()
})
