import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Lab, type LabHost, startLab, until } from '../../../../e2e/lab/lab.ts'
import { requirePeer } from '../../../../e2e/lab/requires.ts'
import { type LibvirtHost, openHost, procedureRow } from '../../../libvirt/index.ts'
import { at, childrenOf, parseXml } from '../../../xml/index.ts'
import { Recorder } from '../../conformance/index.ts'
import type { NetworkKeeper, ProviderPorts } from '../../provider.ts'
import { libvirtProvider } from '../index.ts'
import { testPorts } from '../testing/ports.ts'
import { SocketProxy } from '../testing/proxy.ts'
import { HOST_REF } from '../watch.ts'
import { type MachineCards, readCards } from './cards.ts'
import type { NetworkWatch } from './network-context.ts'
import { LibvirtNetworks } from './network-keeper.ts'
import { connected, failureOf, made, spec, subnet } from './testing/network-lab.ts'

const FILTER = `<filter name='nc-test'><rule action='drop' direction='in' priority='500'><ip srcipaddr='203.0.113.1'/></rule></filter>`

describe.skipIf(!requirePeer('libvirtd').ok)('what hangs on the networks of a lab host', () => {
  let lab: Lab
  let host: LabHost
  let ports: ProviderPorts & { dispose(): Promise<void> }

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a'], prefix: 'na' })
    host = lab.host('a')
    ports = await testPorts()
  })
  afterAll(async () => {
    await lab.stop()
    await ports.dispose()
  })

  /** A card as the lab's guests have none: on any network, with a filter. */
  const cardXml = (network: string, mac: string, filter: string) =>
    `<interface type='network'><mac address='${mac}'/><source network='${network}'/><model type='virtio'/><filterref filter='${filter}'/></interface>`

  async function withXml<T>(xml: string, run: (file: string) => Promise<T>): Promise<T> {
    const file = join(host.dir, `${randomUUID()}.xml`)
    await writeFile(file, xml)
    return await run(file)
  }

  /** Whether the one card of a network is plugged in, by libvirt alone. */
  async function withoutShell(machines: () => Promise<readonly MachineCards[]>): Promise<(ref: string) => Promise<boolean | null>> {
    const bare = await openHost({ daemons: 'monolithic', open: () => Promise.resolve(connect(host.socketPath)) })
    onTestFinished(() => bare.close())
    return async (ref) => {
      const cards = await machines()
      const keeper = bareKeeper(bare, { ...NO_WATCH, machineCards: () => cards })
      return (await keeper.detail(ref, {})).ports[0]?.isPlugged ?? null
    }
  }

  const NO_WATCH: NetworkWatch = {
    machineCards: () => [],
    hasAllCards: true,
    networks: () => new Map(),
    touchNetworks: () => {},
    touchDefinition: () => {},
  }

  const bareKeeper = (bare: LibvirtHost, watch: NetworkWatch) =>
    new LibvirtNetworks({ host: bare, shell: null, clock: ports.clock, log: ports.log, watch: () => watch }, (_, _options, run) =>
      run({ signal: new AbortController().signal, sent: false }),
    )

  test('a guest gets the address of its entry; whoever is attached is named, holds the network and its filter, and is on the picture', async () => {
    const { connection, networks } = await connected(host, ports)
    const mac = '52:54:00:aa:00:07'
    const ref = await made(networks, spec({ name: 'served', mode: 'nat', domain: 'lab.test', subnets: [subnet(7)] }))
    const { revision } = await networks.detail(ref, {})
    await networks.edit(ref, { edit: 'addHost', host: { mac, name: 'fixed', address: '10.77.7.42' } }, revision, {})
    const before = await networks.state(ref, {})
    await networks.putFilter(HOST_REF, FILTER, null, {})
    const guest = await host.defineGuest({ name: 'served guest', network: 'default', mac })
    const onDefault = await host.virsh(['dumpxml', guest.uuid, '--inactive'])
    const onServed = onDefault.replace(/<interface[\s\S]*<\/interface>/, cardXml('served', mac, 'nc-test'))
    await withXml(onServed, (file) => host.virsh(['define', file]))
    await until('its card', async () => (await networks.detail(ref, {})).ports.length === 1)
    expect(await networks.detail(ref, {})).toMatchObject({
      noStop: null,
      noRemove: { code: 'network.named', params: { machines: 'served guest' } },
      ports: [{ machineRef: guest.uuid, machine: 'served guest', mac, target: null, isRunning: false, addresses: [] }],
    })
    connection.setInterest({ visibleRefs: new Set([guest.uuid]), focusedRef: null })
    await guest.start()
    // Not the lease alone: the name, which the server knows by the lease.
    await until('its name', async () => (await host.exec('busybox nslookup fixed.lab.test 10.77.7.1')).stdout.includes('10.77.7.42'))
    await until('its address', async () => (await networks.detail(ref, {})).ports[0]?.addresses.includes('10.77.7.42') === true)
    const detail = await networks.detail(ref, {})
    expect(detail).toMatchObject({
      hasPending: false,
      leases: [{ mac, address: '10.77.7.42' }],
      ports: [{ isRunning: true, target: expect.stringMatching(/^vnet/), addresses: ['10.77.7.42'] }],
      noStop: { code: 'network.in-use', params: { machines: 'served guest' } },
    })
    // That a machine is connected is no change of the network.
    expect(detail.revision).toBe(before?.revision)

    const { nodes, edges, unseen } = await networks.topology(HOST_REF, {})
    expect(unseen).toEqual([])
    const path: string[] = []
    for (
      let place = nodes.findIndex(({ id }) => id === `nic:${mac}`);
      place >= 0;
      place = edges.find(([from]) => from === place)?.[1] ?? -1
    ) {
      path.push(nodes[place]?.id ?? '')
    }
    expect(path).toEqual([`nic:${mac}`, `net:${ref}`, `if:${detail.bridge}`, 'if:br0', 'if:eth0'])
    expect(nodes.find(({ id }) => id === `nic:${mac}`)).toMatchObject({ isUp: true, machineRef: guest.uuid })
    // Leases are looked at every few seconds while somebody looks.
    const nic = async () => (await networks.topology(HOST_REF, {})).nodes.find(({ id }) => id === `nic:${mac}`)
    await until('its address on the picture', async () => (await nic())?.addresses.includes('10.77.7.42') === true)
    expect(nodes.find(({ id }) => id === 'if:eth0')).toMatchObject({ kind: 'physical', isUp: true, speedMbps: 10_000 })

    await networks.rates(HOST_REF, {})
    await until('rates', async () =>
      (await networks.rates(HOST_REF, {})).some(({ id, rxBytesPerS }) => id === `nic:${mac}` && rxBytesPerS !== null),
    )

    expect(await networks.filters(HOST_REF, {})).toMatchObject([{ name: 'nc-test', usedBy: ['served guest'], includedBy: [] }])
    expect(await failureOf(networks.removeFilter(HOST_REF, 'nc-test', {}))).toMatchObject({
      kind: 'precondition',
      code: 'network.filter-in-use',
    })
    const [filter] = await networks.filters(HOST_REF, {})
    const stricter = FILTER.replace('203.0.113.1', '203.0.113.2')
    await networks.putFilter(HOST_REF, stricter, filter?.xml ?? null, {})
    expect(await host.virsh(['nwfilter-dumpxml', 'nc-test'])).toContain('203.0.113.2')
    expect(await failureOf(networks.putFilter(HOST_REF, FILTER, filter?.xml ?? null, {}))).toMatchObject({ code: 'network.filter-changed' })

    expect(await failureOf(networks.stop(ref, false, {}))).toMatchObject({ kind: 'precondition', code: 'network.in-use' })
    expect(await failureOf(networks.remove(ref, {}))).toMatchObject({ code: 'network.named' })
    await networks.stop(ref, true, {})
    await networks.start(ref, {})
    // As it is said before: the card is left hanging.
    const { target } = (await networks.detail(ref, {})).ports[0] ?? { target: null }
    const inBridge = async () => (await host.exec(`basename "$(readlink /sys/class/net/${target}/master)"`)).stdout.trim()
    expect(await inBridge()).toBe('')
    expect(await nic()).toMatchObject({ name: target, isUp: false, detail: 'unplugged', beside: `net:${ref}` })
    const port = async () => (await networks.detail(ref, {})).ports[0]
    expect(await port()).toMatchObject({ isRunning: true, isPlugged: false })
    const live = async () => parseXml(await host.virsh(['dumpxml', guest.uuid]))
    const runs = { ref: guest.uuid, name: guest.name, isRunning: true, addressesOf: () => [] }
    const told = await withoutShell(async () => [{ ...runs, cards: readCards(childrenOf(at(await live(), 'devices'), 'interface')) }])
    expect(await told(ref)).toBe(false)
    // An update that changes nothing is left alone by libvirt: by a detour it is plugged in, and is a port of the network again.
    await networks.plugIn(ref, guest.uuid, mac.toUpperCase(), {})
    expect(await inBridge()).toBe(detail.bridge)
    const nicXml = async () => /<interface[\s\S]*<\/interface>/.exec(await host.virsh(['dumpxml', guest.uuid]))?.[0] ?? ''
    const [portId] = (await host.virsh(['net-port-list', 'served'])).trim().split(/\s+/)
    expect(await nicXml()).toContain(`network='served' portid='${portId}' bridge='${detail.bridge}'`)
    expect(await nicXml()).toContain(`<filterref filter='nc-test'/>`)
    expect(await told(ref)).toBe(true)
    await until('it plugged in', async () => (await port())?.isPlugged === true && (await nic())?.isUp === true)
    await networks.plugIn(ref, guest.uuid, mac, {})
    expect(await nicXml()).toContain(`portid='${portId}'`)

    // Ended on its detour: it is in the bridge, and no card of the network any more until the next call.
    const home = await nicXml()
    const astray = home.replace("type='network'", "type='bridge'").replace(/<source [^>]*>/, `<source bridge='${detail.bridge}'/>`)
    await withXml(astray, (file) => host.virsh(['update-device', guest.uuid, file, '--live']))
    await networks.plugIn(ref, guest.uuid, mac, {})
    expect(await nicXml()).toContain("network='served' portid=")
    expect(await inBridge()).toBe(detail.bridge)

    // Another bridge with the next start; then the old definition runs once more, and the new one stays kept.
    const { xml: ran, keptXml, revision: now } = await networks.detail(ref, {})
    const moved = (keptXml ?? '').replace(`name='${detail.bridge}'`, "name='ncmoved'")
    await networks.edit(ref, { edit: 'setDefinition', xml: moved }, now, {})
    await networks.stop(ref, true, {})
    await networks.start(ref, {})
    await networks.plugIn(ref, guest.uuid, mac, {})
    expect(await inBridge()).toBe('ncmoved')
    await networks.stop(ref, true, {})
    expect(await failureOf(networks.plugIn(ref, guest.uuid, mac, {}))).toMatchObject({ kind: 'precondition', code: 'network.off' })
    expect(await failureOf(networks.startAs(ref, ran.replace('<name>served', '<name>other'), {}))).toMatchObject({
      code: 'network.other-network',
    })
    await networks.startAs(ref, ran, {})
    await networks.plugIn(ref, guest.uuid, mac, {})
    expect(await inBridge()).toBe(detail.bridge)
    expect(await networks.detail(ref, {})).toMatchObject({ hasPending: true, bridge: detail.bridge })
    expect(await host.virsh(['net-dumpxml', 'served', '--inactive'])).toContain("name='ncmoved'")
    expect(await failureOf(networks.plugIn(ref, guest.uuid, '52:54:00:00:00:99', {}))).toMatchObject({ code: 'network.card-gone' })
    await host.virsh(['destroy', guest.uuid])
    await host.virsh(['undefine', guest.uuid])
    await until('no ports', async () => (await networks.detail(ref, {})).ports.length === 0)
    // A card in what is kept makes no event: only a look at every definition finds it.
    const quiet = await host.defineGuest({ name: 'quiet one', boots: false })
    await withXml(cardXml('served', mac, 'nc-test'), (file) => host.virsh(['attach-device', quiet.uuid, file, '--config']))
    expect(await failureOf(networks.remove(ref, {}))).toMatchObject({ code: 'network.named', details: { machines: 'quiet one' } })
    expect(await failureOf(networks.removeFilter(HOST_REF, 'nc-test', {}))).toMatchObject({ code: 'network.filter-in-use' })
    await host.virsh(['undefine', quiet.uuid])
    await networks.remove(ref, {})
    await networks.removeFilter(HOST_REF, 'nc-test', {})
    expect(await networks.filters(HOST_REF, {})).toEqual([])
    expect(await failureOf(networks.removeFilter(HOST_REF, 'nc-test', {}))).toMatchObject({ code: 'network.filter-not-found' })
  })

  test('bridges of the host and what is plugged into them are on the picture, with a shell on the host and without', async () => {
    const { networks } = await connected(host, ports)
    await host.exec('ip link add nc-v type veth peer name nc-w; ip link add br77 type bridge forward_delay 0; ip link set nc-v master br77')
    await host.exec('for each in nc-v nc-w br77; do ip link set $each up; done')
    onTestFinished(async () => void (await host.exec('ip link del br77; ip link del nc-v')))
    // The kernel tells of a link a moment after it is there.
    await until('br77', async () => (await host.exec('cat /sys/class/net/br77/operstate')).stdout.trim() === 'up')
    const mac = '52:54:00:aa:00:09'
    const guest = await host.defineGuest({ name: 'on the wire', boots: false, network: 'bridge', mac })
    onTestFinished(async () => void (await host.virsh(['undefine', guest.uuid])))
    const ref = await made(networks, spec({ name: 'lan', mode: 'bridge', bridge: 'br77' }))
    onTestFinished(() => networks.remove(ref, {}))
    const vtap = join(host.dir, 'vtap.xml')
    await writeFile(vtap, `<network><name>vtap</name><forward mode='bridge'><interface dev='nc-w'/></forward></network>`)
    await host.virsh(['net-create', vtap])
    onTestFinished(async () => void (await host.virsh(['net-destroy', 'vtap'])))
    const tapped = await until('virsh’s network', async () => {
      const { nodes } = await networks.topology(HOST_REF, {})
      return nodes.find(({ kind, name }) => kind === 'network' && name === 'vtap')?.id
    })
    expect(await networks.detail(tapped.slice('net:'.length), {})).toMatchObject({ keptXml: null, hasPending: false, bridge: null })
    const drawn = async (keeper: NetworkKeeper) => {
      const { nodes, edges, unseen } = await keeper.topology(HOST_REF, {})
      const ways = edges.map(([from, to]) => `${nodes[from]?.id} → ${nodes[to]?.id}`)
      return { nodes, ways, unseen: unseen.map(({ code }) => code) }
    }
    await until('its card', async () => (await drawn(networks)).ways.includes(`nic:${mac} → if:br0`))
    const seen = await drawn(networks)
    expect(seen.ways).toContain(`${tapped} → if:nc-w`)
    expect(seen.unseen).toEqual([])
    const expected = [`nic:${mac} → if:br0`, 'if:br0 → if:eth0', `net:${ref} → if:br77`, 'if:br77 → if:nc-v']
    expect(seen.ways).toEqual(expect.arrayContaining(expected))
    expect(seen.nodes.find(({ id }) => id === 'if:br77')).toMatchObject({ kind: 'bridge', isUp: true })
    expect(seen.nodes.find(({ id }) => id === 'if:br0')?.addresses).toContain(`${host.address}/24`)

    // On a bridge of the host a stop of the network leaves cards where they are; one that the kernel has let go of is put back by it.
    const other = await host.defineGuest({ name: 'on lan', boots: false, network: 'default', mac: '52:54:00:aa:00:0a' })
    const onLan = (await host.virsh(['dumpxml', other.uuid, '--inactive'])).replace("network='default'", "network='lan'")
    await withXml(onLan, (file) => host.virsh(['define', file]))
    onTestFinished(async () => {
      await host.virsh(['destroy', other.uuid])
      await host.virsh(['undefine', other.uuid])
    })
    await other.start()
    const [tap = ''] = (await host.virsh(['domiflist', other.uuid])).trim().split(/\s+/)
    const isPlugged = async () => (await networks.detail(ref, {})).ports[0]?.isPlugged
    await until('its card in br77', async () => (await isPlugged()) === true)
    await networks.stop(ref, true, {})
    await networks.start(ref, {})
    expect(await isPlugged()).toBe(true)
    await host.exec(`ip link set ${tap} nomaster`)
    expect(await isPlugged()).toBe(false)
    await networks.plugIn(ref, other.uuid, '52:54:00:aa:00:0a', {})
    expect(await isPlugged()).toBe(true)
    expect((await host.exec(`basename "$(readlink /sys/class/net/${tap}/master)"`)).stdout.trim()).toBe('br77')

    const { nodes } = seen
    const bare = await openHost({ daemons: 'monolithic', open: () => Promise.resolve(connect(host.socketPath)) })
    onTestFinished(() => bare.close())
    const network = await bare.call('networkGetXmlDesc', { net: { name: 'lan', uuid: ref }, flags: 0 })
    const facts = {
      hostRef: HOST_REF,
      name: 'lan',
      active: true,
      autostart: true,
      persistent: true,
      forward: 'bridge',
      bridge: 'br77',
      cidrs: [],
    }
    const card = {
      mac,
      network: null,
      portGroup: null,
      bridge: 'br0',
      portId: null,
      device: null,
      target: null,
      filter: null,
      isPlugged: true,
    }
    const without = bareKeeper(bare, {
      ...NO_WATCH,
      machineCards: () => [{ ref: guest.uuid, name: guest.name, isRunning: false, cards: [card], addressesOf: () => [] }],
      networks: () => new Map([[ref, { facts, definition: parseXml(network.xml) }]]),
    })
    const told = await drawn(without)
    expect(told.unseen).toEqual(['topology.no-routes'])
    expect(told.ways).toEqual(expect.arrayContaining(expected))
    expect(told.nodes.find(({ id }) => id === 'if:eth0')).toEqual(nodes.find(({ id }) => id === 'if:eth0'))
  })

  test('of a start whose answer is lost nobody knows, and a look tells; what is there is finished', async () => {
    const proxy = await SocketProxy.listen(join(lab.dir, 'lost'), host.socketPath)
    onTestFinished(() => proxy.close())
    const config = libvirtProvider.configSchema.parse({ transport: 'unix', socket: proxy.path })
    const connection = await libvirtProvider.connect(config, {}, ports, {})
    await connection.watch(new Recorder(), {})
    proxy.cutAtReplyTo([procedureRow('networkCreate').number])
    const ref = randomUUID()
    const given = spec({ name: 'lost', mode: 'isolated', subnets: [subnet(8)] })
    const lost = await failureOf(connection.networking?.create(HOST_REF, ref, given, {}) ?? Promise.resolve())
    expect(lost).toMatchObject({ kind: 'indeterminate' })
    const { networks } = await connected(host, ports)
    // It was started, and what comes after that is still to be done.
    await until('it', async () => (await networks.state(ref, {}))?.isActive === true)
    expect(await networks.state(ref, {})).toMatchObject({ isActive: true, autostart: false })
    await networks.create(HOST_REF, ref, given, {})
    expect(await networks.state(ref, {})).toMatchObject({ isActive: true, autostart: true })
    await networks.remove(ref, {})
  })
})
