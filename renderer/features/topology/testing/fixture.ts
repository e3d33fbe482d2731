import type { HostTopology, TopologyNode } from '../../../../shared/model/index.ts'

export function node(id: string, kind: TopologyNode['kind'], change: Partial<TopologyNode> = {}): TopologyNode {
  const name = id.slice(id.indexOf(':') + 1)
  return {
    id,
    kind,
    name,
    isUp: true,
    speedMbps: null,
    mac: null,
    addresses: [],
    detail: null,
    machineId: null,
    machine: null,
    ...change,
  }
}

/** Places by the ids of the nodes. */
export type Places = Readonly<Record<string, number>>

/** A host: eno1 and eno2 bonded, a VLAN and a bridge on it with the network `prod`, an isolated network, one that is off. */
export function topology(hostId = 'c1.h.1', change: Partial<HostTopology> = {}): HostTopology & { readonly at: Places } {
  const nodes = [
    node('if:eno1', 'physical', { speedMbps: 25_000, mac: '3c:ec:ef:00:00:01' }),
    node('if:eno2', 'physical', { isUp: false }),
    node('if:bond0', 'bond', { detail: '802.3ad', speedMbps: 25_000 }),
    node('if:bond0.110', 'vlan', { detail: '110' }),
    node('if:br-prod', 'bridge'),
    node('net:prod', 'network', { detail: 'bridge' }),
    node('net:lonely', 'network', { detail: 'isolated' }),
    node('if:virbr1', 'bridge'),
    node('net:off', 'network', { detail: 'nat', isUp: false }),
    node('nic:52:54:00:00:00:02', 'nic', { name: 'vnet2', mac: '52:54:00:00:00:02', machine: 'web-2', addresses: ['10.40.1.2'] }),
    node('nic:52:54:00:00:00:0a', 'nic', { name: 'vnet10', mac: '52:54:00:00:00:0a', machine: 'web-10', addresses: ['10.40.1.10'] }),
    node('nic:52:54:00:00:00:03', 'nic', { name: 'vnet3', mac: '52:54:00:00:00:03', machine: 'nfs-1', addresses: ['10.99.0.50'] }),
    node('nic:52:54:00:00:00:04', 'nic', { mac: '52:54:00:00:00:04', machine: 'old-1', isUp: false }),
    node('nic:52:54:00:00:00:05', 'nic', { mac: '52:54:00:00:00:05', machine: 'loose-1' }),
  ]
  const at = Object.fromEntries(nodes.map(({ id }, place) => [id, place]))
  const links: ReadonlyArray<readonly [string, string]> = [
    ['if:bond0', 'if:eno1'],
    ['if:bond0', 'if:eno2'],
    ['if:bond0.110', 'if:bond0'],
    ['if:br-prod', 'if:bond0.110'],
    ['net:prod', 'if:br-prod'],
    ['net:lonely', 'if:virbr1'],
    ['nic:52:54:00:00:00:02', 'net:prod'],
    ['nic:52:54:00:00:00:0a', 'net:prod'],
    ['nic:52:54:00:00:00:03', 'net:lonely'],
    ['nic:52:54:00:00:00:04', 'net:off'],
  ]
  const edges = links.map(([from, to]): [number, number] => [at[from] ?? -1, at[to] ?? -1])
  return { hostId, nodes, edges, unseen: [], observedAtMs: 1, ...change, at }
}
