import { AppError } from '../../../shared/errors/index.ts'
import type { Host, Pool, PoolId, VolumePlace } from '../../../shared/model/index.ts'
import type { ProviderConnection, VolumeKeeper } from '../../providers/provider.ts'
import { openLink } from '../known-hosts.ts'
import type { InventoryReader, Links } from '../ports.ts'

/** A pool and the host it is on, as the inventory knows them. */
export interface KnownPool {
  readonly pool: Pool
  readonly host: Host
}

/** Throws `not-found` volume.pool-unknown. */
export function knownPool(inventory: InventoryReader, id: PoolId): KnownPool {
  const pool = inventory.get('pool', id)
  const host = pool && inventory.get('host', pool.hostId)
  if (pool && host) return { pool, host }
  throw new AppError({
    kind: 'not-found',
    code: 'volume.pool-unknown',
    message: 'There is no such pool any more.',
    details: { poolId: id },
  })
}

/** The keeper of a host's volumes over its open link. Throws `unreachable` link.not-live and what {@link keeperOf} does. */
export function keeperOn(host: Host, inventory: InventoryReader, links: Links): VolumeKeeper {
  return keeperOf(openLink(host, inventory, links))
}

/** Throws `unsupported` volume.unsupported. */
export function keeperOf(link: ProviderConnection | null): VolumeKeeper {
  if (link?.volumes) return link.volumes
  const reason = 'This kind of connection has no volumes.'
  throw new AppError({
    kind: 'unsupported',
    code: 'volume.unsupported',
    message: reason,
    details: { expected: 'a host with storage pools', actual: 'none', reason },
  })
}

/** By this id one task at a time holds a volume, whether it is there yet or not. */
export function volumeKey(poolId: PoolId, { volume }: Pick<VolumePlace, 'volume'>): string {
  return `${poolId}/${volume}`
}
