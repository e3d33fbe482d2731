import type { Host, MachineId } from '../../../shared/model/index.ts'
import type { ProviderConnection, StorageKeeper } from '../../providers/provider.ts'
import { openLink } from '../known-hosts.ts'
import type { InventoryReader, Links } from '../ports.ts'
import { storageUnsupported } from './storage-errors.ts'

/** The keeper of a host's pools over its open link. Throws `unreachable` link.not-live and what {@link storageOf} does. */
export function storageOn(host: Host, inventory: InventoryReader, links: Links): StorageKeeper {
  return storageOf(openLink(host, inventory, links))
}

/** Throws `unsupported` pool.unsupported. */
export function storageOf(link: ProviderConnection | null): StorageKeeper {
  if (link?.storage) return link.storage
  throw storageUnsupported()
}

/** A machine that uses a volume; null: its host knows it and the inventory does not, yet or any more. */
export interface Owner {
  readonly machineId: MachineId | null
  readonly name: string
}

/** Turns names of a host's machines to machines. Names are unique on a host. */
export function ownersOf(host: Host, inventory: InventoryReader): (names: readonly string[]) => Owner[] {
  const ids = new Map<string, MachineId>()
  for (const { hostId, name, id } of inventory.all('machine')) if (hostId === host.id) ids.set(name, id)
  return (names) => names.map((name) => ({ machineId: ids.get(name) ?? null, name }))
}
