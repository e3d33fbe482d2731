import { AppError } from '../../../shared/errors/index.ts'
import type { HostId, PoolId } from '../../../shared/model/index.ts'
import type { Client } from '../../api/client.ts'
import { findHost } from '../find-host.ts'

/** A pool as it is typed: `host/pool`, and `host/pool/volume` for a volume in it. */
export interface PoolPlace {
  readonly hostId: HostId
  readonly poolId: PoolId
  readonly pool: string
  /** Null: none was named. */
  readonly volume: string | null
}

/** The parts of what was typed; a volume's name may hold anything but a slash, and a host's as well. */
export function partsOf(text: string): { readonly host: string; readonly pool: string; readonly volume: string | null } {
  const [host = '', pool = '', ...rest] = text.split('/')
  if (host === '' || pool === '' || rest.length > 1) throw badPlace(text)
  return { host, pool, volume: rest[0] || null }
}

/** Throws `invalid-input` cli.bad-place, `not-found` cli.no-such-host, cli.no-such-pool, `conflict` cli.ambiguous-name. */
export async function poolPlace(client: Client, text: string): Promise<PoolPlace> {
  const { host, pool, volume } = partsOf(text)
  const found = await findHost(client, host)
  const pools = await client.volumes.pools({ hostId: found.id })
  const known = pools.find(({ name }) => name === pool)
  if (known) return { hostId: found.id, poolId: known.id, pool, volume }
  const names = pools.map(({ name }) => name).join(', ') || 'none'
  throw new AppError({ kind: 'not-found', code: 'cli.no-such-pool', message: `${found.name} has no pool "${pool}". It has: ${names}` })
}

/** The same with a volume. */
export async function volumePlace(client: Client, text: string): Promise<PoolPlace & { readonly volume: string }> {
  const { volume, ...place } = await poolPlace(client, text)
  if (volume === null) throw badPlace(text)
  return { ...place, volume }
}

function badPlace(text: string): AppError {
  const message = `"${text}" names no place. Write host/pool, or host/pool/volume, such as kvm-01/default/debian-12.qcow2.`
  return new AppError({ kind: 'invalid-input', code: 'cli.bad-place', message })
}
