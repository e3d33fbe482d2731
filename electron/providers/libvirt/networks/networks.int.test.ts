import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Lab, type LabHost, startLab } from '../../../../e2e/lab/lab.ts'
import { requirePeer } from '../../../../e2e/lab/requires.ts'
import type { NetworkEdit } from '../../../../shared/model/index.ts'
import type { ProviderPorts } from '../../provider.ts'
import { testPorts } from '../testing/ports.ts'
import { HOST_REF } from '../watch.ts'
import { connected, failureOf, type GivenSpec, made, spec, subnet } from './testing/network-lab.ts'

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

  const names = async () => (await host.virsh(['net-list', '--all', '--name'])).split('\n').filter((line) => line !== '')

  test.each([
    ['nat', { subnets: [subnet(1)], domain: 'lab.test', mtu: 1400 }],
    ['route', { subnets: [subnet(1, false)], bridge: 'nc-routed' }],
    ['isolated', { subnets: [subnet(1)] }],
    ['open', { subnets: [subnet(1), { address: 'fd00:77::1', prefix: 64, dhcp: null }] }],
    ['bridge', { bridge: 'br0' }],
    // To the kernel a bridge of Open vSwitch is a device like any other: so is this one.
    [
      'openvswitch',
      {
        bridge: 'br0',
        portGroups: [
          { name: 'blue', vlan: 40, isDefault: true },
          { name: 'all', vlan: null, isDefault: false },
        ],
      },
    ],
  ] as const)('%s: made, told of, stopped, started and removed', async (mode, more) => {
    const { networks } = await connected(host, ports)
    const given = spec({ name: `of-${mode}`, mode, ...more } as GivenSpec)
    const ref = await made(networks, given)
    expect(await host.virsh(['net-info', ref])).toMatch(/Active: +yes\nPersistent: +yes\nAutostart: +yes/)
    const detail = await networks.detail(ref, {})
    expect(detail).toMatchObject({
      mode,
      domain: given.domain,
      mtu: given.mtu,
      subnets: given.subnets,
      portGroups: given.portGroups,
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
    const { networks } = await connected(host, ports)
    const refused = async (given: GivenSpec) => {
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
    const { networks } = await connected(host, ports)
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
    const { networks } = await connected(host, ports)
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
    expect(await refused({ edit: 'addHost', host: { mac: null, name: null, address: '10.77.5.30' } })).toBe('network.host-unnamed')
    expect(await refused({ edit: 'removeHost', address: '10.77.5.99' })).toBe('network.entry-missing')
    expect(await refused({ edit: 'setRange', subnet: '10.77.5.1', dhcp: { start: '10.77.5.60', end: '10.77.5.50' } })).toBe(
      'network.range-backwards',
    )
    await edit({ edit: 'removeHost', address: one.address })
    await edit({ edit: 'removeDnsHost', address: '10.77.4.9' })
    await edit({ edit: 'setRange', subnet: '10.77.5.1', dhcp: null })
    expect(await networks.detail(ref, {})).toMatchObject({ hosts: [], dnsHosts: [], subnets: [subnet(4, false), subnet(5, false)] })
  })

  test('an IPv6 subnet gives out addresses beside an IPv4 one, to hosts by their names', async () => {
    const { networks } = await connected(host, ports)
    const v6 = { address: 'fd00:77::1', prefix: 64, dhcp: { start: 'fd00:77::100', end: 'fd00:77::1ff' } }
    const ref = await made(networks, spec({ name: 'both', mode: 'isolated', subnets: [subnet(9), v6] }))
    onTestFinished(() => networks.remove(ref, {}))
    const edit = async (change: NetworkEdit) => networks.edit(ref, change, (await networks.detail(ref, {})).revision, {})
    const withMac = { edit: 'addHost', host: { mac: '52:54:00:aa:00:06', name: 'six', address: 'fd00:77::20' } } as const
    expect(await failureOf(edit(withMac))).toMatchObject({ code: 'network.no-mac-in-v6' })
    await edit({ ...withMac, host: { ...withMac.host, mac: null } })
    await edit({ edit: 'addHost', host: { mac: withMac.host.mac, name: null, address: '10.77.9.20' } })
    await edit({ edit: 'setRange', subnet: v6.address, dhcp: { start: 'fd00:77::200', end: 'fd00:77::2ff' } })
    const { hosts, subnets, hasPending } = await networks.detail(ref, {})
    expect(hasPending).toBe(false)
    expect(hosts).toEqual([
      { mac: withMac.host.mac, name: null, address: '10.77.9.20' },
      { mac: null, name: 'six', address: 'fd00:77::20' },
    ])
    expect(subnets).toEqual([subnet(9), { ...v6, dhcp: { start: 'fd00:77::200', end: 'fd00:77::2ff' } }])
  })

  test('a definition counts after a restart; what virsh has changed meanwhile is not written over', async () => {
    const { networks } = await connected(host, ports)
    const ref = await made(networks, spec({ name: 'defined', mode: 'nat', subnets: [subnet(6)] }))
    onTestFinished(() => networks.remove(ref, {}))
    const before = await networks.detail(ref, {})
    const wider = (before.keptXml ?? '').replace('10.77.6.199', '10.77.6.222').replace(/<uuid>.*<\/uuid>/, '<!-- mine -->')
    await networks.edit(ref, { edit: 'setDefinition', xml: wider }, before.revision, {})
    const pending = await networks.detail(ref, {})
    expect(pending).toMatchObject({ hasPending: true, subnets: [subnet(6)] })
    expect(pending.keptXml).toContain('10.77.6.222')
    const both = networks.edit(ref, { edit: 'setRange', subnet: '10.77.6.1', dhcp: null }, pending.revision, {})
    expect(await failureOf(both)).toMatchObject({ kind: 'precondition', code: 'network.needs-restart' })
    expect((await networks.detail(ref, {})).revision).toBe(pending.revision)
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
    // Of a subnet that libvirt would take.
    const overlapping = `<network><name>defined</name><ip address='192.168.122.129' prefix='25'/></network>`
    expect(await refused(overlapping)).toBe('network.subnet-taken')
    expect((await networks.detail(ref, {})).revision).toBe(revision)
  })
})
