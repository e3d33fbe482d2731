import type { GuestCommand, GuestInfo, MachineId } from '../../../shared/model/index.ts'
import type { InventoryReader, Links } from '../ports.ts'
import { knownMachine, linkOf } from './machine-links.ts'

const READ_TIMEOUT_MS = 30_000
const COMMAND_TIMEOUT_MS = 60_000

/** Speaks with the agents inside guests. Nothing of what a command carries is kept. */
export class GuestService {
  readonly #options: { readonly inventory: InventoryReader; readonly links: Links }

  constructor(options: { readonly inventory: InventoryReader; readonly links: Links }) {
    this.#options = options
  }

  async info(id: MachineId, signal: AbortSignal): Promise<GuestInfo> {
    const { inventory, links } = this.#options
    const machine = knownMachine(inventory, id)
    return await linkOf(machine, inventory, links).guestInfo(machine.nativeRef, { signal, timeoutMs: READ_TIMEOUT_MS })
  }

  /** Throws `precondition` guest.no-agent. A caller who leaves stops nothing. */
  async run(id: MachineId, command: GuestCommand): Promise<void> {
    const { inventory, links } = this.#options
    const machine = knownMachine(inventory, id)
    await linkOf(machine, inventory, links).guestDo(machine.nativeRef, command, { timeoutMs: COMMAND_TIMEOUT_MS })
  }
}
