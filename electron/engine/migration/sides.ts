import { AppError } from '../../../shared/errors/index.ts'
import type { Host, HostId, Machine, MachineId } from '../../../shared/model/index.ts'
import type { MachineMover, MoveReceiver, ProviderConnection } from '../../providers/provider.ts'
import { knownMachine } from '../machines/machine-links.ts'
import type { InventoryReader, Links } from '../ports.ts'
import { noLinkTo } from './migration-errors.ts'

/** Both ends of a move, with an open link to each. */
export interface Ends {
  readonly source: Host
  readonly target: Host
  readonly from: MachineMover
  readonly to: MachineMover
  readonly receiver: MoveReceiver
}

export interface Sides extends Ends {
  readonly machine: Machine
}

/**
 * Throws `not-found` machine.not-found, host.not-found, `unreachable` link.not-live, `unsupported` migration.unsupported and
 * migration.other-kind.
 */
export function sidesOf(machineId: MachineId, targetHostId: HostId, inventory: InventoryReader, links: Links): Sides {
  const machine = knownMachine(inventory, machineId)
  return { machine, ...endsOf({ sourceHostId: machine.hostId, targetHostId }, inventory, links) }
}

/** The same without the machine, which may be known at neither of them for a moment. */
export function endsOf(
  { sourceHostId, targetHostId }: { readonly sourceHostId: HostId; readonly targetHostId: HostId },
  inventory: InventoryReader,
  links: Links,
): Ends {
  const source = knownHost(sourceHostId, inventory)
  const target = knownHost(targetHostId, inventory)
  const from = moverAt(source, linkTo(source, inventory, links).migration)
  const to = moverAt(target, linkTo(target, inventory, links).migration)
  if (from.providerId !== to.providerId) throw otherKind(target.name)
  return { source, target, from, to, receiver: { providerId: to.providerId, hostRef: target.nativeRef, mover: to } }
}

/** Throws `unreachable` link.not-live. */
export function linkTo(host: Host, inventory: InventoryReader, links: Links): ProviderConnection {
  const link = links.current(host.connectionId)
  if (link) return link
  throw noLinkTo(host, inventory)
}

/** Throws `not-found` host.not-found. */
export function knownHost(id: HostId, inventory: InventoryReader): Host {
  const host = inventory.get('host', id)
  if (host) return host
  throw noHost(id)
}

function noHost(hostId: HostId): AppError {
  return new AppError({ kind: 'not-found', code: 'host.not-found', message: 'There is no such host any more.', details: { hostId } })
}

/** Of a link to many hosts the mover of this one. Throws `unsupported` migration.unsupported. */
export function moverAt({ nativeRef }: Pick<Host, 'nativeRef'>, mover: MachineMover | null): MachineMover {
  if (mover) return mover.at?.(nativeRef) ?? mover
  throw new AppError({
    kind: 'unsupported',
    code: 'migration.unsupported',
    message: 'Machines of this kind of connection are not moved by the console.',
  })
}

function otherKind(name: string): AppError {
  return new AppError({
    kind: 'unsupported',
    code: 'migration.other-kind',
    message: `${name} is another kind of host: machines move there switched off.`,
    details: { name },
  })
}
