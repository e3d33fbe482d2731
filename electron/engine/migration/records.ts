import { toAppError } from '../../../shared/errors/index.ts'
import { type HostId, type MachineId, type MigrationRecord, objectId } from '../../../shared/model/index.ts'
import type { Logger } from '../../providers/provider.ts'
import type { MigrationStore } from '../../store/store.ts'
import type { InventoryReader } from '../ports.ts'

/** So many are kept, and the newest of them learned from. */
const KEPT = 20_000
const LEARNED_FROM = 400

export interface MigrationRecordsOptions {
  readonly store: MigrationStore
  readonly inventory: InventoryReader
  readonly log: Logger
}

export interface RecordsWish {
  readonly machineId?: MachineId | undefined
  readonly sourceHostId?: HostId | undefined
  readonly targetHostId?: HostId | undefined
  readonly limit: number
}

/** Moves that ended, beside what was foretold of them. */
export class MigrationRecords {
  readonly #options: MigrationRecordsOptions
  /** Newest first. */
  #newest: Promise<readonly MigrationRecord[]> | null = null

  constructor(options: MigrationRecordsOptions) {
    this.#options = options
  }

  /** The move itself is done: that it was not noted is no failure of it. */
  async put(record: MigrationRecord): Promise<void> {
    const { store, log } = this.#options
    this.#newest &&= this.#newest.then((before) =>
      [record, ...before.filter(({ taskId }) => taskId !== record.taskId)].slice(0, LEARNED_FROM),
    )
    await store.put(record, KEPT).catch((error: unknown) => log.warn('how a move went was not kept', { code: toAppError(error).code }))
  }

  /** What predictions learn from. A store that cannot be read teaches nothing. */
  recent(): Promise<readonly MigrationRecord[]> {
    const { store, log } = this.#options
    this.#newest ??= store.list({}, LEARNED_FROM).catch((error: unknown) => {
      log.warn('earlier moves were not read', { code: toAppError(error).code })
      this.#newest = null
      return []
    })
    return this.#newest
  }

  /** Of a machine those as well that moved it to where it is now. */
  list({ machineId, sourceHostId, targetHostId, limit }: RecordsWish): Promise<readonly MigrationRecord[]> {
    const machineIds = machineId === undefined ? undefined : this.#idsOf(machineId)
    return this.#options.store.list(
      { ...(machineIds && { machineIds }), ...(sourceHostId && { sourceHostId }), ...(targetHostId && { targetHostId }) },
      limit,
    )
  }

  /** A machine keeps its UUID, and has an id for each connection that it was found at. */
  #idsOf(machineId: MachineId): string[] {
    const { inventory } = this.#options
    const machine = inventory.get('machine', machineId)
    if (!machine) return [machineId]
    const elsewhere = [...inventory.all('connection')].map(({ id }) => objectId<MachineId>(id, 'm', machine.nativeRef))
    return [...new Set([machineId, ...elsewhere])]
  }
}
