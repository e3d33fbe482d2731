import { expect, test } from 'vitest'
import type { CloudResource } from '../../../shared/model/index.ts'
import { isUnused, matching, ordered } from './resources.ts'

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

test('a search looks into names, tags and native properties', () => {
  const all = [
    disk({ id: '1', name: 'web' }),
    disk({ id: '2', tags: ['env=Prod'] }),
    disk({ id: '3', properties: [{ key: 'cidr', value: '10.0.0.0/8' }] }),
  ]
  const ids = (search: string) => matching(all, search).map(({ id }) => id)
  expect(ids('')).toEqual(['1', '2', '3'])
  expect(ids('env=prod')).toEqual(['2'])
  expect(ids('10.0 data')).toEqual(['3'])
  expect(ids('nothing')).toEqual([])
})

test('names as people order them, images by their age', () => {
  expect(ordered([disk({ name: 'd-10' }), disk({ name: 'd-2' })]).map(({ name }) => name)).toEqual(['d-2', 'd-10'])
  const image = (name: string, createdAtMs: number) => disk({ kind: 'image', name, createdAtMs })
  expect(ordered([image('a', 1), image('b', 2)]).map(({ name }) => name)).toEqual(['b', 'a'])
})
