import { AppError } from '../../../shared/errors/index.ts'
import type { Host, HostId, Network, NetworkId } from '../../../shared/model/index.ts'
import type { NetworkKeeper, ProviderConnection } from '../../providers/provider.ts'
import { openLink } from '../known-hosts.ts'
import type { InventoryReader, Links } from '../ports.ts'

/** A network and the host it is on, as the inventory knows them. */
export interface KnownNetwork {
  readonly network: Network
  readonly host: Host
}

/** Throws `not-found` network.not-found. */
export function knownNetwork(inventory: InventoryReader, id: NetworkId): KnownNetwork {
  const network = inventory.get('network', id)
  const host = network && inventory.get('host', network.hostId)
  if (network && host) return { network, host }
  throw new AppError({
    kind: 'not-found',
    code: 'network.not-found',
    message: 'There is no such network any more.',
    details: { networkId: id },
  })
}

/** The keeper of a host's networks over its open link. Throws `unreachable` link.not-live and what {@link keeperOf} does. */
export function keeperOn(host: Host, inventory: InventoryReader, links: Links): NetworkKeeper {
  return keeperOf(openLink(host, inventory, links))
}

/** Throws `unsupported` network.unsupported. */
export function keeperOf(link: ProviderConnection | null): NetworkKeeper {
  if (link?.networking) return link.networking
  const reason = 'This kind of connection has no networks to look after.'
  throw new AppError({
    kind: 'unsupported',
    code: 'network.unsupported',
    message: reason,
    details: { expected: 'a host with virtual networks', actual: 'none', reason },
  })
}

/** By this id one task at a time holds a filter, whether it is there yet or not. */
export function filterKey(hostId: HostId, name: string): string {
  return `${hostId}/filter/${name}`
}
