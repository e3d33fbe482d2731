import {
  type Change,
  changesOf,
  type EntityName,
  type EntityOf,
  type Freshness,
  type InventoryMessage,
  type Machine,
} from '../../../shared/model/index.ts'
import { MetricHistory } from './history.ts'

export type Tables = { [E in EntityName]: Map<string, EntityOf<E>> }
export type ReadonlyTables = { readonly [E in EntityName]: ReadonlyMap<string, EntityOf<E>> }

/** One object before and after a flush; `after` is undefined when it is gone. `metricsOnly`: nothing else changed. */
export interface EntityDelta<T> {
  readonly before: T | undefined
  readonly after: T | undefined
  readonly metricsOnly: boolean
}

/** What one flush changed, by entity and id. `reset`: take everything anew, the deltas are not listed. */
export interface LiveDelta {
  readonly reset: boolean
  readonly machines: ReadonlyMap<string, EntityDelta<Machine>>
  readonly entities: ReadonlySet<EntityName>
  /** Of all objects but machines nothing changed but their ages: hosts are vouched for every few seconds. */
  readonly agesOnly: boolean
}

export type LivePhase = 'waiting' | 'loading' | 'ready'

const ENTITIES: readonly EntityName[] = ['workspace', 'connection', 'host', 'machine', 'network', 'pool', 'task']
/** How long applying may hold up a frame, in milliseconds. */
const FRAME_BUDGET_MS = 12
/** Fields of a machine that come with every sample: they move no row between groups, tree nodes or states. */
const SAMPLE_FIELDS: ReadonlySet<string> = new Set(['metrics', 'observedAtMs', 'revision'])
/** The same of a host. */
const HOST_SAMPLE_FIELDS: ReadonlySet<string> = new Set(['cpuPercent', 'memoryFreeKiB'])

function emptyTables(): Tables {
  return {
    workspace: new Map(),
    connection: new Map(),
    host: new Map(),
    machine: new Map(),
    network: new Map(),
    pool: new Map(),
    task: new Map(),
  }
}

export interface LiveStoreOptions {
  /** Runs `flush` soon, once: the next frame, or a timer while the page is hidden. */
  readonly schedule: (flush: () => void) => void
  /**
   * Runs `flush` within about a second, together with what moves then anyway (the ages): samples alone do not deserve a frame of
   * their own. Absent: as `schedule`.
   */
  readonly scheduleQuiet?: (flush: () => void) => void
  /** Milliseconds of any clock that only goes forward. */
  readonly nowMs: () => number
}

/**
 * All that the engine streams, as plain immutable objects. Messages are queued and applied once a frame; a component listens
 * to one object or one table, so a change to one machine renders one row. After a reconnect the new state is collected
 * beside the old and swapped in when it is complete: nothing on screen is ever blanked.
 */
export class LiveStore {
  readonly #options: LiveStoreOptions
  readonly history = new MetricHistory()
  #tables: Tables = emptyTables()
  #staging: Tables | null = null
  #queue: InventoryMessage[] = []
  #scheduled: 'no' | 'quietly' | 'soon' = 'no'
  #phase: LivePhase = 'waiting'
  #expected: Readonly<Record<string, number>> = {}
  readonly #byObject = new Map<string, Set<() => void>>()
  readonly #byTable = new Map<EntityName, Set<() => void>>()
  readonly #versions = new Map<EntityName, number>()
  readonly #lists = new Map<EntityName, { readonly version: number; readonly items: readonly EntityOf<EntityName>[] }>()
  readonly #deltaListeners = new Set<(delta: LiveDelta) => void>()
  readonly #phaseListeners = new Set<() => void>()

  constructor(options: LiveStoreOptions) {
    this.#options = options
  }

  get tables(): ReadonlyTables {
    return this.#tables
  }

  get phase(): LivePhase {
    return this.#phase
  }

  /** How many objects of each kind the engine announced at the start of the stream. */
  get expected(): Readonly<Record<string, number>> {
    return this.#expected
  }

  get<E extends EntityName>(entity: E, id: string): EntityOf<E> | undefined {
    return this.#tables[entity].get(id)
  }

  /** All objects of a kind: the same array until one of them changes. */
  list<E extends EntityName>(entity: E): readonly EntityOf<E>[] {
    const version = this.version(entity)
    const kept = this.#lists.get(entity)
    if (kept?.version === version) return kept.items as readonly EntityOf<E>[]
    const items = [...this.#tables[entity].values()]
    this.#lists.set(entity, { version, items })
    return items
  }

  version(entity: EntityName): number {
    return this.#versions.get(entity) ?? 0
  }

  /** Takes a message of the stream; it shows at the next frame. */
  receive(message: InventoryMessage): void {
    this.#queue.push(message)
    if (this.#phase === 'ready' && isQuiet(message) && this.#options.scheduleQuiet) this.#flushQuietly(this.#options.scheduleQuiet)
    else this.#flushSoon()
  }

  #flushSoon(): void {
    if (this.#scheduled === 'soon') return
    this.#scheduled = 'soon'
    this.#options.schedule(() => this.flush())
  }

  #flushQuietly(schedule: (flush: () => void) => void): void {
    if (this.#scheduled !== 'no') return
    this.#scheduled = 'quietly'
    schedule(() => {
      if (this.#scheduled === 'quietly') this.flush()
    })
  }

  subscribeObject(entity: EntityName, id: string, listener: () => void): () => void {
    return listen(this.#byObject, `${entity}/${id}`, listener)
  }

  subscribeTable(entity: EntityName, listener: () => void): () => void {
    return listen(this.#byTable, entity, listener)
  }

  subscribePhase(listener: () => void): () => void {
    this.#phaseListeners.add(listener)
    return () => this.#phaseListeners.delete(listener)
  }

  /** For derived indexes: called once a flush, before any component hears of it. */
  onDelta(listener: (delta: LiveDelta) => void): () => void {
    this.#deltaListeners.add(listener)
    return () => this.#deltaListeners.delete(listener)
  }

  /** Older samples of a machine have arrived: its sparkline is drawn again. */
  seedHistory(machineId: string, samples: readonly { readonly atMs: number; readonly cpuPercent: number | null }[]): void {
    this.history.seed(machineId, samples)
    const machine = this.#tables.machine.get(machineId)
    if (!machine) return
    this.#tables.machine.set(machineId, { ...machine })
    for (const listener of this.#byObject.get(`machine/${machineId}`) ?? []) listener()
  }

  /** The engine itself is out of reach: every link that was live is no longer known to be. */
  loseEngine(atMs: number): void {
    // What still waits for its frame was said before.
    this.flush()
    const lost: Freshness = { state: 'stale', sinceMs: atMs, reason: 'engine' }
    const batch = new Batch()
    for (const [id, connection] of this.#tables.connection) {
      if (connection.freshness.state !== 'live') continue
      this.#tables.connection.set(id, { ...connection, freshness: lost })
      batch.touch('connection', id)
      batch.agesOnly = false
    }
    this.#publish(batch, false)
  }

  /** Applies what has come, as far as a frame allows; the rest follows in the next. */
  flush(): void {
    this.#scheduled = 'no'
    const batch = new Batch()
    let swapped = false
    let taken = 0
    const started = this.#options.nowMs()
    for (const message of this.#queue) {
      swapped = this.#take(message, batch) || swapped
      taken += 1
      if (this.#options.nowMs() - started > FRAME_BUDGET_MS) break
    }
    this.#queue = this.#queue.slice(taken)
    if (this.#queue.length > 0) this.#flushSoon()
    this.#publish(batch, swapped)
  }

  /** True: the tables are others now. */
  #take(message: InventoryMessage, batch: Batch): boolean {
    if (message.type === 'changes') {
      for (const change of changesOf(message)) this.#apply(change, batch)
      return false
    }
    if (message.type === 'reset') {
      this.#expected = message.counts
      this.#staging = this.#phase === 'ready' ? emptyTables() : null
      if (this.#staging) return false
      this.#tables = emptyTables()
      this.#setPhase('loading')
      return true
    }
    const complete = this.#staging
    if (complete) {
      this.#tables = complete
      this.#staging = null
    }
    this.#setPhase('ready')
    return complete !== null
  }

  #setPhase(phase: LivePhase): void {
    if (this.#phase === phase) return
    this.#phase = phase
    for (const listener of this.#phaseListeners) listener()
  }

  #apply(change: Change, batch: Batch): void {
    const staged = this.#staging !== null
    // The row is typed by its entity name, which the compiler cannot follow through a union of maps.
    const table = (this.#staging ?? this.#tables)[change.entity] as Map<string, Record<string, unknown> & { revision?: number }>
    const before = table.get(change.id)
    const known = before?.revision
    if (known !== undefined && change.revision <= known && change.op !== 'put') return
    if (change.op === 'remove') {
      table.delete(change.id)
      if (change.entity === 'machine') this.history.forget(change.id)
    } else if (change.op === 'put') {
      table.set(change.id, change.value)
    } else {
      if (!before) return
      const after = { ...before, ...change.patch, ...(known !== undefined && { revision: change.revision }) }
      table.set(change.id, after)
    }
    if (change.entity === 'machine') {
      const after = table.get(change.id) as Machine | undefined
      if (after?.metrics) this.history.push(change.id, after.metrics.atMs, after.metrics.cpuPercent)
      if (!staged) batch.machine(change.id, before as Machine | undefined, after, change.op === 'patch' && isSample(change.patch))
    }
    if (staged) return
    batch.touch(change.entity, change.id)
    if (change.entity !== 'machine' && !(change.op === 'patch' && isSample(change.patch))) batch.agesOnly = false
  }

  #publish(batch: Batch, reset: boolean): void {
    const entities = reset ? new Set(ENTITIES) : batch.entities
    if (entities.size === 0) return
    for (const entity of entities) this.#versions.set(entity, this.version(entity) + 1)
    const delta: LiveDelta = { reset, machines: batch.machines, entities, agesOnly: !reset && batch.agesOnly }
    for (const listener of this.#deltaListeners) listener(delta)
    if (reset) {
      for (const listeners of this.#byObject.values()) for (const listener of listeners) listener()
    } else {
      for (const key of batch.keys) for (const listener of this.#byObject.get(key) ?? []) listener()
    }
    for (const entity of entities) for (const listener of this.#byTable.get(entity) ?? []) listener()
  }
}

function isSample(patch: Readonly<Record<string, unknown>>): boolean {
  for (const field of Object.keys(patch)) if (!SAMPLE_FIELDS.has(field)) return false
  return true
}

/** Only samples and ages: nothing that anybody waits for. */
function isQuiet(message: InventoryMessage): boolean {
  return (
    message.type === 'changes' &&
    !message.tables?.length &&
    message.changes.every((change) => change.op === 'patch' && Object.keys(change.patch).every(isQuietField))
  )
}

function isQuietField(field: string): boolean {
  return SAMPLE_FIELDS.has(field) || HOST_SAMPLE_FIELDS.has(field)
}

function listen<K>(registry: Map<K, Set<() => void>>, key: K, listener: () => void): () => void {
  let listeners = registry.get(key)
  if (!listeners) {
    listeners = new Set()
    registry.set(key, listeners)
  }
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) registry.delete(key)
  }
}

/** What a flush has touched so far; the first `before` and the last `after` of a machine count. */
class Batch {
  readonly keys = new Set<string>()
  readonly entities = new Set<EntityName>()
  readonly machines = new Map<string, EntityDelta<Machine>>()
  agesOnly = true

  touch(entity: EntityName, id: string): void {
    this.keys.add(`${entity}/${id}`)
    this.entities.add(entity)
  }

  machine(id: string, before: Machine | undefined, after: Machine | undefined, metricsOnly: boolean): void {
    const earlier = this.machines.get(id)
    this.machines.set(
      id,
      earlier ? { before: earlier.before, after, metricsOnly: earlier.metricsOnly && metricsOnly } : { before, after, metricsOnly },
    )
  }
}
