import { AppError } from '../../shared/errors/index.ts'
import type { HostId } from '../../shared/model/index.ts'
import type { Client } from '../api/client.ts'

/** By its exact name or its id. Throws `not-found` cli.no-such-host and `conflict` cli.ambiguous-name. */
export async function findHost(client: Client, wanted: string): Promise<{ readonly id: HostId; readonly name: string }> {
  const rows = await client.inventory.hosts({})
  const found = rows.map((row) => row.host).filter(({ id, name }) => name === wanted || id === wanted)
  const [host] = found
  if (host && found.length === 1) return host
  const message = host ? `${found.length} hosts are named "${wanted}". Name one by its id.` : `No host is named "${wanted}".`
  throw new AppError({ kind: host ? 'conflict' : 'not-found', code: host ? 'cli.ambiguous-name' : 'cli.no-such-host', message })
}
