import type { NetworkDetail, NetworkSpec } from '../../../../shared/model/index.ts'
import type { NetworkFacts } from '../../provider.ts'

/** What a network's definition says. */
export interface NetworkDefinition
  extends Pick<NetworkDetail, 'bridge' | 'domain' | 'mtu' | 'subnets' | 'hosts' | 'dnsHosts' | 'portGroups'> {
  readonly name: string
  readonly mode: NetworkSpec['mode']
  /** The only way out of a NAT or a routed one; null: any. */
  readonly device: string | null
}

export const PLAIN: Omit<NetworkDefinition, 'name' | 'mode' | 'bridge'> = {
  device: null,
  domain: null,
  mtu: null,
  subnets: [],
  hosts: [],
  dnsHosts: [],
  portGroups: [],
}

/** Modes whose bridge is the network's own, and is there only while it runs. */
export function hasOwnBridge(mode: NetworkSpec['mode']): boolean {
  return mode !== 'bridge' && mode !== 'openvswitch'
}

export function cidrsOf({ subnets }: Pick<NetworkDefinition, 'subnets'>): string[] {
  return subnets.map(({ address, prefix }) => `${address}/${prefix}`)
}

export interface NetworkState {
  readonly hostRef: string
  readonly kept: NetworkDefinition
  /** Null: it is off. */
  readonly running: NetworkDefinition | null
  readonly autostart: boolean
}

/** What the inventory has of it. */
export function factsOf({ hostRef, kept, running, autostart }: NetworkState): NetworkFacts {
  const shown = running ?? kept
  return {
    hostRef,
    name: kept.name,
    active: running !== null,
    autostart,
    persistent: true,
    forward: shown.mode === 'openvswitch' ? 'bridge' : shown.mode,
    bridge: shown.bridge,
    cidrs: cidrsOf(shown),
  }
}
