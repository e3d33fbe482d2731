import { expect, test } from 'vitest'
import { diskOf, type TransferFlags, wishOf } from './transfer.ts'

test.each([
  ['vda=vmstore', { target: 'vda', how: 'copy', pool: 'vmstore', volume: null }],
  ['sdb=vm store/web 2.qcow2', { target: 'sdb', how: 'copy', pool: 'vm store', volume: 'web 2.qcow2' }],
  ['vdb=-', { target: 'vdb', how: 'leave', pool: null, volume: null }],
])('%s', (text, disk) => expect(diskOf(text)).toEqual(disk))

test.each(['vda', '=pool', 'vda=', 'pool/volume'])('“%s” is no disk and pool', (text) => {
  expect(() => diskOf(text)).toThrow(expect.objectContaining({ kind: 'invalid-input', code: 'cli.bad-disk' }))
})

const FLAGS: TransferFlags = { disk: [], source: 'keep', wait: true }

test('without flags all is left open', () => {
  expect(wishOf(FLAGS)).toEqual({ disks: [], source: 'keep', rename: null, region: null, pool: null, network: null, cloud: null })
})

test.each([
  [{ rename: 'web-2' }, { rename: 'web-2' }],
  [{ name: 'web-2' }, { rename: 'web-2' }],
  [{ pool: 'vmstore' }, { pool: 'vmstore' }],
  [{ network: 'lab net' }, { network: { kind: 'network', name: 'lab net' } }],
  [{ network: 'bridge:br0' }, { network: { kind: 'bridge', name: 'br0' } }],
  [{ type: 'm7i.large' }, { cloud: { type: 'm7i.large', zone: null, subnetId: null, publicAddress: false } }],
  [{ zone: 'a', subnet: 'subnet-1', publicAddress: true }, { cloud: { type: null, zone: 'a', subnetId: 'subnet-1', publicAddress: true } }],
])('%o', (flags, wish) => {
  expect(wishOf({ ...FLAGS, ...flags })).toMatchObject(wish)
})

test.each(['', 'bridge:'])('“%s” is no network', (network) => {
  expect(() => wishOf({ ...FLAGS, network })).toThrow(expect.objectContaining({ kind: 'invalid-input', code: 'cli.bad-network' }))
})
