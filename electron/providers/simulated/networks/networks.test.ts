import { expect, test } from 'vitest'
import {
  type NetworkSpec,
  networkDetailSchema,
  networkSpecSchema,
  nodeRateSchema,
  topologyNodeSchema,
} from '../../../../shared/model/index.ts'
import type { NetworkKeeper, ProviderConnection } from '../../provider.ts'
import { createPeer, type Peer } from '../testing/peer.ts'
import { networkXml, readNetworkXml } from './network-xml.ts'
import { seededNetworks } from './seeds.ts'

const SITE = { hosts: 12, machines: 600 }
const NEW = '11111111-2222-4333-8444-555555555555'

async function open(
  peer: Peer,
): Promise<{ readonly connection: ProviderConnection; readonly keeper: NetworkKeeper; readonly host: string }> {
  const connection = await peer.connect()
  const keeper = connection.networking
  if (!keeper) throw new Error('the link has no networks')
  return { connection, keeper, host: peer.controls.hostRefs()[0] ?? '' }
}

function spec(change: Partial<NetworkSpec> = {}): NetworkSpec {
  const subnets = [{ address: '10.20.0.1', prefix: 24, dhcp: { start: '10.20.0.100', end: '10.20.0.199' } }]
  return networkSpecSchema.parse({ name: 'lab', mode: 'nat', subnets, ...change })
}

/** What the watch tells of networks, by reference. */
async function follow(connection: ProviderConnection): Promise<Map<string, string>> {
  const seen = new Map<string, string>()
  await connection.watch(
    {
      changes: (batch) => {
        for (const change of batch) {
          if (change.entity !== 'network') continue
          if (change.op === 'put') seen.set(change.ref, `${change.facts.name} ${change.facts.active}`)
          if (change.op === 'remove') seen.delete(change.ref)
        }
      },
      metrics: () => undefined,
      event: () => undefined,
      confirmed: () => undefined,
      unseen: () => undefined,
    },
    {},
  )
  return seen
}

test('a definition is read as it was written', () => {
  for (const salt of [1, 22, 333, 4_444]) {
    for (const { definition } of seededNetworks(salt, false)) {
      const { uuid, ...read } = readNetworkXml(networkXml(definition, NEW))
      expect(read).toEqual(definition)
      expect(uuid).toBe(NEW)
    }
  }
})

test('the fleet has networks of every mode, some of them off, with leases, static hosts and port groups', async () => {
  const peer = createPeer({ hosts: 40, machines: 800 })
  const { connection, keeper } = await open(peer)
  const refs = [...(await follow(connection)).keys()]
  const details = await Promise.all(refs.map((ref) => keeper.detail(ref, {})))
  const machines = new Set(peer.controls.machines().map(({ ref }) => ref))
  for (const { ports, ...detail } of details) {
    networkDetailSchema.omit({ ports: true }).parse(detail)
    expect(ports.every(({ machineRef }) => machines.has(machineRef))).toBe(true)
  }
  expect(new Set(details.map(({ mode }) => mode))).toEqual(new Set(['nat', 'route', 'isolated', 'open', 'bridge', 'openvswitch']))
  expect(details.some(({ noStop }) => noStop?.code === 'network.off')).toBe(true)
  expect(details.some(({ hosts, dnsHosts }) => hosts.length > 0 && dnsHosts.length > 0)).toBe(true)
  expect(details.some(({ portGroups }) => portGroups.length > 0)).toBe(true)
  const leases = details.flatMap((detail) => detail.leases)
  expect(leases.length).toBeGreaterThan(20)
  for (const detail of details) expect(new Set(detail.leases.map(({ address }) => address)).size).toBe(detail.leases.length)
})

test('a network is made, started, told of, stopped and taken away', async () => {
  const peer = createPeer(SITE)
  const { connection, keeper, host } = await open(peer)
  const seen = await follow(connection)
  await keeper.create(host, NEW, spec(), {})
  expect(seen.get(NEW)).toBe('lab true')
  expect(await keeper.state(NEW, {})).toMatchObject({ isActive: true, autostart: true })
  const made = await keeper.detail(NEW, {})
  expect(made).toMatchObject({ mode: 'nat', hasPending: false, ports: [], noStop: null, noRemove: null })
  expect(made.bridge).toMatch(/^virbr\d$/)
  await keeper.stop(NEW, false, {})
  expect(seen.get(NEW)).toBe('lab false')
  await expect(keeper.stop(NEW, false, {})).rejects.toMatchObject({ kind: 'precondition', code: 'network.off' })
  await keeper.start(NEW, {})
  await keeper.remove(NEW, {})
  expect(seen.has(NEW)).toBe(false)
  expect(await keeper.state(NEW, {})).toBe(null)
  await expect(keeper.detail(NEW, {})).rejects.toMatchObject({ kind: 'not-found', code: 'network.not-found' })
})

test.each<[string, Partial<NetworkSpec>, string]>([
  ['a name that is taken', { name: 'default' }, 'network.name-taken'],
  ['a subnet that overlaps', { subnets: [{ address: '192.168.122.129', prefix: 25, dhcp: null }] }, 'network.subnet-taken'],
  ['a bridge of another network', { bridge: 'virbr0' }, 'network.bridge-taken'],
  ['a bridge of the host', { bridge: 'br0' }, 'network.bridge-taken'],
  ['a bridge that is not there', { mode: 'bridge', bridge: 'br9', subnets: [] }, 'network.bridge-missing'],
  ['Open vSwitch on a bridge of Linux', { mode: 'openvswitch', bridge: 'br0', subnets: [] }, 'network.bridge-missing'],
  ['a device that is not there', { device: 'eth9' }, 'network.device-missing'],
  ['a device where none counts', { mode: 'isolated', device: 'br0' }, 'network.no-device-here'],
  ['an MTU of somebody else’s bridge', { mode: 'bridge', bridge: 'br0', subnets: [], mtu: 9_000 }, 'network.no-mtu-here'],
  ['the network’s own address', { subnets: [{ address: '10.20.0.0', prefix: 24, dhcp: null }] }, 'network.outside-subnet'],
  [
    'a range that goes backwards',
    { subnets: [{ address: '10.20.0.1', prefix: 24, dhcp: { start: '10.20.0.9', end: '10.20.0.5' } }] },
    'network.range-backwards',
  ],
])('refuses %s', async (_what, change, code) => {
  const { keeper, host } = await open(createPeer(SITE))
  await expect(keeper.create(host, NEW, spec(change), {})).rejects.toMatchObject({ code })
  expect(await keeper.state(NEW, {})).toBe(null)
})

test('a network that machines use is neither stopped nor taken away unawares, and cuts them off when it is', async () => {
  const peer = createPeer(SITE)
  const { keeper, host } = await open(peer)
  const ref = `${host}/prod`
  const { noStop, noRemove, ports } = await keeper.detail(ref, {})
  expect(noStop).toMatchObject({ code: 'network.in-use' })
  expect(noRemove).toMatchObject({ code: 'network.named' })
  await expect(keeper.stop(ref, false, {})).rejects.toMatchObject({ kind: 'precondition', code: 'network.in-use' })
  await expect(keeper.remove(ref, {})).rejects.toMatchObject({ kind: 'precondition', code: 'network.named' })
  const running = ports.find(({ isRunning }) => isRunning)
  const card = async () => {
    const { nodes, edges } = await keeper.topology(host, {})
    const at = nodes.findIndex(({ id }) => id === `nic:${running?.mac}`)
    return { isUp: nodes[at]?.isUp, detail: nodes[at]?.detail, leads: edges.some(([from]) => from === at) }
  }
  expect(await card()).toEqual({ isUp: true, detail: null, leads: true })
  await keeper.stop(ref, true, {})
  expect(await card()).toEqual({ isUp: false, detail: null, leads: true })
  await keeper.start(ref, {})
  // libvirt does not plug them in again
  expect(await card()).toEqual({ isUp: false, detail: 'unplugged', leads: false })
})

test('a machine whose network is off does not start', async () => {
  const peer = createPeer(SITE)
  const { connection, keeper, host } = await open(peer)
  await keeper.stop(`${host}/prod`, true, {})
  const off = peer.controls
    .machines()
    .find(({ facts }) => facts.hostRef === host && facts.state === 'stopped' && facts.networkRefs[0] === `${host}/prod`)
  await expect(connection.act(off?.ref ?? '', { action: 'start' }, {})).rejects.toMatchObject({
    remote: { message: "network 'prod' is not active" },
  })
})

test('static hosts, names and ranges change at once; a definition waits for the next start', async () => {
  const { keeper, host } = await open(createPeer(SITE))
  await keeper.create(host, NEW, spec(), {})
  const revision = async () => (await keeper.state(NEW, {}))?.revision ?? ''
  const first = await revision()
  await keeper.edit(NEW, { edit: 'addHost', host: { mac: '52:54:00:AA:BB:CC', name: 'web', address: '10.20.0.10' } }, first, {})
  expect((await keeper.detail(NEW, {})).hosts).toEqual([{ mac: '52:54:00:aa:bb:cc', name: 'web', address: '10.20.0.10' }])
  await expect(keeper.edit(NEW, { edit: 'removeHost', address: '10.20.0.10' }, first, {})).rejects.toMatchObject({
    kind: 'conflict',
    code: 'network.changed-meanwhile',
  })
  await expect(
    keeper.edit(NEW, { edit: 'addHost', host: { mac: '52:54:00:aa:bb:cc', name: null, address: '10.20.0.11' } }, await revision(), {}),
  ).rejects.toMatchObject({ code: 'network.entry-taken' })
  await expect(
    keeper.edit(NEW, { edit: 'addHost', host: { mac: null, name: 'far', address: '10.21.0.11' } }, await revision(), {}),
  ).rejects.toMatchObject({ code: 'network.no-such-subnet' })
  await keeper.edit(NEW, { edit: 'addDnsHost', host: { address: '10.20.0.10', names: ['web.lab'] } }, await revision(), {})
  await keeper.edit(NEW, { edit: 'setRange', subnet: '10.20.0.1', dhcp: null }, await revision(), {})
  await keeper.edit(NEW, { edit: 'setAutostart', autostart: false }, await revision(), {})
  const before = await keeper.detail(NEW, {})
  expect(before).toMatchObject({ dnsHosts: [{ address: '10.20.0.10' }], subnets: [{ dhcp: null }], hasPending: false })
  const xml = before.xml.replace("address='10.20.0.1'", "address='10.30.0.1'")
  await expect(
    keeper.edit(NEW, { edit: 'setDefinition', xml: xml.replace('<name>lab', '<name>other') }, await revision(), {}),
  ).rejects.toMatchObject({ code: 'network.other-network' })
  await expect(keeper.edit(NEW, { edit: 'setDefinition', xml: '<domain/>' }, await revision(), {})).rejects.toMatchObject({
    code: 'network.not-a-network',
  })
  await keeper.edit(NEW, { edit: 'setDefinition', xml }, await revision(), {})
  expect(await keeper.detail(NEW, {})).toMatchObject({ hasPending: true, subnets: [{ address: '10.20.0.1' }] })
  await expect(keeper.edit(NEW, { edit: 'setRange', subnet: '10.30.0.1', dhcp: null }, await revision(), {})).rejects.toMatchObject({
    code: 'network.needs-restart',
  })
  await keeper.stop(NEW, false, {})
  await keeper.start(NEW, {})
  expect(await keeper.detail(NEW, {})).toMatchObject({ hasPending: false, subnets: [{ address: '10.30.0.1' }] })
})

test('filters: who uses one, what includes it, and what is refused', async () => {
  const { keeper, host } = await open(createPeer(SITE))
  const named = async (name: string) => (await keeper.filters(host, {})).find((filter) => filter.name === name)
  expect((await named('no-ip-spoofing'))?.includedBy).toEqual(['clean-traffic'])
  await expect(keeper.removeFilter(host, 'no-ip-spoofing', {})).rejects.toMatchObject({ code: 'network.filter-in-use' })
  await expect(keeper.removeFilter(host, 'nobody', {})).rejects.toMatchObject({ code: 'network.filter-not-found' })
  await keeper.putFilter(host, "<filter name='mine'/>", null, {})
  const mine = await named('mine')
  expect(mine?.xml).toContain('<uuid>')
  await expect(keeper.putFilter(host, "<filter name='mine'/>", null, {})).rejects.toMatchObject({ code: 'network.filter-changed' })
  await expect(
    keeper.putFilter(host, "<filter name='mine'><filterref filter='nobody'/></filter>", mine?.xml ?? '', {}),
  ).rejects.toMatchObject({ code: 'network.filter-refused' })
  await expect(keeper.putFilter(host, '<network/>', null, {})).rejects.toMatchObject({ code: 'network.not-a-filter' })
  await keeper.removeFilter(host, 'mine', {})
  expect(await named('mine')).toBe(undefined)
})

test('every card of a host is drawn, and leads over what is there to a wire or nowhere', async () => {
  const peer = createPeer(SITE)
  const { keeper } = await open(peer)
  for (const host of peer.controls.hostRefs()) {
    const { nodes, edges } = await keeper.topology(host, {})
    for (const { machineRef: _ref, ...node } of nodes) topologyNodeSchema.parse({ ...node, machineId: null })
    expect(new Set(nodes.map(({ id }) => id)).size).toBe(nodes.length)
    const cards = peer.controls.machines().filter(({ facts }) => facts.hostRef === host)
    expect(nodes.filter(({ kind }) => kind === 'nic').length).toBe(cards.reduce((sum, { facts }) => sum + facts.networkRefs.length, 0))
    for (const [from, to] of edges) expect([nodes[from]?.kind, nodes[to]?.kind]).not.toContain(undefined)
    const prod = nodes.findIndex(({ name }) => name === 'prod')
    const ends = endsOf(prod, edges)
    expect(ends.map((at) => nodes[at]?.kind)).toContain('physical')
    const isolated = nodes.flatMap(({ detail }, at) => (detail === 'isolated' ? endsOf(at, edges) : []))
    expect(isolated.every((at) => nodes[at]?.kind === 'bridge')).toBe(true)
  }
})

test('rates move, and what goes over a bond is what goes over the cards above it', async () => {
  const peer = createPeer(SITE)
  const { keeper, host } = await open(peer)
  const first = new Map((await keeper.rates(host, {})).map((rate) => [rate.id, rate]))
  for (const rate of first.values()) nodeRateSchema.parse(rate)
  const topology = await keeper.topology(host, {})
  expect([...first.keys()].sort()).toEqual(topology.nodes.map(({ id }) => id).sort())
  const rx = (id: string) => first.get(id)?.rxBytesPerS ?? Number.NaN
  expect(rx('if:bond0')).toBeGreaterThan(0)
  expect(Math.abs(rx('if:bond0') - rx('if:br-prod') - rx('if:br-test'))).toBeLessThan(5)
  await new Promise<void>((resolve) => {
    peer.clock.after(10_000, resolve)
  })
  const later = new Map((await keeper.rates(host, {})).map((rate) => [rate.id, rate]))
  expect(later.get('if:bond0')?.rxBytesPerS).not.toBe(rx('if:bond0'))
})

function endsOf(from: number, edges: ReadonlyArray<readonly [number, number]>): number[] {
  const next = edges.filter(([a]) => a === from).map(([, b]) => b)
  return next.length === 0 ? [from] : next.flatMap((at) => endsOf(at, edges))
}
