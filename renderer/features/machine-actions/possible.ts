import { CLOUD_ACTIONS, type Connection, type Machine, type MachineActionId } from '../../../shared/model/index.ts'
import type { Live } from '../../lib/live/index.ts'
import { OFFERS, type Offer, type OfferId } from './actions.ts'

const OF_CLOUDS: ReadonlySet<MachineActionId> = new Set<MachineActionId>(CLOUD_ACTIONS)

/** Whether it would make sense for this machine in any state of it. */
function isPossible({ id, action, input }: Offer, { cloud }: Machine, connection: Connection | undefined): boolean {
  if (!cloud) return !OF_CLOUDS.has(action) && id !== 'shutdownDeallocate'
  if (connection?.capabilities?.unsupported[action]) return false
  if (id === 'deallocate' || id === 'shutdownDeallocate') return cloud.stopBills
  return input?.action !== 'setProtection' || cloud.isProtected !== input.isProtected
}

/**
 * What at least one of these machines could ever have done. All machines of hosts are alike in this, and so are most of a cloud: it is
 * asked for one of each kind, as ten thousand may be selected.
 */
export function possibleOffers(ids: readonly string[], { store }: Live): ReadonlySet<OfferId> {
  const kinds = new Map<string, Machine>()
  for (const id of ids) {
    const machine = store.get('machine', id)
    if (!machine) continue
    const { cloud, connectionId } = machine
    kinds.set(cloud ? `${connectionId} ${cloud.stopBills} ${cloud.isProtected}` : '', machine)
  }
  const examples = [...kinds.values()]
  return new Set(
    OFFERS.filter(
      (offer) =>
        examples.length === 0 || examples.some((machine) => isPossible(offer, machine, store.get('connection', machine.connectionId))),
    ).map((offer) => offer.id),
  )
}
