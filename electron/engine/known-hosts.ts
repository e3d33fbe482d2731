import { AppError } from '../../shared/errors/index.ts'
import type { Host, HostId } from '../../shared/model/index.ts'
import type { ProviderConnection } from '../providers/provider.ts'
import type { InventoryReader, Links } from './ports.ts'

/** Throws `not-found` host.not-found. */
export function knownHost(inventory: InventoryReader, id: HostId): Host {
  const host = inventory.get('host', id)
  if (host) return host
  throw new AppError({ kind: 'not-found', code: 'host.not-found', message: 'There is no such host any more.', details: { hostId: id } })
}

/** A host's open link. Throws `unreachable` link.not-live. */
export function openLink(host: Host, inventory: InventoryReader, links: Links): ProviderConnection {
  const link = links.current(host.connectionId)
  if (link) return link
  const name = inventory.get('connection', host.connectionId)?.name ?? host.name
  throw new AppError({
    kind: 'unreachable',
    code: 'link.not-live',
    message: `There is no link to ${name} now. It is tried again by itself.`,
    details: { connection: name },
  })
}
