import { AppError } from '../../../shared/errors/index.ts'
import type { Host, HostId } from '../../../shared/model/index.ts'
import type { MachineBuilder, ProviderConnection, VolumeKeeper } from '../../providers/provider.ts'
import type { InventoryReader, Links } from '../ports.ts'
import { noBuilderError } from './disk-step.ts'

/** A host with what makes machines on it. */
export interface Place {
  readonly host: Host
  readonly link: ProviderConnection
  readonly builder: MachineBuilder
  readonly keeper: VolumeKeeper
}

/** Throws `not-found` host.not-found, `unreachable` link.not-live, `unsupported` build.unsupported. */
export function placeOf(hostId: HostId, inventory: InventoryReader, links: Links): Place {
  const host = inventory.get('host', hostId)
  if (!host)
    throw new AppError({ kind: 'not-found', code: 'host.not-found', message: 'There is no such host any more.', details: { hostId } })
  const link = links.current(host.connectionId)
  if (!link) {
    throw new AppError({
      kind: 'unreachable',
      code: 'link.not-live',
      message: `There is no link to ${host.name} now. It is tried again by itself.`,
      details: { connection: host.name },
    })
  }
  if (!link.builder || !link.volumes) throw noBuilderError()
  return { host, link, builder: link.builder, keeper: link.volumes }
}
