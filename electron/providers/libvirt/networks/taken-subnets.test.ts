import { expect, test } from 'vitest'
import type { HostInterface } from './host-interface.ts'
import { readNetworkXml } from './network-xml.ts'
import { takenSubnets } from './taken-subnets.ts'

const device = (name: string, addresses: readonly string[]): HostInterface => ({
  name,
  kind: 'bridge',
  isUp: true,
  speedMbps: null,
  mac: null,
  addresses,
  detail: null,
  lower: [],
})

test('subnets are those of networks, and the host’s on devices that are not made for a network', () => {
  const networks = [
    `<network><name>default</name><forward mode='nat'/><bridge name='virbr0'/><ip address='192.168.122.1' prefix='24'/></network>`,
    `<network><name>lan</name><forward mode='bridge'/><bridge name='br0'/></network>`,
  ].map(readNetworkXml)
  const interfaces = [device('virbr0', ['192.168.122.1/24']), device('br0', ['192.0.2.10/24', '2001:db8::10/64']), device('br1', [])]
  const host = {
    interfaces,
    names: new Set<string>(),
    taps: new Map<string, string | null>(),
    defaultDevices: [],
    counters: new Map<string, never>(),
  }
  expect(takenSubnets(networks, host)).toEqual([
    { cidr: '192.168.122.1/24', by: 'default' },
    { cidr: '192.0.2.10/24', by: 'br0' },
    { cidr: '2001:db8::10/64', by: 'br0' },
  ])
  expect(takenSubnets(networks, null)).toEqual([{ cidr: '192.168.122.1/24', by: 'default' }])
})
