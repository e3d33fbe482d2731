import { expect, test } from 'vitest'
import { type MigrationSpecInput, migrationSpecSchema } from '../../../shared/model/index.ts'
import { askedOf, filledWish } from './fill-wish.ts'
import { aDisk, incoming, MAC, outgoing } from './testing/a-case.ts'

const wish = (more: Partial<MigrationSpecInput> = {}) =>
  migrationSpecSchema.parse({ machineId: 'c1.m.5d3c', targetHostId: 'c2.h.1', mode: 'live', ...more })
const seen = (path: string, exists: boolean, isShared: boolean | null) => ({
  paths: new Map([[path, { exists, isShared, sizeBytes: null }]]),
})
const VDA = '/images/vda.qcow2'

test.each([
  ['not there', aDisk('vda'), seen(VDA, false, null), 'copy'],
  ['there, and known to be the same', aDisk('vda'), seen(VDA, true, true), 'shared'],
  ['a file of that name', aDisk('vda'), seen(VDA, true, false), 'copy'],
  ['a file that may be the same', aDisk('vda'), seen(VDA, true, null), 'copy'],
  ['a device that may be the same', aDisk('vda', { type: 'block' }), seen(VDA, true, null), 'copy'],
  ['nobody looked', aDisk('vda'), { paths: new Map() }, 'copy'],
  ['on the network', aDisk('vda', { type: 'network', path: 'ceph/web' }), {}, 'shared'],
  ['of several machines', aDisk('vda', { isShareable: true }), seen(VDA, false, null), 'shared'],
  ['an empty drive', aDisk('vda', { device: 'cdrom', path: null }), {}, 'leave'],
  ['a medium that is there', aDisk('vda', { device: 'cdrom' }), seen(VDA, true, false), 'shared'],
  ['a medium that is not', aDisk('vda', { device: 'cdrom' }), seen(VDA, false, null), 'leave'],
])('a disk that nobody chose a way for: %s', (_name, disk, into, how) => {
  const [move] = filledWish(wish(), outgoing({ disks: [disk] }), incoming(into)).disks
  const place = how === 'copy' ? { pool: 'images', volume: 'vda.qcow2' } : { pool: null, volume: null }
  expect(move).toEqual({ target: 'vda', how, ...place })
})

test('what was chosen stays', () => {
  const disks = [{ target: 'vda', how: 'shared', pool: null, volume: null } as const]
  const nics = [{ mac: MAC.toUpperCase(), on: { kind: 'bridge', name: 'br0' } } as const]
  expect(filledWish(wish({ disks, nics }), outgoing(), incoming())).toMatchObject({ disks, nics, mode: 'live' })
})

test('cards keep what they hang on; those without a network of the host are nothing to map', () => {
  const nics = [
    { mac: MAC, kind: 'network', network: 'prod', bridge: null, portGroup: null },
    { mac: '52:54:00:00:00:02', kind: 'bridge', network: null, bridge: 'br0', portGroup: null },
    { mac: '52:54:00:00:00:03', kind: 'user', network: null, bridge: null, portGroup: null },
  ]
  expect(filledWish(wish(), outgoing({ nics }), incoming()).nics).toEqual([
    { mac: MAC, on: { kind: 'network', name: 'prod' } },
    { mac: '52:54:00:00:00:02', on: { kind: 'bridge', name: 'br0' } },
  ])
})

test.each([
  ['left open', undefined, 'guests'],
  ['the same network', { kind: 'network', name: 'prod' }, 'guests'],
  ['none, on the same network', { kind: 'network', name: 'prod', portGroup: null }, null],
  ['another', { kind: 'network', name: 'prod', portGroup: 'office' }, 'office'],
  ['another network', { kind: 'network', name: 'lan' }, undefined],
] as const)('a card’s port group: %s', (_name, on, portGroup) => {
  const nics = [{ mac: MAC, kind: 'network', network: 'prod', bridge: null, portGroup: 'guests' }]
  const [move] = filledWish(wish({ nics: on ? [{ mac: MAC, on }] : [] }), outgoing({ nics }), incoming()).nics
  expect(move?.on.kind === 'network' ? move.on.portGroup : null).toBe(portGroup)
})

test('a machine that is off moves cold', () => {
  expect(filledWish(wish(), outgoing({ isRunning: false }), incoming()).mode).toBe('cold')
})

test('the target is asked as if every open disk were copied, so that a name taken there is seen', () => {
  const disks = [aDisk('vda'), aDisk('vdb'), aDisk('sda', { device: 'cdrom', path: null, pool: null, volume: null })]
  const chosen = { target: 'vdb', how: 'copy', pool: 'fast', volume: 'b.qcow2' } as const
  expect(askedOf(wish({ disks: [chosen] }), outgoing({ disks })).disks).toEqual([
    { target: 'vda', how: 'copy', pool: 'images', volume: 'vda.qcow2' },
    chosen,
    { target: 'sda', how: 'copy', pool: null, volume: null },
  ])
})
