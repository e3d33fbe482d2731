import { expect, test } from 'vitest'
import type { Client } from '../../api/client.ts'
import { volumeTable } from './volume.ts'
import { partsOf, poolPlace, volumePlace } from './volume-place.ts'

const client = {
  inventory: { hosts: async () => ['kvm-01', 'twin', 'twin'].map((name, at) => ({ host: { id: `c.h.${at}`, name } })) },
  volumes: { pools: async () => [{ id: 'c.p.d', name: 'default' }] },
} as unknown as Client

test('a place is a host, a pool and perhaps a volume', () => {
  expect(partsOf('kvm-01/default')).toEqual({ host: 'kvm-01', pool: 'default', volume: null })
  expect(partsOf('kvm-01/default/')).toEqual({ host: 'kvm-01', pool: 'default', volume: null })
  expect(partsOf('kvm-01/default/a b.iso')).toEqual({ host: 'kvm-01', pool: 'default', volume: 'a b.iso' })
  for (const text of ['', 'kvm-01', '/default', 'a/b/c/d'])
    expect(() => partsOf(text)).toThrow(expect.objectContaining({ code: 'cli.bad-place' }) as Error)
})

test('it is looked up, and what is not there or not clear is named', async () => {
  const found = { hostId: 'c.h.0', poolId: 'c.p.d', pool: 'default' }
  expect(await poolPlace(client, 'kvm-01/default')).toEqual({ ...found, volume: null })
  expect(await volumePlace(client, 'kvm-01/default/a.iso')).toEqual({ ...found, volume: 'a.iso' })
  await expect(volumePlace(client, 'kvm-01/default')).rejects.toMatchObject({ code: 'cli.bad-place' })
  await expect(poolPlace(client, 'kvm-02/default')).rejects.toMatchObject({ code: 'cli.no-such-host' })
  await expect(poolPlace(client, 'twin/default')).rejects.toMatchObject({ code: 'cli.ambiguous-name' })
  await expect(poolPlace(client, 'kvm-01/fast')).rejects.toMatchObject({ code: 'cli.no-such-pool' })
})

test('a table shows sizes, the base and the users, and no control characters of a foreign name', () => {
  const sizes = { capacityBytes: 10 * 2 ** 30, allocationBytes: 1.5 * 2 ** 30, path: '/a' }
  const shown = volumeTable([
    { ...sizes, name: 'a\u001b[2J', format: 'qcow2', backingPath: '/images/base.qcow2', usedBy: ['web', 'db'] },
    { ...sizes, name: 'b', format: null, backingPath: null, usedBy: [] },
  ])
  expect(shown).not.toContain('\u001b')
  expect(shown.split('\n').map((line) => line.split(/ {2,}/))).toMatchObject([
    ['NAME', 'FORMAT', 'SIZE GIB', 'ON DISK', 'USED BY', 'BUILT ON'],
    [expect.anything(), 'qcow2', '10.0', '1.5', 'web, db', '/images/base.qcow2'],
    ['b', '–', '10.0', '1.5'],
  ])
})
