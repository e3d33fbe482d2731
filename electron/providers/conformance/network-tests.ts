import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  hostTopologySchema,
  type NetworkEdit,
  type NetworkSpec,
  networkDetailSchema,
  networkFilterSchema,
  networkSpecSchema,
  nodeRateSchema,
} from '../../../shared/model/index.ts'
import type { NetworkKeeper } from '../provider.ts'
import { type Bench, failure, type MakeFixture, setUp } from './fixture.ts'

interface Ground {
  readonly bench: Bench
  readonly hostRef: string
  readonly networks: NetworkKeeper
  /** Made on the host of `refs`; its reference. */
  readonly made: (spec: NetworkSpec) => Promise<string>
}

/** A subnet that no host of a suite has, by its third number. */
function subnet(third: number): NetworkSpec['subnets'][number] {
  return { address: `10.213.${third}.1`, prefix: 24, dhcp: { start: `10.213.${third}.100`, end: `10.213.${third}.199` } }
}

function isolated(name: string, third: number): NetworkSpec {
  return networkSpecSchema.parse({ name, mode: 'isolated', subnets: [subnet(third)] })
}

async function setUpNetworks(makeFixture: MakeFixture): Promise<Ground> {
  const bench = await setUp(makeFixture)
  const networks = bench.connection.networking
  const hostRef = bench.seen.known.machine.get(bench.refs.stopped)?.hostRef
  if (!networks || hostRef === undefined) throw new Error('there are no networks to look after')
  const made = async (spec: NetworkSpec) => {
    const ref = randomUUID()
    await networks.create(hostRef, ref, spec, {})
    return ref
  }
  return { bench, hostRef, networks, made }
}

async function formOf(networks: NetworkKeeper, ref: string): Promise<unknown> {
  const { ports, ...detail } = await networks.detail(ref, {})
  const named = ports.map(({ machineRef, ...port }) => ({ ...port, machineId: machineRef }))
  return networkDetailSchema.safeParse({ ...detail, ports: named }).error?.issues
}

export function networkTests(makeFixture: MakeFixture): void {
  test('what is there has the form that was agreed', async () => {
    const { bench, hostRef, networks } = await setUpNetworks(makeFixture)
    for (const [ref, network] of bench.seen.known.network) {
      if (network.hostRef !== hostRef) continue
      expect(await formOf(networks, ref)).toBeUndefined()
      expect(await networks.state(ref, {})).toMatchObject({ isActive: network.active })
    }
    for (const filter of await networks.filters(hostRef, {})) expect(networkFilterSchema.safeParse(filter).error?.issues).toBeUndefined()
  })

  test('a network is made, told of, stopped, started and removed', async () => {
    const { bench, networks, made } = await setUpNetworks(makeFixture)
    const ref = await made(isolated('of-suite', 1))
    expect(await formOf(networks, ref)).toBeUndefined()
    const { mode, subnets, noStop, noRemove } = await networks.detail(ref, {})
    expect({ mode, subnets, noStop, noRemove }).toEqual({ mode: 'isolated', subnets: [subnet(1)], noStop: null, noRemove: null })
    const known = () => bench.seen.known.network.get(ref)
    await bench.until('the network', () => known()?.active === true && known()?.autostart === true)
    expect(known()).toMatchObject({ name: 'of-suite', forward: 'isolated', cidrs: ['10.213.1.1/24'] })
    await networks.stop(ref, false, {})
    expect(await networks.state(ref, {})).toMatchObject({ isActive: false, autostart: true })
    await bench.until('it off', () => known()?.active === false)
    await networks.start(ref, {})
    expect(await networks.state(ref, {})).toMatchObject({ isActive: true })
    await networks.remove(ref, {})
    expect(await networks.state(ref, {})).toBeNull()
    await bench.until('it gone', () => known() === undefined)
    await failure(networks.detail(ref, {}), 'not-found', 'network.not-found')
    await failure(networks.start(ref, {}), 'not-found', 'network.not-found')
  })

  test('made twice under one reference it is one; names and subnets are given once', async () => {
    const { hostRef, networks, made } = await setUpNetworks(makeFixture)
    const ref = await made(isolated('of-suite', 2))
    await networks.stop(ref, false, {})
    await networks.create(hostRef, ref, isolated('of-suite', 2), {})
    expect(await networks.state(ref, {})).toMatchObject({ isActive: true })
    const other = randomUUID()
    await failure(networks.create(hostRef, other, isolated('of-suite', 3), {}), 'conflict', 'network.name-taken')
    await failure(networks.create(hostRef, other, isolated('other', 2), {}), 'conflict', 'network.subnet-taken')
    expect(await networks.state(other, {})).toBeNull()
    await networks.remove(ref, {})
  })

  test('an edit is there once it is done; one that is based on what is no more is refused', async () => {
    const { networks, made } = await setUpNetworks(makeFixture)
    const ref = await made(isolated('of-suite', 4))
    const edit = async (change: NetworkEdit) => {
      const { revision } = await networks.detail(ref, {})
      await networks.edit(ref, change, revision, {})
      return revision
    }
    const host = { mac: '52:54:00:5a:00:01', name: 'one', address: '10.213.4.20' }
    const dnsHost = { address: '10.213.4.9', names: ['printer'] }
    const dhcp = { start: '10.213.4.50', end: '10.213.4.60' }
    const older = await edit({ edit: 'addHost', host })
    await failure(networks.edit(ref, { edit: 'addDnsHost', host: dnsHost }, older, {}), 'conflict', 'network.changed-meanwhile')
    await edit({ edit: 'addDnsHost', host: dnsHost })
    await edit({ edit: 'setRange', subnet: '10.213.4.1', dhcp })
    await edit({ edit: 'setAutostart', autostart: false })
    expect(await networks.state(ref, {})).toMatchObject({ autostart: false })
    expect(await networks.detail(ref, {})).toMatchObject({ hosts: [host], dnsHosts: [dnsHost], subnets: [{ ...subnet(4), dhcp }] })
    expect((await networks.state(ref, {}))?.revision).toBe((await networks.detail(ref, {})).revision)
    await edit({ edit: 'removeHost', address: host.address })
    await edit({ edit: 'removeDnsHost', address: dnsHost.address })
    expect(await networks.detail(ref, {})).toMatchObject({ hosts: [], dnsHosts: [] })
    await networks.remove(ref, {})
  })

  test('a filter is changed by whoever knows it as it is', async () => {
    const { hostRef, networks } = await setUpNetworks(makeFixture)
    const named = async () => (await networks.filters(hostRef, {})).find(({ name }) => name === 'of-suite')
    const xml = `<filter name='of-suite'><rule action='drop' direction='in' priority='500'><ip srcipaddr='203.0.113.1'/></rule></filter>`
    await networks.putFilter(hostRef, xml, null, {})
    const before = await named()
    expect(before).toMatchObject({ usedBy: [], includedBy: [] })
    await failure(networks.putFilter(hostRef, xml, null, {}), 'conflict', 'network.filter-changed')
    await networks.putFilter(hostRef, xml.replace('203.0.113.1', '203.0.113.2'), before?.xml ?? null, {})
    expect((await named())?.xml).toContain('203.0.113.2')
    await failure(networks.putFilter(hostRef, xml, before?.xml ?? null, {}), 'conflict', 'network.filter-changed')
    await networks.removeFilter(hostRef, 'of-suite', {})
    expect(await named()).toBeUndefined()
    await failure(networks.removeFilter(hostRef, 'of-suite', {}), 'not-found', 'network.filter-not-found')
    await failure(networks.putFilter(hostRef, '<network/>', null, {}), 'invalid-input', 'network.not-a-filter')
  })

  test('the picture runs from cards to wires without circles, and rates are of what is on it', async () => {
    const { hostRef, networks, made } = await setUpNetworks(makeFixture)
    const ref = await made(isolated('of-suite', 5))
    const picture = await networks.topology(hostRef, {})
    const nodes = picture.nodes.map(({ machineRef, ...node }) => ({ ...node, machineId: machineRef }))
    expect(hostTopologySchema.safeParse({ ...picture, nodes, hostId: 'h' }).error?.issues).toBeUndefined()
    const ids = nodes.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(nodes.find(({ id }) => id === `net:${ref}`)).toMatchObject({ kind: 'network', name: 'of-suite', isUp: true, detail: 'isolated' })
    for (const [from, to] of picture.edges) {
      expect(ids[from]).toBeDefined()
      expect(nodes[to]?.kind).not.toBe('nic')
    }
    const below = (at: number, above: readonly number[]): void => {
      expect(above).not.toContain(at)
      for (const [from, to] of picture.edges) if (from === at) below(to, [...above, at])
    }
    for (const [at, { kind }] of nodes.entries()) if (kind === 'nic' || kind === 'network') below(at, [])
    const rates = await networks.rates(hostRef, {})
    for (const rate of rates) {
      expect(nodeRateSchema.safeParse(rate).error?.issues).toBeUndefined()
      expect(ids).toContain(rate.id)
    }
    await networks.remove(ref, {})
  })
}
