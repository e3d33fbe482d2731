import { expect, test } from 'vitest'
import { type NicSpec, nicSpecSchema } from '../../../../shared/model/index.ts'
import { checkPools, type Need } from './check-space.ts'
import { checkNics } from './check-wires.ts'
import { gibibytes } from './finding.ts'
import type { PoolRead, Storage } from './storage.ts'
import type { Wires } from './wires.ts'

const WIRES: Wires = {
  networks: [
    { name: 'lan', active: true, forward: 'nat', cidrs: [], tags: false },
    { name: 'ovs-net', active: true, forward: 'bridge', cidrs: [], tags: true },
  ],
  bridges: [
    { name: 'br0', openVSwitch: false },
    { name: 'ovs0', openVSwitch: true },
  ],
  devices: ['eno1'],
  ports: new Map([['eno2', 'br0']]),
  knowsAll: true,
}
const BLIND: Wires = { ...WIRES, bridges: [], devices: [], ports: new Map(), knowsAll: false }
const LIBVIRT_10 = 10_000_000
const nic = (source: NicSpec['source'], vlan: number | null = null) => nicSpecSchema.parse({ source, vlan })
const told = (card: NicSpec, wires = WIRES, version = LIBVIRT_10) =>
  checkNics([card], 'spec.nics', wires, version).map(({ severity, code, mend }) => `${severity} ${code} ${JSON.stringify(mend?.value)}`)

test.each<readonly [NicSpec['source'], Wires, readonly string[]]>([
  [{ kind: 'network', network: 'lan' }, WIRES, []],
  [{ kind: 'bridge', bridge: 'br0', openVSwitch: false }, WIRES, []],
  [{ kind: 'bridge', bridge: 'no', openVSwitch: false }, WIRES, ['blocks build.bridge-missing "br0"']],
  [{ kind: 'bridge', bridge: 'no', openVSwitch: true }, WIRES, ['warns build.bridge-unknown undefined']],
  [{ kind: 'bridge', bridge: 'br0', openVSwitch: false }, BLIND, ['warns build.bridge-unknown undefined']],
  [{ kind: 'macvtap', device: 'eno1', mode: 'bridge' }, WIRES, []],
  [{ kind: 'macvtap', device: 'no', mode: 'bridge' }, WIRES, ['blocks build.device-missing "eno1"']],
  [{ kind: 'macvtap', device: 'eno1', mode: 'bridge' }, BLIND, ['warns build.device-unknown undefined']],
])('%j', (source, wires, expected) => {
  expect(told(nic(source), wires)).toEqual(expected)
})

test.each<readonly [NicSpec['source'], number, boolean]>([
  [{ kind: 'network', network: 'lan' }, LIBVIRT_10, false],
  [{ kind: 'network', network: 'ovs-net' }, LIBVIRT_10, true],
  [{ kind: 'bridge', bridge: 'ovs0', openVSwitch: true }, LIBVIRT_10, true],
  [{ kind: 'bridge', bridge: 'br0', openVSwitch: false }, LIBVIRT_10, false],
  [{ kind: 'bridge', bridge: 'br0', openVSwitch: false }, 11_000_000, true],
  [{ kind: 'macvtap', device: 'eno1', mode: 'bridge' }, 11_000_000, false],
  [{ kind: 'macvtap', device: 'eno1', mode: 'passthrough' }, LIBVIRT_10, true],
])('a VLAN on %j with libvirt %i: %s', (source, version, possible) => {
  expect(told(nic(source, 42), WIRES, version)).toEqual(possible ? [] : ['blocks build.vlan-not-possible null'])
})

const pool = (name: string, type: string, availableBytes: number): PoolRead => ({
  ref: { name, uuid: name },
  type,
  active: true,
  availableBytes,
  target: '/x',
})
const GIB = 2 ** 30
const need = (name: string, more: Partial<Need> = {}): Need => ({
  pool: name,
  field: 'spec.disks.0.source.pool',
  nowBytes: GIB,
  fullBytes: 10 * GIB,
  format: 'raw',
  ...more,
})

async function spaceOf(needs: readonly Need[], count: number, pools: readonly PoolRead[]) {
  const storage = { all: () => Promise.resolve(pools) } as unknown as Storage
  return (await checkPools(needs, count, storage)).map(({ severity, code, mend }) => `${severity} ${code} ${JSON.stringify(mend?.value)}`)
}

test('files grow into their pool, block devices take all at once', async () => {
  expect(await spaceOf([need('dir')], 1, [pool('dir', 'dir', 20 * GIB)])).toEqual([])
  expect(await spaceOf([need('dir')], 3, [pool('dir', 'dir', 20 * GIB)])).toEqual(['warns build.pool-overcommitted undefined'])
  expect(await spaceOf([need('dir'), need('dir')], 11, [pool('dir', 'dir', 20 * GIB), pool('big', 'dir', 300 * GIB)])).toEqual([
    'blocks build.pool-too-small "big"',
  ])
  expect(await spaceOf([need('vg')], 3, [pool('vg', 'logical', 20 * GIB)])).toEqual(['blocks build.pool-too-small undefined'])
})

test('qcow2 needs a pool of files, and Ceph has no paths', async () => {
  expect(await spaceOf([need('vg', { format: 'qcow2' })], 1, [pool('vg', 'logical', 20 * GIB)])).toEqual([
    'blocks build.pool-takes-no-qcow2 "raw"',
  ])
  const clone = need('vg', { format: 'qcow2', field: 'pool' })
  expect(await spaceOf([clone], 1, [pool('vg', 'logical', 20 * GIB), pool('dir', 'dir', 20 * GIB)])).toEqual([
    'blocks build.pool-takes-no-qcow2 "dir"',
  ])
  expect(await spaceOf([need('ceph')], 1, [pool('ceph', 'rbd', 20 * GIB)])).toEqual(['blocks build.pool-type-unsupported undefined'])
})

test.each([
  [2 ** 20, '1 MiB'],
  [1.25 * GIB, '1.3 GiB'],
  [123.4 * GIB, '123 GiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(gibibytes(bytes)).toBe(text)
})
