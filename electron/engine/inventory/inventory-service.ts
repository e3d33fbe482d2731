import type { InventoryMessage, MachineId, MachineMetrics } from '../../../shared/model/index.ts'
import type { Clock, Logger } from '../../providers/provider.ts'
import type { EntityStore } from '../../store/store.ts'
import { MetricsHistory } from '../metrics/metrics-history.ts'
import { Inventory } from './inventory.ts'
import { MachineQueries } from './machine-queries.ts'
import { Persister } from './persister.ts'

export interface InventoryServiceOptions {
  readonly store: EntityStore
  readonly clock: Clock
  readonly log: Logger
  /** Hears of each sample as it is taken. */
  readonly onSample?: (id: MachineId, sample: MachineMetrics) => void
}

/** The inventory with what belongs to it: its place on disk, its questions, its samples. */
export class InventoryService {
  readonly inventory: Inventory
  readonly persister: Persister
  readonly queries: MachineQueries
  readonly metrics: MetricsHistory
  readonly #clock: Clock
  /** Streams of each client: what a client looks at is forgotten with its last one. */
  readonly #streams = new Map<string, number>()

  constructor({ store, clock, log, onSample }: InventoryServiceOptions) {
    this.metrics = new MetricsHistory(undefined, onSample)
    this.#clock = clock
    this.inventory = new Inventory(clock)
    this.persister = new Persister({ inventory: this.inventory, store, clock, log })
    this.queries = new MachineQueries(this.inventory, clock)
  }

  /** Everything that was kept can be read when it resolves. */
  start(): Promise<void> {
    return this.persister.load()
  }

  async stop(): Promise<void> {
    this.inventory.close()
    await this.persister.stop()
  }

  /** One client's stream. `onGone`: it was the client's last. */
  watch(
    client: { readonly clientId: string; readonly signal: AbortSignal; readonly workspaceId?: string | undefined },
    onGone: (clientId: string) => void,
  ): AsyncIterable<InventoryMessage> {
    const { clientId, signal, workspaceId } = client
    this.#streams.set(clientId, (this.#streams.get(clientId) ?? 0) + 1)
    return this.inventory.watch({
      workspaceId,
      signal,
      onEnd: () => {
        const left = (this.#streams.get(clientId) ?? 1) - 1
        if (left > 0) {
          this.#streams.set(clientId, left)
        } else {
          this.#streams.delete(clientId)
          onGone(clientId)
        }
      },
    })
  }

  recentMetrics(id: MachineId): readonly MachineMetrics[] {
    return this.metrics.recent(id, this.#clock.nowMs())
  }
}
