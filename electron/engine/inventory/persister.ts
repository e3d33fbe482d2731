import { toWireError } from '../../../shared/errors/index.ts'
import type { Connection, EntityName, EntityOf, Freshness, Host } from '../../../shared/model/index.ts'
import type { Clock, Logger } from '../../providers/provider.ts'
import { CONFIGURED_ENTITIES, type EntityStore, type EntityWrite, loadAll, STORED_ENTITIES, type StoredEntity } from '../../store/store.ts'
import type { Inventory } from './inventory.ts'
import type { StoreChange } from './store-change.ts'

/** How long changes gather before they are written. */
const GATHER_MS = 500
/** Samples and ages are written this seldom, and when the engine stops. */
const QUIET_MS = 300_000
const BATCH = 500
const RETRY_BASE_MS = 1_000
const RETRY_CAP_MS = 60_000

/** Of a connection: how its link stands in this run. A host that is down would write itself twice an attempt. */
const PASSING: ReadonlySet<string> = new Set(['status', 'error', 'nextAttemptAtMs', 'revision', 'observedAtMs'])

const STORED: ReadonlySet<EntityName> = new Set<EntityName>(STORED_ENTITIES)

export interface PersisterOptions {
  readonly inventory: Inventory
  readonly store: EntityStore
  readonly clock: Clock
  readonly log: Logger
}

/** Keeps the store in step with the inventory: in batches, merged by object, the newest state only; again after a failure. */
export class Persister {
  readonly #options: PersisterOptions
  /** Object key → what it is. Whether it is put or removed is decided when it is written. */
  #dirty = new Map<string, { readonly entity: StoredEntity; readonly id: string }>()
  readonly #quiet = new Map<string, { readonly entity: StoredEntity; readonly id: string }>()
  #unsubscribe: (() => void) | null = null
  #cancelTimer: (() => void) | null = null
  #cancelQuiet: (() => void) | null = null
  #writing: Promise<void> | null = null
  #failures = 0

  constructor(options: PersisterOptions) {
    this.#options = options
  }

  /** Reads everything back as `cached`, before any link is opened, then follows the inventory. */
  async load(): Promise<void> {
    const { inventory, store } = this.#options
    for (const entity of STORED_ENTITIES) await this.#loadEntity(store, entity)
    this.#unsubscribe = inventory.subscribe((changes) => this.#heard(changes))
    this.#armQuiet()
  }

  /** Writes what waits; resolves when it is in the store, throws what the store throws. */
  async flush(): Promise<void> {
    for (const ref of this.#quiet.values()) if (CONFIGURED_ENTITIES.has(ref.entity)) this.#mark(ref.entity, ref.id)
    this.#cancelTimer?.()
    this.#cancelTimer = null
    await this.#writing?.catch(() => {})
    while (this.#dirty.size > 0) await this.#write()
  }

  /** The last words: samples included. Never throws. */
  async stop(): Promise<void> {
    this.#unsubscribe?.()
    this.#cancelQuiet?.()
    this.#takeQuiet()
    await this.flush().catch((thrown: unknown) => this.#options.log.error('inventory was not saved', { error: toWireError(thrown) }))
    this.#cancelTimer?.()
  }

  async #loadEntity<E extends StoredEntity>(store: EntityStore, entity: E): Promise<void> {
    const { inventory } = this.#options
    for await (const value of loadAll(store, entity)) {
      const owner = (value as { connectionId?: string }).connectionId
      if (owner !== undefined && !inventory.get('connection', owner)) this.#mark(entity, value.id)
      else inventory.restore(entity, cached(entity, value))
    }
  }

  #heard(changes: readonly StoreChange[]): void {
    for (const { entity, id, op, fields, quiet } of changes) {
      if (!isStored(entity)) continue
      const passing = quiet || (entity === 'connection' && op === 'patch' && fields.every((field) => PASSING.has(field)))
      if (!passing) this.#mark(entity, id)
      else if (!this.#dirty.has(`${entity} ${id}`)) this.#quiet.set(`${entity} ${id}`, { entity, id })
    }
    if (this.#dirty.size > 0) this.#arm(GATHER_MS)
  }

  #mark(entity: StoredEntity, id: string): void {
    const key = `${entity} ${id}`
    this.#quiet.delete(key)
    this.#dirty.set(key, { entity, id })
  }

  #arm(delayMs: number): void {
    if (this.#cancelTimer || this.#writing) return
    this.#cancelTimer = this.#options.clock.after(delayMs, () => {
      this.#cancelTimer = null
      void this.#write().catch(() => {})
    })
  }

  #armQuiet(): void {
    this.#cancelQuiet = this.#options.clock.after(QUIET_MS, () => {
      this.#takeQuiet()
      if (this.#dirty.size > 0) this.#arm(GATHER_MS)
      this.#armQuiet()
    })
  }

  #takeQuiet(): void {
    for (const [key, ref] of this.#quiet) this.#dirty.set(key, ref)
    this.#quiet.clear()
  }

  #write(): Promise<void> {
    this.#writing ??= this.#writeBatch().finally(() => {
      this.#writing = null
      if (this.#dirty.size > 0) this.#arm(this.#failures === 0 ? 0 : Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** (this.#failures - 1)))
    })
    return this.#writing
  }

  async #writeBatch(): Promise<void> {
    const refs = [...this.#dirty].slice(0, BATCH)
    for (const [key] of refs) this.#dirty.delete(key)
    try {
      await this.#options.store.save(refs.map(([, { entity, id }]) => this.#writeOf(entity, id)))
      this.#failures = 0
    } catch (thrown) {
      this.#failures++
      // what was changed again meanwhile stands there already; the order of the rest does not matter
      for (const [key, ref] of refs) if (!this.#dirty.has(key)) this.#dirty.set(key, ref)
      this.#options.log.error('the inventory could not be saved', { error: toWireError(thrown), failures: this.#failures })
      throw thrown
    }
  }

  #writeOf(entity: StoredEntity, id: string): EntityWrite {
    const value = this.#options.inventory.get(entity, id)
    return value ? ({ op: 'put', entity, value } as EntityWrite) : { op: 'remove', entity, id }
  }
}

function isStored(entity: EntityName): entity is StoredEntity {
  return STORED.has(entity)
}

/** As it is after a restart: known, but not confirmed by anybody in this run. */
function cached<E extends StoredEntity>(entity: E, value: EntityOf<E>): EntityOf<E> {
  if (entity !== 'host' && entity !== 'connection') return value
  const linked = value as Host | Connection
  return { ...value, freshness: cachedFreshness(linked.freshness, linked.observedAtMs) }
}

function cachedFreshness(freshness: Freshness, observedAtMs: number): Freshness {
  if (freshness.state === 'never' || freshness.state === 'cached') return freshness
  return { state: 'cached', sinceMs: observedAtMs }
}
