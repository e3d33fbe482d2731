import type { HostId, Network, Pool } from '../../../shared/model/index.ts'
import { NETWORK_MODES } from '../../../shared/model/index.ts'
import type { InventoryReader } from '../ports.ts'

/** Pools that another host can have alike without anybody logging in or giving a device: folders, and what is mounted from a server. */
const POOL_TYPES: ReadonlySet<string> = new Set(['dir', 'netfs'])
const MODES: ReadonlySet<string> = new Set(NETWORK_MODES)

/** Pools of a host that can be made alike elsewhere, by name, in words that a person who knows the host reads. */
export function poolsToCopy(inventory: InventoryReader, hostId: HostId): ReadonlyMap<string, string> {
  const pools = [...inventory.all('pool')].filter((pool) => pool.hostId === hostId && canCopyPool(pool))
  return new Map(pools.map(({ name, type, target }) => [name, [`${type} pool`, target].filter((part) => part !== null).join(', ')]))
}

export function canCopyPool({ type, target, persistent }: Pool): boolean {
  return POOL_TYPES.has(type) && target !== null && persistent
}

export function networksToCopy(inventory: InventoryReader, hostId: HostId): ReadonlyMap<string, string> {
  const networks = [...inventory.all('network')].filter((network) => network.hostId === hostId && canCopyNetwork(network))
  return new Map(
    networks.map(({ name, forward, bridge, cidrs }) => [name, [forward, ...cidrs, bridge].filter((part) => part !== null).join(', ')]),
  )
}

/** What hands out a host's device itself is made by hand there. */
export function canCopyNetwork({ forward }: Network): boolean {
  return forward !== null && MODES.has(forward)
}
