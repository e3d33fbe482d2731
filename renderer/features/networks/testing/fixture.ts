import { type Network, type NetworkDetail, type NetworkFilter, networkDetailSchema } from '../../../../shared/model/index.ts'

export function network(name: string, change: Partial<Network> = {}): Network {
  return {
    id: `c1.n.${name}` as Network['id'],
    connectionId: 'c1' as Network['connectionId'],
    hostId: 'c1.h.1' as Network['hostId'],
    nativeRef: name,
    revision: 1,
    observedAtMs: Date.now(),
    name,
    active: true,
    autostart: true,
    persistent: true,
    forward: 'nat',
    bridge: 'virbr0',
    cidrs: ['192.168.122.1/24'],
    ...change,
  }
}

/** A NAT network with one machine that runs and one that is off. */
export function detail(change: Partial<NetworkDetail> = {}): NetworkDetail {
  const port = { machineId: null, portGroup: null, target: null, addresses: [], isRunning: false, isPlugged: null }
  return networkDetailSchema.parse({
    revision: 'r1',
    xml: "<network>\n  <name>default</name>\n  <forward mode='nat'/>\n</network>\n",
    keptXml: "<network>\n  <name>default</name>\n  <forward mode='nat'/>\n</network>\n",
    hasPending: false,
    mode: 'nat',
    bridge: 'virbr0',
    domain: null,
    mtu: null,
    subnets: [{ address: '192.168.122.1', prefix: 24, dhcp: { start: '192.168.122.2', end: '192.168.122.254' } }],
    hosts: [{ mac: '52:54:00:00:00:09', name: 'printer', address: '192.168.122.9' }],
    dnsHosts: [{ address: '192.168.122.9', names: ['printer.lan'] }],
    portGroups: [],
    leases: [{ mac: '52:54:00:00:00:01', address: '192.168.122.77', hostname: 'web', expiresAtMs: 1_800_000_000_000 }],
    ports: [
      {
        ...port,
        machineId: 'c1.m.1',
        machine: 'web-1',
        mac: '52:54:00:00:00:01',
        addresses: ['192.168.122.77'],
        isRunning: true,
        isPlugged: true,
      },
      { ...port, machine: 'old-1', mac: '52:54:00:00:00:02' },
    ],
    noStop: { code: 'network.in-use', text: 'Running machines are attached: web-1.', params: { machines: 'web-1' } },
    noRemove: { code: 'network.named', text: 'Machines name it (web-1, old-1).', params: { machines: 'web-1, old-1' } },
    observedAtMs: Date.now(),
    ...change,
  })
}

export function filter(name: string, change: Partial<NetworkFilter> = {}): NetworkFilter {
  return { name, uuid: `u-${name}`, xml: `<filter name='${name}'/>`, usedBy: [], includedBy: [], ...change }
}
