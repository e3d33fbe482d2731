import { AppError } from '../../../shared/errors/index.ts'
import type { Machine, MachineId } from '../../../shared/model/index.ts'
import type { ProviderConnection } from '../../providers/provider.ts'
import type { InventoryReader, Links } from '../ports.ts'

/** Throws `not-found` machine.not-found. */
export function knownMachine(inventory: InventoryReader, id: MachineId): Machine {
  const machine = inventory.get('machine', id)
  if (machine) return machine
  throw new AppError({
    kind: 'not-found',
    code: 'machine.not-found',
    message: 'There is no such machine any more.',
    details: { machineId: id },
  })
}

/** The open link to a machine's host. Throws `unreachable` link.not-live. */
export function linkOf(machine: Machine, inventory: InventoryReader, links: Links): ProviderConnection {
  const link = links.current(machine.connectionId)
  if (link) return link
  const name = inventory.get('connection', machine.connectionId)?.name ?? 'its host'
  throw new AppError({
    kind: 'unreachable',
    code: 'link.not-live',
    message: `There is no link to ${name} now. It is tried again by itself.`,
    details: { connection: name },
  })
}
