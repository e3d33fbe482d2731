import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Lab, type LabHost, startLab, until } from '../../../../e2e/lab/lab.ts'
import { requirePeer } from '../../../../e2e/lab/requires.ts'
import { isAppError } from '../../../../shared/errors/index.ts'
import { type NetworkEdit, type NetworkSpec, networkSpecSchema } from '../../../../shared/model/index.ts'
import { Recorder } from '../../conformance/index.ts'
import type { NetworkKeeper, ProviderConnection, ProviderPorts } from '../../provider.ts'
import { libvirtProvider } from '../index.ts'
import { testPorts } from '../testing/ports.ts'
import { HOST_REF } from '../watch.ts'

async function failureOf(call: Promise<unknown>) {
  const error: unknown = await call.then(
    () => new Error('it should have failed'),
    (thrown: unknown) => thrown,
  )
  if (!isAppError(error)) throw error
  return error
}

const spec = (given: Partial<NetworkSpec> & Pick<NetworkSpec, 'name' | 'mode'>) => networkSpecSchema.parse(given)
const subnet = (third: number, dhcp = true) => ({
  address: `10.77.${third}.1`,
  prefix: 24,
  dhcp: dhcp ? { start: `10.77.${third}.100`, end: `10.77.${third}.199` } : null,
})

const FILTER = `<filter name='nc-test'><rule action='drop' direction='in' priority='500'><ip srcipaddr='203.0.113.1'/></rule></filter>`

describe.skipIf(!requirePeer('libvirtd').ok)('networks of a lab host over SSH', () => {
  let lab: Lab
  let host: LabHost
  let ports: ProviderPorts & { dispose(): Promise<void> }

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a'], prefix: 'nw' })
    host = lab.host('a')
    ports = await testPorts()
  })
  afterAll(async () => {
    await lab.stop()
    await ports.dispose()
  })

  async function connected(): Promise<{ connection: ProviderConnection; networks: NetworkKeeper }> {
    const given = { host: host.address, user: 'root', keyFile: host.keyFile, useSshConfig: false }
    const connection = await libvirtProvider.connect(libvirtProvider.configSchema.parse(given), {}, ports, {
      onHostKey: () => Promise.resolve(true),
    })
    onTestFinished(() => connection.close())
    await connection.watch(new Recorder(), {})
    const { networking } = connection
    if (!networking) throw new Error('no networks')
    return { connection, networks: networking }
  }

  async function made(networks: NetworkKeeper, given: NetworkSpec): Promise<string> {
    const ref = randomUUID()
    await networks.create(HOST_REF, ref, given, {})
    return ref
  }

  const names = async () => (await host.virsh(['net-list', '--all', '--name'])).split('\n').filter((line) => line !== '')

  test.each([
    ['nat', { subnets: [subnet(1)], domain: 'lab.test', mtu: 1400 }],
    ['route', { subnets: [subnet(1, false)], bridge: 'nc-routed' }],
    ['isolated', { subnets: [subnet(1)] }],
    ['open', { subnets: [subnet(1), { address: 'fd00:77::1', prefix: 64, dhcp: null }] }],
    ['bridge', { bridge: 'br0' }],
  ] as const)('%s: made, told of, stopped, started and removed', async (mode, more) => {
    const { networks } = await connected()
    const given = spec({ name: `of-${mode}`, mode, ...more } as Partial<NetworkSpec> & Pick<NetworkSpec, 'name' | 'mode'>)
    const ref = await made(networks, given)
    expect(await host.virsh(['net-info', ref])).toMatch(/Active: +yes\nPersistent: +yes\nAutostart: +yes/)
    const detail = await networks.detail(ref, {})
    expect(detail).toMatchObject({
      mode,
      domain: given.domain,
      mtu: given.mtu,
      subnets: given.subnets,
      hasPending: false,
      ports: [],
      noStop: null,
      noRemove: null,
    })
    expect(detail.bridge ?? '').toMatch(new RegExp(`^${given.bridge ?? 'virbr\\d+'}$`))
    // A second time it is the same network.
    await networks.create(HOST_REF, ref, given, {})
    await networks.stop(ref, false, {})
    expect(await networks.state(ref, {})).toMatchObject({ isActive: false, autostart: true, revision: detail.revision })
    expect(await failureOf(networks.stop(ref, false, {}))).toMatchObject({ kind: 'precondition', code: 'network.off' })
    await networks.start(ref, {})
    expect(await networks.state(ref, {})).toMatchObject({ isActive: true })
    await networks.remove(ref, {})
    expect(await networks.state(ref, {})).toBeNull()
    expect(await names()).toEqual(['default'])
    expect(await failureOf(networks.remove(ref, {}))).toMatchObject({ kind: 'not-found', code: 'network.not-found' })
  })

  test('what is taken or makes no sense is refused before anything is done', async () => {
    const { networks } = await connected()
    const refused = async (given: Partial<NetworkSpec> & Pick<NetworkSpec, 'name' | 'mode'>) => {
      const error = await failureOf(made(networks, spec(given)))
      return { kind: error.kind, code: error.code, ...error.details }
    }
    expect(await refused({ name: 'default', mode: 'isolated' })).toMatchObject({ kind: 'conflict', code: 'network.name-taken', host: 'a' })
    for (const bridge of ['virbr0', 'br0']) {
      expect(await refused({ name: 'other', mode: 'isolated', bridge })).toMatchObject({ kind: 'conflict', code: 'network.bridge-taken' })
    }
    expect(await refused({ name: 'other', mode: 'bridge', bridge: 'eth0' })).toMatchObject({ code: 'network.bridge-missing' })
    const dhcp = null
    // libvirt itself would let a part of another network's subnet pass.
    const part = { name: 'other', mode: 'nat', subnets: [{ address: '192.168.122.129', prefix: 25, dhcp }] } as const
    expect(await refused({ ...part, subnets: [...part.subnets] })).toMatchObject({
      kind: 'conflict',
      code: 'network.subnet-taken',
      by: 'default',
    })
    const ofHost = { address: `${host.address.replace(/\d+$/, '')}77`, prefix: 28, dhcp }
    expect(await refused({ name: 'other', mode: 'nat', subnets: [ofHost] })).toMatchObject({ code: 'network.subnet-taken', by: 'br0' })
    expect(await refused({ name: 'other', mode: 'nat', subnets: [subnet(2), subnet(2, false)] })).toMatchObject({
      code: 'network.subnet-taken',
    })
    expect(await refused({ name: 'other', mode: 'nat', subnets: [subnet(2), subnet(3)] })).toMatchObject({ code: 'network.one-dhcp' })
    const range = { start: '10.77.2.10', end: '10.77.3.20' }
    expect(await refused({ name: 'other', mode: 'nat', subnets: [{ ...subnet(2), dhcp: range }] })).toMatchObject({
      code: 'network.outside-subnet',
    })
    expect(await refused({ name: 'other', mode: 'nat', device: 'nowhere0', subnets: [subnet(2)] })).toMatchObject({
      code: 'network.device-missing',
    })
    expect(await names()).toEqual(['default'])
  })

  test('a network that its name server keeps from starting leaves nothing, and says what the host said', async () => {
    const { networks } = await connected()
    await writeFile(join(host.dir, 'dnsmasq'), '#!/bin/sh\necho "dnsmasq: no room in the lab" >&2\nexit 2\n', { mode: 0o755 })
    await host.exec('mount --bind /srv/host/dnsmasq "$(readlink -f /usr/sbin/dnsmasq)"')
    onTestFinished(async () => {
      await host.exec('umount "$(readlink -f /usr/sbin/dnsmasq)"')
    })
    const error = await failureOf(made(networks, spec({ name: 'mute', mode: 'nat', subnets: [subnet(3)] })))
    expect(error).toMatchObject({ kind: 'remote-failure', code: 'network.start-failed' })
    expect(error.details.said).toContain('no room in the lab')
    expect(await names()).toEqual(['default'])
  })

  test('hosts, names and ranges are changed in what runs and in what is kept; the name server answers with them', async () => {
    const { networks } = await connected()
    const ref = await made(networks, spec({ name: 'edited', mode: 'isolated', domain: 'lab.test', subnets: [subnet(4, false), subnet(5)] }))
    onTestFinished(() => networks.remove(ref, {}))
    const edit = async (change: NetworkEdit) => networks.edit(ref, change, (await networks.detail(ref, {})).revision, {})
    const one = { mac: '52:54:00:AA:00:01', name: 'one', address: '10.77.5.20' }
    await edit({ edit: 'addHost', host: one })
    await edit({ edit: 'addDnsHost', host: { address: '10.77.4.9', names: ['printer.lab.test', 'printer'] } })
    await edit({ edit: 'setRange', subnet: '10.77.5.1', dhcp: { start: '10.77.5.50', end: '10.77.5.60' } })
    await edit({ edit: 'setAutostart', autostart: false })
    const detail = await networks.detail(ref, {})
    expect(detail).toMatchObject({
      hasPending: false,
      hosts: [{ ...one, mac: one.mac.toLowerCase() }],
      dnsHosts: [{ address: '10.77.4.9', names: ['printer.lab.test', 'printer'] }],
      subnets: [subnet(4, false), { ...subnet(5), dhcp: { start: '10.77.5.50', end: '10.77.5.60' } }],
    })
    expect(await host.virsh(['net-dumpxml', ref, '--inactive'])).toContain(`<range start='10.77.5.50' end='10.77.5.60'/>`)
    expect(await networks.state(ref, {})).toMatchObject({ autostart: false })
    expect((await host.exec('busybox nslookup printer.lab.test 10.77.4.1')).stdout).toContain('10.77.4.9')
    const refused = async (change: NetworkEdit) => (await failureOf(edit(change))).code
    expect(await refused({ edit: 'addHost', host: { ...one, address: '10.77.5.21' } })).toBe('network.entry-taken')
    expect(await refused({ edit: 'addHost', host: { ...one, address: '10.78.0.1' } })).toBe('network.no-such-subnet')
    expect(await refused({ edit: 'addHost', host: { mac: null, name: 'me', address: '10.77.5.1' } })).toBe('network.outside-subnet')
    expect(await refused({ edit: 'setRange', subnet: '10.77.4.1', dhcp: subnet(4).dhcp })).toBe('network.one-dhcp')
    expect(await refused({ edit: 'addHost', host: { ...one, mac: null, name: 'two', address: '10.77.4.20' } })).toBe('network.one-dhcp')
    expect(await refused({ edit: 'removeHost', address: '10.77.5.99' })).toBe('network.entry-missing')
    expect(await refused({ edit: 'setRange', subnet: '10.77.5.1', dhcp: { start: '10.77.5.60', end: '10.77.5.50' } })).toBe(
      'network.range-backwards',
    )
    await edit({ edit: 'removeHost', address: one.address })
    await edit({ edit: 'removeDnsHost', address: '10.77.4.9' })
    await edit({ edit: 'setRange', subnet: '10.77.5.1', dhcp: null })
    expect(await networks.detail(ref, {})).toMatchObject({ hosts: [], dnsHosts: [], subnets: [subnet(4, false), subnet(5, false)] })
  })

  test('a definition counts after a restart; what virsh has changed meanwhile is not written over', async () => {
    const { networks } = await connected()
    const ref = await made(networks, spec({ name: 'defined', mode: 'nat', subnets: [subnet(6)] }))
    onTestFinished(() => networks.remove(ref, {}))
    const before = await networks.detail(ref, {})
    const wider = (before.keptXml ?? '').replace('10.77.6.199', '10.77.6.222').replace(/<uuid>.*<\/uuid>/, '<!-- mine -->')
    await networks.edit(ref, { edit: 'setDefinition', xml: wider }, before.revision, {})
    const pending = await networks.detail(ref, {})
    expect(pending).toMatchObject({ hasPending: true, subnets: [subnet(6)] })
    expect(pending.keptXml).toContain('10.77.6.222')
    // The page that is a minute old.
    expect(await failureOf(networks.edit(ref, { edit: 'setDefinition', xml: wider }, before.revision, {}))).toMatchObject({
      kind: 'conflict',
      code: 'network.changed-meanwhile',
    })
    await networks.stop(ref, false, {})
    await networks.start(ref, {})
    const after = await networks.detail(ref, {})
    expect(after.hasPending).toBe(false)
    expect(after.subnets[0]?.dhcp?.end).toBe('10.77.6.222')
    await host.virsh([
      'net-update',
      ref,
      'add',
      'dns-host',
      `<host ip='10.77.6.9'><hostname>theirs</hostname></host>`,
      '--live',
      '--config',
    ])
    const late = networks.edit(ref, { edit: 'addDnsHost', host: { address: '10.77.6.8', names: ['mine'] } }, after.revision, {})
    expect(await failureOf(late)).toMatchObject({ code: 'network.changed-meanwhile' })
    expect(await networks.detail(ref, {})).toMatchObject({ dnsHosts: [{ address: '10.77.6.9', names: ['theirs'] }] })
    const { revision } = await networks.detail(ref, {})
    const refused = async (xml: string) => (await failureOf(networks.edit(ref, { edit: 'setDefinition', xml }, revision, {}))).code
    expect(await refused('<network><name>another</name></network>')).toBe('network.other-network')
    expect(await refused('<network><name>defined')).toBe('network.not-a-network')
    expect(await refused(`<network><name>defined</name><forward mode='sideways'/></network>`)).toBe('network.definition-refused')
    expect((await networks.detail(ref, {})).revision).toBe(revision)
  })

  /** A card as the lab's guests have none: on any network, with a filter. */
  const cardXml = (network: string, mac: string, filter: string) =>
    `<interface type='network'><mac address='${mac}'/><source network='${network}'/><model type='virtio'/><filterref filter='${filter}'/></interface>`

  async function withXml<T>(xml: string, run: (file: string) => Promise<T>): Promise<T> {
    const file = join(host.dir, `${randomUUID()}.xml`)
    await writeFile(file, xml)
    return await run(file)
  }

  test('a guest gets the address of its entry; whoever is attached is named, holds the network and its filter, and is on the picture', async () => {
    const { connection, networks } = await connected()
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
    await until(
      'its name',
      async () => (await host.exec('busybox nslookup fixed.lab.test 10.77.7.1')).stdout.includes('10.77.7.42'),
      60_000,
    )
    await until('its address', async () => (await networks.detail(ref, {})).ports[0]?.addresses.includes('10.77.7.42') === true, 30_000)
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
    for (let at = nodes.findIndex(({ id }) => id === `nic:${mac}`); at >= 0; at = edges.find(([from]) => from === at)?.[1] ?? -1) {
      path.push(nodes[at]?.id ?? '')
    }
    expect(path).toEqual([`nic:${mac}`, `net:${ref}`, `if:${detail.bridge}`, 'if:br0', 'if:eth0'])
    expect(nodes.find(({ id }) => id === `nic:${mac}`)).toMatchObject({ isUp: true, machineRef: guest.uuid })
    // Leases are looked at every few seconds while somebody looks.
    const nic = async () => (await networks.topology(HOST_REF, {})).nodes.find(({ id }) => id === `nic:${mac}`)
    await until('its address on the picture', async () => (await nic())?.addresses.includes('10.77.7.42') === true, 30_000)
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
    expect((await host.exec(`readlink /sys/class/net/${target}/master`)).code).not.toBe(0)
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
})
