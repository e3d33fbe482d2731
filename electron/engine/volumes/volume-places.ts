import { AppError } from '../../../shared/errors/index.ts'
import type { Host, HostId, Pool, PoolId, VolumePlace } from '../../../shared/model/index.ts'
import type { ProviderConnection, VolumeKeeper } from '../../providers/provider.ts'
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

/** Throws `not-found` volume.host-unknown. */
export function knownHost(inventory: InventoryReader, id: HostId): Host {
  const host = inventory.get('host', id)
  if (host) return host
  throw new AppError({
    kind: 'not-found',
    code: 'volume.host-unknown',
    message: 'There is no such host any more.',
    details: { hostId: id },
  })
}

/** The keeper of a host's volumes over its open link. Throws `unreachable` link.not-live and what {@link keeperOf} does. */
export function keeperOn(host: Host, inventory: InventoryReader, links: Links): VolumeKeeper {
  const link = links.current(host.connectionId)
  if (link) return keeperOf(link)
  const name = inventory.get('connection', host.connectionId)?.name ?? host.name
  throw new AppError({
    kind: 'unreachable',
    code: 'link.not-live',
    message: `There is no link to ${name} now. It is tried again by itself.`,
    details: { connection: name },
  })
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
