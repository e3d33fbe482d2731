import { expect, test } from 'vitest'
import type { Card, MachineCards } from './cards.ts'
import type { HostInterface, HostInterfaces } from './host-interface.ts'
import { ratesBetween } from './network-rates.ts'
import { cardsWithIds, drawTopology, type PlacedNetwork } from './topology.ts'

const card = (mac: string, more: Partial<Card> = {}): Card => ({
  mac,
  network: null,
  portGroup: null,
  portId: null,
  bridge: null,
  device: null,
  target: null,
  filter: null,
  isPlugged: true,
  ...more,
})
const machine = (ref: string, cards: readonly Card[], isRunning = true): MachineCards => ({
  ref,
  name: `machine ${ref}`,
  isRunning,
  cards,
  addressesOf: (mac) => [`address of ${mac}`],
})
const device = (name: string, kind: HostInterface['kind'] = 'physical', lower: readonly string[] = []): HostInterface => ({
  name,
  kind,
  isUp: true,
  speedMbps: 10_000,
  mac: null,
  addresses: [],
  detail: null,
  lower,
})
const network = (name: string, mode: string, more: Partial<PlacedNetwork> = {}): PlacedNetwork => ({
  ref: name,
  name,
  isActive: true,
  mode,
  bridge: null,
  devices: [],
  cidrs: [],
  portIds: null,
  ...more,
})

const HOST: HostInterfaces = {
  interfaces: [
    device('br40', 'bridge', ['bond0.40']),
    device('bond0.40', 'vlan', ['bond0']),
    device('bond0', 'bond', ['eno1', 'eno2']),
    device('eno1'),
    device('eno2'),
    device('eno3'),
    device('virbr0', 'bridge'),
    device('virbr1', 'bridge'),
  ],
  names: new Set(),
  taps: new Map([['vnet7', null]]),
  defaultDevices: ['br40'],
  counters: new Map(),
}
const NETWORKS = [
  network('default', 'nat', { bridge: 'virbr0', cidrs: ['192.168.122.1/24'] }),
  network('by eno3', 'route', { bridge: 'virbr2', devices: ['eno3'] }),
  network('inside', 'isolated', { bridge: 'virbr1' }),
  network('off', 'nat', { bridge: 'virbr9', isActive: false }),
  network('lan', 'bridge', { bridge: 'br40' }),
  network('direct', 'bridge', { devices: ['eno3'] }),
]

/** All ways down from a node, by names. */
function waysFrom(id: string, machines: readonly MachineCards[], host: HostInterfaces | null = HOST): readonly string[] {
  const { nodes, edges } = drawTopology({ machines, networks: NETWORKS, host, unseen: [], nowMs: 5 })
  const follow = (at: number): readonly string[] => {
    const below = edges.filter(([from]) => from === at).flatMap(([, to]) => follow(to))
    const name = nodes[at]?.name ?? ''
    return below.length === 0 ? [name] : below.map((way) => `${name} → ${way}`)
  }
  return follow(nodes.findIndex((node) => node.id === id))
}

const BOND = 'br40 → bond0.40 → bond0'
test.each([
  [{ network: 'default' }, [`default → virbr0 → ${BOND} → eno1`, `default → virbr0 → ${BOND} → eno2`]],
  [{ network: 'by eno3' }, ['by eno3 → virbr2 → eno3']],
  [{ network: 'inside' }, ['inside → virbr1']],
  [{ network: 'off' }, ['off']],
  [{ network: 'lan' }, [`lan → ${BOND} → eno1`, `lan → ${BOND} → eno2`]],
  [{ network: 'direct', device: 'eno3' }, ['direct → eno3']],
  [{ bridge: 'br40' }, [`${BOND} → eno1`, `${BOND} → eno2`]],
  [{ bridge: 'gone' }, ['gone']],
  [{ device: 'eno3' }, ['eno3']],
  [{ network: 'unknown' }, []],
  [{}, []],
])('a card with %j goes %j', (more, ways) => {
  const ends = ways.length === 0 ? ['m'] : ways.map((way) => `m → ${way}`)
  expect(waysFrom('nic:m', [machine('a', [card('m', more)])])).toEqual(ends)
})

test('a card whose other end hangs beside its bridge ends at itself', () => {
  const more = { network: 'default', target: 'vnet7' }
  expect(waysFrom('nic:m', [machine('a', [card('m', more)])])).toEqual(['vnet7'])
  // Off, it has no other end, and a card of that kind is plugged into nothing anyway.
  expect(waysFrom('nic:m', [machine('a', [card('m', { ...more, network: 'inside' })], false)])).toEqual(['m → inside → virbr1'])
  const { nodes } = drawTopology({
    machines: [machine('a', [card('m1', more), card('m2', { target: 'vnet7' })])],
    networks: NETWORKS,
    host: HOST,
    unseen: [],
    nowMs: 5,
  })
  expect(nodes.find(({ id }) => id === 'nic:m1')).toMatchObject({ isUp: false, detail: 'unplugged' })
  expect(nodes.find(({ id }) => id === 'nic:m2')).toMatchObject({ isUp: true, detail: null })
})

test('where the host tells nothing, NAT ends at its bridge', () => {
  expect(waysFrom('nic:m', [machine('a', [card('m', { network: 'default' })])], null)).toEqual(['m → default → virbr0'])
})

test('nodes say what they are', () => {
  const machines = [
    machine('a', [card('m1', { network: 'default', target: 'vnet0', portGroup: 'blue' }), card('m2', { isPlugged: false })]),
    machine('b', [card('m3', { target: 'vnet9' })], false),
  ]
  const { nodes, observedAtMs } = drawTopology({ machines, networks: NETWORKS, host: HOST, unseen: [], nowMs: 5 })
  const at = (id: string) => nodes.find((node) => node.id === id)
  expect(observedAtMs).toBe(5)
  expect(at('nic:m1')).toMatchObject({
    name: 'vnet0',
    isUp: true,
    addresses: ['address of m1'],
    detail: 'blue',
    machineRef: 'a',
    machine: 'machine a',
  })
  expect(at('nic:m2')).toMatchObject({ name: 'm2', isUp: false })
  // A machine that is off has nothing on the host.
  expect(at('nic:m3')).toMatchObject({ name: 'm3', isUp: false, addresses: [] })
  expect(at('net:default')).toMatchObject({ kind: 'network', detail: 'nat', isUp: true, addresses: ['192.168.122.1/24'] })
  expect(at('if:bond0')).toMatchObject({ kind: 'bond', isUp: true, speedMbps: 10_000 })
  expect(new Set(nodes.map(({ id }) => id)).size).toBe(nodes.length)
})

test('two cards with the same MAC are two, by the same names each time', () => {
  const machines = [machine('a', [card('m')]), machine('b', [card('m'), card('m')])]
  const ids = [...cardsWithIds(machines)].map(([, , id]) => id)
  expect(ids).toEqual(['nic:m', 'nic:m@b#0', 'nic:m@b#1'])
})

test('rates are the growth of counters; nothing is made up', () => {
  const reading = (atMs: number, counters: Record<string, readonly [bigint, bigint]>) => ({
    atMs,
    counters: new Map(Object.entries(counters).map(([id, [rxBytes, txBytes]]) => [id, { rxBytes, txBytes }])),
  })
  const now = reading(3_000, { grown: [4_000n, 200n], reset: [5n, 5n], new: [1n, 1n] })
  expect(ratesBetween(reading(1_000, { grown: [0n, 0n], reset: [9n, 0n], gone: [1n, 1n] }), now)).toEqual([
    { id: 'grown', rxBytesPerS: 2_000, txBytesPerS: 100 },
    { id: 'reset', rxBytesPerS: null, txBytesPerS: 3 },
    { id: 'new', rxBytesPerS: null, txBytesPerS: null },
  ])
  expect(ratesBetween(undefined, now)[0]).toEqual({ id: 'grown', rxBytesPerS: null, txBytesPerS: null })
})
