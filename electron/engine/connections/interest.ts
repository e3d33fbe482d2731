import type { ConnectionId, HostId, Machine, MachineId } from '../../../shared/model/index.ts'
import type { Interest } from '../../providers/provider.ts'
import type { InventoryReader } from '../ports.ts'

export interface ClientInterest {
  readonly visible: readonly MachineId[]
  readonly focused: MachineId | null
  readonly hostId: HostId | null
}

/** A client that never had a stream, such as a single HTTP request, is forgotten for newer ones. */
const MOST_CLIENTS = 100

const NONE: Interest = { visibleRefs: new Set(), focusedRef: null }

/** What all clients look at, merged for each connection. The newest focus counts; a former one is still visible. */
export class InterestRegistry {
  readonly #inventory: InventoryReader
  readonly #onChange: (connectionId: ConnectionId, interest: Interest) => void
  /** The one that spoke last comes last. */
  readonly #clients = new Map<string, ClientInterest>()
  #merged = new Map<ConnectionId, Interest>()

  constructor(inventory: InventoryReader, onChange: (connectionId: ConnectionId, interest: Interest) => void) {
    this.#inventory = inventory
    this.#onChange = onChange
  }

  set(clientId: string, interest: ClientInterest): void {
    this.#clients.delete(clientId)
    const [oldest] = this.#clients.keys()
    if (oldest !== undefined && this.#clients.size >= MOST_CLIENTS) this.#clients.delete(oldest)
    this.#clients.set(clientId, interest)
    this.#merge()
  }

  forget(clientId: string): void {
    if (this.#clients.delete(clientId)) this.#merge()
  }

  of(connectionId: ConnectionId): Interest {
    return this.#merged.get(connectionId) ?? NONE
  }

  #merge(): void {
    const merged = new Map<ConnectionId, { visibleRefs: Set<string>; focusedRef: string | null }>()
    const slot = (machine: Machine) => {
      const found = merged.get(machine.connectionId) ?? { visibleRefs: new Set<string>(), focusedRef: null }
      merged.set(machine.connectionId, found)
      return found
    }
    for (const client of this.#clients.values()) {
      const looked = client.focused === null ? client.visible : [...client.visible, client.focused]
      for (const id of looked) {
        const machine = this.#inventory.get('machine', id)
        if (machine) slot(machine).visibleRefs.add(machine.nativeRef)
      }
      const focused = client.focused === null ? undefined : this.#inventory.get('machine', client.focused)
      if (focused) slot(focused).focusedRef = focused.nativeRef
    }
    const former = this.#merged
    this.#merged = merged
    for (const connectionId of new Set([...former.keys(), ...merged.keys()])) {
      const now = merged.get(connectionId) ?? NONE
      if (!sameInterest(former.get(connectionId) ?? NONE, now)) this.#onChange(connectionId, now)
    }
  }
}

function sameInterest(a: Interest, b: Interest): boolean {
  return (
    a.focusedRef === b.focusedRef && a.visibleRefs.size === b.visibleRefs.size && [...a.visibleRefs].every((ref) => b.visibleRefs.has(ref))
  )
}
