import { share } from '../random.ts'
import { type NetworkDefinition, PLAIN } from './definition.ts'

/** A network as a host has it at first. */
export interface NetworkSeed {
  readonly definition: NetworkDefinition
  readonly isActive: boolean
  readonly autostart: boolean
}

function bridged(name: string, bridge: string): NetworkSeed {
  return { definition: { ...PLAIN, name, mode: 'bridge', bridge }, isActive: true, autostart: true }
}

const DEFAULT: NetworkDefinition = {
  ...PLAIN,
  name: 'default',
  mode: 'nat',
  bridge: 'virbr0',
  subnets: [{ address: '192.168.122.1', prefix: 24, dhcp: { start: '192.168.122.2', end: '192.168.122.254' } }],
}

const STORAGE: NetworkDefinition = {
  ...PLAIN,
  name: 'storage',
  mode: 'isolated',
  bridge: 'virbr1',
  domain: 'storage.lan',
  mtu: 9_000,
  subnets: [{ address: '10.99.0.1', prefix: 24, dhcp: { start: '10.99.0.50', end: '10.99.0.250' } }],
  hosts: [
    { mac: '52:54:00:99:00:0a', name: 'nfs-1', address: '10.99.0.10' },
    { mac: '52:54:00:99:00:0b', name: 'nfs-2', address: '10.99.0.11' },
  ],
  dnsHosts: [{ address: '10.99.0.10', names: ['nfs.storage.lan', 'images.storage.lan'] }],
}

function dmz(salt: number): NetworkDefinition {
  const third = 10 + Math.floor(share(salt, 143) * 200)
  return {
    ...PLAIN,
    name: 'dmz',
    mode: 'route',
    bridge: 'virbr2',
    device: 'br0',
    subnets: [
      { address: `172.20.${third}.1`, prefix: 24, dhcp: { start: `172.20.${third}.100`, end: `172.20.${third}.199` } },
      { address: `fd20:${third}::1`, prefix: 64, dhcp: null },
    ],
  }
}

const TENANTS: NetworkDefinition = {
  ...PLAIN,
  name: 'tenants',
  mode: 'openvswitch',
  bridge: 'ovs-br0',
  portGroups: [
    { name: 'office', vlan: 210, isDefault: true },
    { name: 'guests', vlan: 220, isDefault: false },
    { name: 'voice', vlan: 230, isDefault: false },
  ],
}

const LAB: NetworkDefinition = {
  ...PLAIN,
  name: 'lab-open',
  mode: 'open',
  bridge: 'virbr3',
  subnets: [{ address: '10.98.0.1', prefix: 24, dhcp: null }],
}

/** The networks of a host at first: a depot has the usual three, a data centre's host some of every mode. */
export function seededNetworks(salt: number, isEdge: boolean): readonly NetworkSeed[] {
  const usual = [
    bridged('prod', 'br-prod'),
    bridged('test', 'br-test'),
    { definition: DEFAULT, isActive: share(salt, 41) < 0.6, autostart: false },
  ]
  if (isEdge) return usual
  const running = (definition: NetworkDefinition): NetworkSeed => ({ definition, isActive: true, autostart: true })
  return [
    ...usual,
    ...(share(salt, 44) < 0.5 ? [running(STORAGE)] : []),
    ...(share(salt, 45) < 0.35 ? [running(dmz(salt))] : []),
    ...(share(salt, 46) < 0.4 ? [running(TENANTS)] : []),
    ...(share(salt, 47) < 0.15 ? [{ definition: LAB, isActive: false, autostart: false }] : []),
  ]
}
