import { z } from 'zod'
import {
  drainOrderSchema,
  type HostId,
  hostIdSchema,
  machineIdSchema,
  maintenanceSchema,
  movedMachineSchema,
} from '../../../shared/model/index.ts'
import type { Logger } from '../../providers/provider.ts'
import type { KeyValueStore } from '../../store/store.ts'
import type { Inventory } from '../inventory/inventory.ts'

const KEY = 'maintenance.hosts'

/** A machine as both hosts know it: the reference stays when it moves. */
const knownSchema = movedMachineSchema.extend({ ref: z.string() })

/** The reference is what it is found by when somebody has taken it elsewhere. */
const stoppedSchema = knownSchema.pick({ machineId: true, name: true }).extend({ ref: z.string().optional() })

const recordSchema = maintenanceSchema.extend({
  order: drainOrderSchema,
  stopped: z.array(stoppedSchema),
  moved: z.array(knownSchema),
  /** Machines that a task moves away, or tried to. */
  going: z.array(knownSchema),
  /** Machines that a task shuts down, or tried to. */
  stopping: z.array(stoppedSchema),
  /** Hosts that a machine could not go to, so that it is tried with others. `forRoom`: others were on their way there first. */
  tried: z.array(z.object({ machineId: machineIdSchema, hostId: hostIdSchema, forRoom: z.literal(true).optional() })).default([]),
})
export type MaintenanceRecord = z.infer<typeof recordSchema>
export type KnownMachine = MaintenanceRecord['moved'][number]

export interface MaintenanceBookOptions {
  readonly kept: KeyValueStore
  readonly inventory: Pick<Inventory, 'get' | 'all' | 'update' | 'subscribe' | 'transaction'>
  readonly log: Logger
}

/** Which hosts are out of use: kept over restarts, and marked at the hosts for everybody to see. */
export class MaintenanceBook {
  readonly #options: MaintenanceBookOptions
  #records: ReadonlyMap<HostId, MaintenanceRecord> = new Map()
  #forget = () => {}
  /** Changes, one after the other. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: MaintenanceBookOptions) {
    this.#options = options
  }

  /** Once the hosts of the last run are known. */
  async start(): Promise<void> {
    const { kept, inventory, log } = this.#options
    const read = z.array(recordSchema).safeParse((await kept.get(KEY)) ?? [])
    if (!read.success) log.warn('the hosts in maintenance do not parse, and are in use again', {})
    this.#records = new Map((read.success ? read.data : []).map((record) => [record.hostId, record]))
    inventory.transaction(() => {
      for (const { id } of inventory.all('host')) this.#mark(id)
    })
    // a host that is told of again is a new object
    this.#forget = inventory.subscribe((changes) => {
      for (const { entity, id, op } of changes) if (entity === 'host' && op === 'put') this.#mark(id as HostId)
    })
  }

  async stop(): Promise<void> {
    this.#forget()
    await this.#last
  }

  get(hostId: HostId): MaintenanceRecord | undefined {
    return this.#records.get(hostId)
  }

  all(): MaintenanceRecord[] {
    return [...this.#records.values()]
  }

  /** Moves of a host that is out of use at a time, those that are tried once more included; null: no host of ours. */
  atOnce(hostId: string): number | null {
    return this.#records.get(hostId as HostId)?.order.atOnce ?? null
  }

  put(record: MaintenanceRecord): Promise<void> {
    return this.#keep((records) => records.set(record.hostId, record))
  }

  remove(hostId: HostId): Promise<void> {
    return this.#keep((records) => records.delete(hostId))
  }

  /** Nothing when the host is in use by then. */
  change(hostId: HostId, how: (record: MaintenanceRecord) => MaintenanceRecord): Promise<void> {
    return this.#keep((records) => {
      const record = records.get(hostId)
      if (record) records.set(hostId, how(record))
    })
  }

  #keep(edit: (records: Map<HostId, MaintenanceRecord>) => unknown): Promise<void> {
    const next = this.#last.then(async () => {
      const before = this.#records
      const records = new Map(before)
      edit(records)
      await this.#options.kept.set(KEY, JSON.parse(JSON.stringify([...records.values()])))
      this.#records = records
      for (const id of new Set([...before.keys(), ...records.keys()])) this.#mark(id)
    })
    this.#last = next.catch(() => undefined)
    return next
  }

  #mark(id: HostId): void {
    const { inventory } = this.#options
    const host = inventory.get('host', id)
    const maintenance = this.#records.get(id)?.state ?? null
    if (host && (host.maintenance ?? null) !== maintenance) inventory.update('host', id, { maintenance })
  }
}
