import type {
  Connection,
  ConnectionId,
  EntityName,
  EntityOf,
  Freshness,
  Host,
  Machine,
  MachineMetrics,
  Task,
  TaskId,
} from '../../../shared/model/index.ts'
import type { Clock, FactsByEntity, ProvidedEntity, ProviderChange } from '../../providers/provider.ts'
import type { InventoryReader, TaskSink } from '../ports.ts'
import { ChangeBatches } from './change-batches.ts'
import { deepEqual } from './deep-equal.ts'
import { EntityTable, type IndexName } from './entity-table.ts'
import { fieldsOfFacts, providedId, settleMetrics } from './facts.ts'
import { FinishedTasks } from './finished-tasks.ts'
import { type ChangeListener, ENTITY_ORDER, isQuiet, type ObjectRef, type StoreChange, type WatchedInventory } from './store-change.ts'
import { Watcher, type WatchOptions } from './watcher.ts'

type Tables = { readonly [E in EntityName]: EntityTable<E> }
type Fields = Record<string, unknown>
type Writable = { value: Fields; revision: number }

const OWNED: readonly ProvidedEntity[] = ['machine', 'network', 'pool', 'host']

/**
 * Everything that is known now, in memory, with what changed since. Values are plain, immutable objects: a change replaces
 * the object, so a value once read stays what it was. All writes are synchronous; a batch is heard as a whole.
 *
 * Revisions come from one counter for all objects, so that an object which went and came again never goes back. Nothing is
 * removed here but by the word of the far side, or of a person who forgets a connection.
 */
export class Inventory implements InventoryReader, TaskSink, WatchedInventory {
  /** Names this run of the engine: a client that sees another one forgets all. */
  readonly epoch: string
  readonly #clock: Clock
  readonly #tables: Tables = {
    workspace: new EntityTable('workspace'),
    connection: new EntityTable('connection'),
    host: new EntityTable('host'),
    machine: new EntityTable('machine'),
    network: new EntityTable('network'),
    pool: new EntityTable('pool'),
    task: new EntityTable('task'),
  }
  readonly #finished: FinishedTasks
  readonly #batches = new ChangeBatches()
  readonly #watchers = new Set<Watcher>()
  /** Kept after a connection is gone: the last words about its tasks still belong to its workspace. */
  readonly #workspaceOf = new Map<string, string>()
  #revision = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.epoch = `${clock.nowMs().toString(36)}-${Math.floor(clock.random() * 36 ** 6).toString(36)}`
    this.#finished = new FinishedTasks(clock)
  }

  get<E extends EntityName>(entity: E, id: string): EntityOf<E> | undefined {
    return this.#table(entity).get(id)
  }

  all<E extends EntityName>(entity: E): Iterable<EntityOf<E>> {
    return { [Symbol.iterator]: () => this.#table(entity).values() }
  }

  ids(entity: EntityName): Iterable<string> {
    return this.#table(entity).ids()
  }

  count(entity: EntityName): number {
    return this.#table(entity).size
  }

  /** Ids of the objects whose field has (or holds) that value. */
  idsBy<E extends EntityName>(entity: E, index: IndexName<E>, key: string): ReadonlySet<string> {
    return this.#table(entity).idsBy(index, key)
  }

  /** The different values that an indexed field has. */
  keysOf<E extends EntityName>(entity: E, index: IndexName<E>): readonly string[] {
    return this.#table(entity).keysOf(index)
  }

  revisionOf(entity: EntityName, id: string): number | undefined {
    return this.#table(entity).revisionOf(id)
  }

  /** The workspace an object belongs to; null: shown in all. */
  workspaceOf(entity: EntityName, value: object): string | null {
    if (entity === 'workspace') return null
    if (entity === 'connection') return (value as Connection).workspaceId
    const connectionId = (value as { connectionId: string | null }).connectionId
    return connectionId === null ? null : (this.#workspaceOf.get(connectionId) ?? null)
  }

  /** Hears every change, batch by batch, in order. The answer unsubscribes. */
  subscribe(listener: ChangeListener): () => void {
    return this.#batches.subscribe(listener)
  }

  /** Everything known now, then every change. See `Watcher`. */
  watch(options: WatchOptions = {}): Watcher {
    const watcher = new Watcher(this, this.#clock, {
      ...options,
      onEnd: (ended) => {
        this.#watchers.delete(ended as Watcher)
        options.onEnd?.(ended)
      },
    })
    if (!watcher.ended) this.#watchers.add(watcher)
    return watcher
  }

  /** Ends all streams: the engine stops. */
  close(): void {
    for (const watcher of this.#watchers) watcher.end()
  }

  /** What is done inside is heard as one batch. */
  transaction<T>(work: () => T): T {
    return this.#batches.transaction(work)
  }

  /** Takes over what was kept on disk, as it is: nobody is told, nothing is written back. */
  restore<E extends EntityName>(entity: E, value: EntityOf<E>): void {
    const revision = (value as { revision?: number }).revision ?? 0
    this.#revision = Math.max(this.#revision, revision)
    if (entity === 'connection') this.#workspaceOf.set(value.id, (value as Connection).workspaceId)
    this.#table(entity).set(value.id, value, revision)
  }

  /** Puts an object, or turns it into the given one; an equal one changes nothing. */
  publish<E extends EntityName>(entity: E, value: EntityOf<E>): void {
    this.transaction(() => this.#put(entity, value.id, value as unknown as Fields))
  }

  /** Changes some fields of an object; nothing when it is not known. */
  update<E extends EntityName>(entity: E, id: string, patch: Partial<EntityOf<E>>): void {
    this.transaction(() => this.#patch(entity, id, patch as Fields))
  }

  retract(entity: EntityName, id: string): void {
    this.transaction(() => this.#remove(entity, id))
  }

  putTask(task: Task): void {
    this.transaction(() => {
      this.publish('task', task)
      for (const id of this.#finished.note(task)) this.#remove('task', id)
    })
  }

  removeTask(id: TaskId): void {
    this.#finished.forget(id)
    this.retract('task', id)
  }

  /** One batch of a provider, as a whole. What it says of objects that are not known is left out. */
  applyChanges(connectionId: ConnectionId, batch: readonly ProviderChange[], freshness: Freshness): void {
    this.transaction(() => {
      for (const change of batch) this.#applyOne(connectionId, change, freshness)
    })
  }

  applyMetrics(connectionId: ConnectionId, samples: ReadonlyArray<{ readonly ref: string; readonly metrics: MachineMetrics }>): void {
    this.transaction(() => {
      for (const { ref, metrics } of samples) {
        const fields: Fields = { metrics }
        const id = providedId(connectionId, 'machine', ref)
        settleMetrics(fields, this.get('machine', id), false)
        this.#patch('machine', id, fields)
      }
    })
  }

  /** A host vouched for all that is known of it, so it is seen. */
  confirmHost(connectionId: ConnectionId, hostRef: string, atMs: number): void {
    const id = providedId(connectionId, 'host', hostRef)
    const host = this.get('host', id)
    if (host && host.observedAtMs < atMs) this.update('host', id, { observedAtMs: atMs, freshness: { state: 'live' } })
  }

  /** The freshness of all hosts of a connection; `observedAtMs` too when they were just confirmed. */
  setHostsFreshness(connectionId: ConnectionId, freshness: Freshness, observedAtMs?: number): void {
    const patch: Partial<Host> = { freshness, ...(observedAtMs !== undefined && { observedAtMs }) }
    this.transaction(() => {
      for (const id of this.idsBy('host', 'connectionId', connectionId)) this.#patch('host', id, patch)
    })
  }

  /** Forgets a connection and all that was known through it. */
  removeConnection(connectionId: ConnectionId): void {
    this.transaction(() => {
      for (const entity of OWNED) {
        for (const id of this.#table(entity).idsBy('connectionId', connectionId)) this.#remove(entity, id)
      }
      this.#remove('connection', connectionId)
    })
  }

  #table<E extends EntityName>(entity: E): EntityTable<E> {
    return this.#tables[entity]
  }

  #applyOne(connectionId: ConnectionId, change: ProviderChange, freshness: Freshness): void {
    const { entity } = change
    if (change.op === 'complete') {
      this.#complete(connectionId, change)
      return
    }
    const id = providedId(connectionId, entity, change.ref)
    if (change.op === 'remove') {
      this.#removeProvided(entity, id)
      return
    }
    const current = this.#table(entity).get(id) as Fields | undefined
    const isPut = change.op === 'put'
    const fields = fieldsOfFacts(connectionId, factsIn(change, current !== undefined))
    if (entity === 'machine') settleMetrics(fields, current as Machine | undefined, isPut)
    if (current) {
      this.#patch(entity, id, fields, true)
      return
    }
    if (!isPut) return
    this.#put(entity, id, {
      id,
      connectionId,
      nativeRef: change.ref,
      revision: 0,
      observedAtMs: this.#clock.nowMs(),
      ...(entity === 'host' && { freshness }),
      ...fields,
    })
  }

  #complete(connectionId: ConnectionId, change: Extract<ProviderChange, { op: 'complete' }>): void {
    const { entity, hostRef } = change
    const named = new Set<string>(change.refs.map((ref) => providedId(connectionId, entity, ref)))
    const hostId = hostRef === null ? null : providedId(connectionId, 'host', hostRef)
    const known =
      hostId === null || entity === 'host'
        ? this.#table(entity).idsBy('connectionId', connectionId)
        : this.#table(entity).idsBy('hostId', hostId)
    for (const id of known) if (!named.has(id)) this.#removeProvided(entity, id)
  }

  /** A host that is gone takes with it what was known to be on it. */
  #removeProvided(entity: ProvidedEntity, id: string): void {
    if (entity === 'host') {
      for (const kind of ['machine', 'network', 'pool'] as const) {
        for (const child of this.#table(kind).idsBy('hostId', id)) this.#remove(kind, child)
      }
    }
    this.#remove(entity, id)
  }

  #put(entity: EntityName, id: string, fields: Fields): void {
    const table = this.#table(entity)
    if (table.get(id)) {
      this.#patch(entity, id, fields)
      return
    }
    const { value, revision } = this.#stamped(entity, { ...fields })
    if (entity === 'connection') this.#workspaceOf.set(id, (fields as unknown as Connection).workspaceId)
    table.set(id, value as never, revision)
    this.#note(entity, id, 'put', revision, value, [], false)
  }

  /** `observed`: the far side has just said so, which renews the object's own age. */
  #patch(entity: EntityName, id: string, patch: Fields, observed = false): void {
    const table = this.#table(entity)
    const current = table.get(id) as unknown as Fields | undefined
    if (!current) return
    const stamped = isStamped(entity)
    const changed = Object.keys(patch).filter(
      (key) => patch[key] !== undefined && !deepEqual(current[key], patch[key]) && !(stamped && key === 'revision'),
    )
    if (changed.length === 0) return
    const next = { ...current }
    for (const key of changed) next[key] = patch[key]
    const quiet = isQuiet(changed)
    if (observed && !quiet) {
      next.observedAtMs = this.#clock.nowMs()
      changed.push('observedAtMs')
    }
    const { value, revision } = this.#stamped(entity, next)
    if (stamped) changed.push('revision')
    table.set(id, value as never, revision, changed)
    this.#note(entity, id, 'patch', revision, value, changed, quiet)
  }

  #remove(entity: EntityName, id: string): void {
    const before = this.#table(entity).delete(id)
    if (before) this.#note(entity, id, 'remove', ++this.#revision, before, [], false)
  }

  #stamped(entity: EntityName, value: Fields): Writable {
    const revision = ++this.#revision
    if (isStamped(entity)) value.revision = revision
    return { value, revision }
  }

  #note(
    entity: EntityName,
    id: string,
    op: StoreChange['op'],
    revision: number,
    value: object,
    fields: readonly string[],
    quiet: boolean,
  ): void {
    this.#batches.add({ entity, id, op, revision, fields, workspaceId: this.workspaceOf(entity, value), quiet })
  }

  /** What a watcher of that workspace (undefined: of all) sees, in the order of sending. */
  *visible(workspaceId: string | undefined): IterableIterator<ObjectRef> {
    for (const entity of ENTITY_ORDER) {
      for (const value of this.#table(entity).values()) {
        const home = this.workspaceOf(entity, value)
        if (workspaceId === undefined || home === null || home === workspaceId) yield { entity, id: value.id }
      }
    }
  }
}

/** Tasks count their revisions themselves, workspaces have none; all others carry the inventory's. */
function isStamped(entity: EntityName): boolean {
  return entity !== 'task' && entity !== 'workspace'
}

/** Of an object that is known, placeholders for facts not read yet are left out. */
function factsIn(change: Extract<ProviderChange, { op: 'put' | 'patch' }>, isKnown: boolean): Partial<FactsByEntity[ProvidedEntity]> {
  if (change.op === 'patch') return change.patch
  if (!isKnown || change.unread === undefined) return change.facts
  const unread = new Set<string>(change.unread)
  return Object.fromEntries(Object.entries(change.facts).filter(([key]) => !unread.has(key)))
}
