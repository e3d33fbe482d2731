import type { TOPOLOGY_KINDS } from '../../../../shared/model/index.ts'
import type { SimulatedHost } from '../fleet.ts'
import { hashText, share } from '../random.ts'

/** A device of the host's own network. */
export interface Wire {
  readonly name: string
  readonly kind: Exclude<(typeof TOPOLOGY_KINDS)[number], 'network' | 'nic'>
  readonly isUp: boolean | null
  readonly speedMbps: number | null
  readonly addresses: readonly string[]
  readonly detail: string | null
  /** What it is made of, nearer to the wire. */
  readonly lower: readonly string[]
}

/** The host's own traffic, and that of NAT and routed networks, goes out by it. */
export const DEFAULT_DEVICE = 'br0'

function wire(name: string, kind: Wire['kind'], lower: readonly string[], rest: Partial<Wire> = {}): Wire {
  return { name, kind, isUp: true, speedMbps: null, addresses: [], detail: null, ...rest, lower }
}

/** Address of the host's own leg. */
function ownAddress(host: SimulatedHost, network: number): string {
  return `10.${network}.250.${10 + (hashText(host.ref) % 240)}/24`
}

/** What a host's kernel shows: two ports bonded, VLANs on them, bridges on those; a depot has a single port with its VLANs. */
export function wiresOf(host: SimulatedHost, site: { readonly network: number; readonly edge: boolean }): readonly Wire[] {
  const { salt } = host
  const own = ownAddress(host, site.network)
  if (site.edge) {
    return [
      wire('eno1', 'physical', [], { speedMbps: 1_000 }),
      wire('eno2', 'physical', [], { isUp: false }),
      wire('eno1.110', 'vlan', ['eno1'], { speedMbps: 1_000, detail: '110' }),
      wire('eno1.120', 'vlan', ['eno1'], { speedMbps: 1_000, detail: '120' }),
      wire('br-prod', 'bridge', ['eno1.110']),
      wire('br-test', 'bridge', ['eno1.120']),
      wire('br0', 'bridge', ['eno1'], { addresses: [own] }),
      wire('ovs-br0', 'bridge', [], { isUp: null, detail: 'openvswitch' }),
    ]
  }
  const broken = share(salt, 151) < 0.06
  const unplugged = share(salt, 152) < 0.15
  const bondMbps = broken ? 25_000 : 50_000
  return [
    wire('eno1', 'physical', [], { speedMbps: 25_000 }),
    wire('eno2', 'physical', [], { isUp: !broken, speedMbps: broken ? null : 25_000 }),
    wire('ens1f0', 'physical', [], { speedMbps: 10_000 }),
    wire('ens1f1', 'physical', [], { isUp: !unplugged, speedMbps: unplugged ? null : 10_000 }),
    wire('bond0', 'bond', ['eno1', 'eno2'], { speedMbps: bondMbps, detail: '802.3ad' }),
    wire('bond0.110', 'vlan', ['bond0'], { speedMbps: bondMbps, detail: '110' }),
    wire('bond0.120', 'vlan', ['bond0'], { speedMbps: bondMbps, detail: '120' }),
    wire('br-prod', 'bridge', ['bond0.110']),
    wire('br-test', 'bridge', ['bond0.120']),
    wire('br0', 'bridge', ['ens1f0'], { addresses: [own] }),
    wire('ovs-br0', 'bridge', ['ens1f1'], { detail: 'openvswitch' }),
  ]
}
