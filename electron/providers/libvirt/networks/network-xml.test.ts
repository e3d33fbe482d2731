import { describe, expect, test } from 'vitest'
import { networkSpecSchema } from '../../../../shared/model/index.ts'
import { canonicalNetwork, newNetworkXml, readNetworkXml } from './network-xml.ts'

const UUID = '11111111-2222-4333-8444-555555555555'

describe('what is asked for is what a definition says', () => {
  test.each([
    { name: 'nat', mode: 'nat', subnets: [{ address: '10.0.0.1', prefix: 24, dhcp: { start: '10.0.0.2', end: '10.0.0.9' } }], mtu: 9000 },
    { name: 'a & b', mode: 'route', device: 'eth0', bridge: 'virbr7', domain: 'lab.test', subnets: [{ address: 'fd00::1', prefix: 64 }] },
    { name: 'isolated', mode: 'isolated' },
    { name: 'open', mode: 'open', subnets: [{ address: '10.0.0.1', prefix: 30 }] },
    { name: 'bridge', mode: 'bridge', bridge: 'br0' },
    {
      name: 'ovs',
      mode: 'openvswitch',
      bridge: 'ovsbr0',
      portGroups: [
        { name: 'blue', vlan: 40, isDefault: true },
        { name: 'trunk', vlan: null },
      ],
    },
  ])('$mode', (given) => {
    const spec = networkSpecSchema.parse(given)
    const { mode, name, bridge, domain, mtu, subnets, portGroups, device } = spec
    expect(readNetworkXml(newNetworkXml(UUID, spec))).toEqual({
      name,
      uuid: UUID,
      mode,
      bridge,
      domain,
      mtu,
      subnets,
      portGroups,
      hosts: [],
      dnsHosts: [],
      devices: device === null ? [] : [device],
    })
  })
})

test('netmasks, families, hosts, names, devices of all kinds', () => {
  const xml = `<network><name>x</name><forward mode='passthrough' dev='eth0'><interface dev='eth0'/><interface dev='eth1'/><pf dev='eth2'/></forward>
<ip address='10.0.0.1' netmask='255.255.240.0'><dhcp><range start='10.0.1.1' end='10.0.1.9'/><host mac='52:54:00:00:00:01' name='one' ip='10.0.1.5'/></dhcp></ip>
<ip family='ipv6' address='fd00::1'><dhcp><host name='six' ip='fd00::6'/></dhcp></ip>
<dns><host ip='10.0.0.9'><hostname>printer</hostname><hostname>printer.lab</hostname></host></dns></network>`
  expect(readNetworkXml(xml)).toMatchObject({
    uuid: null,
    mode: 'passthrough',
    devices: ['eth0', 'eth1', 'eth2'],
    subnets: [
      { address: '10.0.0.1', prefix: 20, dhcp: { start: '10.0.1.1', end: '10.0.1.9' } },
      { address: 'fd00::1', prefix: 64, dhcp: null },
    ],
    hosts: [
      { mac: '52:54:00:00:00:01', name: 'one', address: '10.0.1.5' },
      { mac: null, name: 'six', address: 'fd00::6' },
    ],
    dnsHosts: [{ address: '10.0.0.9', names: ['printer', 'printer.lab'] }],
  })
})

describe('what comes and goes by itself is no change', () => {
  const kept = `<network><name>x</name><forward mode='nat' dev='eth0'/><bridge name='virbr0'/></network>`
  test('connections, NAT’s own ports, the device that libvirt makes an interface of, white space', () => {
    const runs = `<network connections='3'>
  <name>x</name>
  <forward dev='eth0' mode='nat'><nat><port start='1024' end='65535'/></nat><interface dev='eth0' connections='3'/></forward>
  <bridge name='virbr0'/></network>`
    expect(canonicalNetwork(runs)).toBe(canonicalNetwork(kept))
  })
  test.each([
    kept.replace('virbr0', 'virbr1'),
    kept.replace(`dev='eth0'/>`, `dev='eth0'><nat><port start='1024' end='2048'/></nat></forward>`),
    kept.replace(`dev='eth0'/>`, `dev='eth0'><nat ipv6='yes'/></forward>`),
    kept.replace(`dev='eth0'/>`, `dev='eth0'><interface dev='eth1'/></forward>`),
    kept.replace('</network>', `<dns enable='no'/></network>`),
    kept.replace('<name>x', '<name>y'),
  ])('but this is one: %s', (other) => {
    expect(canonicalNetwork(other)).not.toBe(canonicalNetwork(kept))
  })
})
