import { type AppError, type Json, toAppError } from '../../shared/errors/index.ts'
import type {
  AuditRecord,
  DefinitionVersion,
  EntityOf,
  EventRecord,
  MachineId,
  MigrationRecord,
  SavedView,
  Task,
  TaskId,
} from '../../shared/model/index.ts'

/**
 * What is kept between runs. `workspace` and `connection` are what people entered: they survive a damaged file like the
 * history does. The others are a cache of what hosts said: lost, they come back with the next answer.
 */
export const STORED_ENTITIES = ['workspace', 'connection', 'host', 'machine', 'network', 'pool'] as const
export type StoredEntity = (typeof STORED_ENTITIES)[number]
export const CONFIGURED_ENTITIES: ReadonlySet<StoredEntity> = new Set<StoredEntity>(['workspace', 'connection'])

export type EntityWrite =
  | { readonly [E in StoredEntity]: { readonly op: 'put'; readonly entity: E; readonly value: EntityOf<E> } }[StoredEntity]
  | { readonly op: 'remove'; readonly entity: StoredEntity; readonly id: string }

export interface EntityStore {
  /** One page in the order of ids, so that ten thousand rows never block the loop. See `loadAll`. */
  load<E extends StoredEntity>(entity: E, page: { readonly afterId?: string; readonly limit: number }): Promise<ReadonlyArray<EntityOf<E>>>
  /** All or nothing, in order. Durable at once only when it holds a configured entity. */
  save(batch: readonly EntityWrite[]): Promise<void>
}

/** One line of a task's journal. `entry` is versioned plain data; the task engine alone reads it. */
export interface JournalLine {
  readonly taskId: TaskId
  readonly atMs: number
  readonly version: number
  readonly entry: Json
}
export interface StoredJournalLine extends JournalLine {
  readonly seq: number
}

export interface TaskFilter {
  readonly parentId?: string
  /** Only tasks without a parent. */
  readonly rootsOnly?: boolean
  /** Tasks that name it as their target. */
  readonly targetId?: string
  /** Only tasks that have not ended: neither succeeded, partly, failed nor cancelled. */
  readonly unfinishedOnly?: boolean
}

export interface TaskStore {
  /** Appends lines and replaces the snapshots of the tasks they belong to, in one durable transaction. */
  commit(change: { readonly lines: readonly JournalLine[]; readonly tasks: readonly Task[] }): Promise<void>
  get(id: string): Promise<Task | null>
  /** Newest first (`createdAtMs`, then id). `before` is the last one of the page before. */
  list(
    filter: TaskFilter,
    page: { readonly before?: { readonly createdAtMs: number; readonly id: string }; readonly limit: number },
  ): Promise<readonly Task[]>
  /** The journals of these tasks in the order of writing. */
  journal(taskIds: readonly string[]): Promise<readonly StoredJournalLine[]>
}

export interface EventFilter {
  readonly machineId?: string
  readonly hostId?: string
  readonly connectionId?: string
  readonly taskId?: string
}

export interface EventStore {
  /** The caller numbers them, ever upwards: see `lastId`. */
  append(events: readonly EventRecord[]): Promise<void>
  /** Newest first, ids below `beforeId`. */
  list(filter: EventFilter, page: { readonly beforeId?: number; readonly limit: number }): Promise<readonly EventRecord[]>
  /** Oldest first, ids above `sinceId`. */
  since(sinceId: number, limit: number): Promise<readonly EventRecord[]>
  lastId(): Promise<number>
  /** Deletes at most `limit` events older than that; answers how many. */
  prune(olderThanMs: number, limit: number): Promise<number>
}

export interface AuditStore {
  /** Durable before it resolves. The caller numbers and seals; a taken `seq` is a `conflict`. */
  append(records: readonly AuditRecord[]): Promise<void>
  /** Newest first, `seq` below `beforeSeq`. */
  list(page: { readonly beforeSeq?: number; readonly limit: number }): Promise<readonly AuditRecord[]>
  /** Oldest first, `seq` above `afterSeq`: to walk the chain. */
  walk(afterSeq: number, limit: number): Promise<readonly AuditRecord[]>
  last(): Promise<AuditRecord | null>
  /** Number and hash of the newest record ever appended, kept apart from the records: shows when the newest are missing. */
  head(): Promise<{ readonly seq: number; readonly hash: string } | null>
}

export interface ViewStore {
  list(): Promise<readonly SavedView[]>
  put(view: SavedView): Promise<void>
  remove(id: string): Promise<void>
}

export interface KeyValueStore {
  get(key: string): Promise<Json | undefined>
  set(key: string, value: Json): Promise<void>
  remove(key: string): Promise<void>
}

export interface NewDefinitionVersion extends Omit<DefinitionVersion, 'id'> {
  readonly machineId: MachineId
  readonly xml: string
}

/** What machines were defined as before. Holds no secret: whoever writes has taken them out. */
export interface DefinitionStore {
  /** Durable before it resolves. Keeps the newest `keep` of that machine. Answers its id; one that the same task has put before is that one. */
  put(version: NewDefinitionVersion, keep: number): Promise<string>
  /** Newest first. */
  list(machineId: string, limit: number): Promise<readonly DefinitionVersion[]>
  /** `after`: what replaced it, as far as the next version of the same definition tells; null: there is none. */
  get(
    machineId: string,
    id: string,
  ): Promise<{ readonly version: DefinitionVersion; readonly xml: string; readonly after: string | null } | null>
  remove(machineId: string, id: string): Promise<void>
  /** The kept definition as it was seen last; null: never. */
  seen(machineId: string): Promise<string | null>
  see(machineId: string, xml: string): Promise<void>
  /** All of a machine is another one's from now on, which keeps what it had. May be said twice. */
  move(machineId: string, toMachineId: string): Promise<void>
  /** Machines of which anything is kept, in the order of ids. */
  machineIds(page: { readonly afterId: string; readonly limit: number }): Promise<readonly string[]>
  /** All that is kept of a machine. */
  forget(machineId: string): Promise<void>
}

export interface MigrationFilter {
  /** One machine has another id at each host it was moved to. At least one. */
  readonly machineIds?: readonly string[]
  readonly sourceHostId?: string
  readonly targetHostId?: string
}

/** Moves that ended, one a task. */
export interface MigrationStore {
  /** Durable before it resolves; replaces what the same task has put. Keeps the newest `keep` in all. */
  put(record: MigrationRecord, keep: number): Promise<void>
  /** Newest first. */
  list(filter: MigrationFilter, limit: number): Promise<readonly MigrationRecord[]>
}

/** What a machine writes at which time: plain data that the engine alone reads. */
export interface StoredWriteProfile {
  readonly machineId: string
  readonly body: Json
}

/** One row a machine. Lost, it comes back within days. */
export interface WriteProfileStore {
  /** One page in the order of ids. */
  load(page: { readonly afterId: string; readonly limit: number }): Promise<readonly StoredWriteProfile[]>
  /** All or nothing; replaces what is there. */
  save(rows: readonly StoredWriteProfile[]): Promise<void>
  remove(machineIds: readonly string[]): Promise<void>
}

export interface StoreHealth {
  /** `rebuilt`: was damaged at start, what could be read was saved. `read-only`: works on a copy in memory. `failed`: does not take writes now. */
  readonly state: 'ok' | 'rebuilt' | 'read-only' | 'failed'
  readonly message: string | null
  readonly error: AppError | null
}

/** What an implementation keeps, without what is told about it. */
export interface StoreTables {
  readonly entities: EntityStore
  readonly tasks: TaskStore
  readonly events: EventStore
  readonly audit: AuditStore
  readonly views: ViewStore
  readonly definitions: DefinitionStore
  readonly migrations: MigrationStore
  readonly writeProfiles: WriteProfileStore
  /** What people set. */
  readonly settings: KeyValueStore
  /** What the engine notes for itself. */
  readonly metadata: KeyValueStore
}

/**
 * What the console remembers. Every call may throw an AppError: `exhausted` store.disk-full, `precondition`
 * store.read-only, `remote-failure` store.corrupt or store.failed, `conflict` store.in-use or store.duplicate.
 */
export interface Store extends StoreTables {
  health(): StoreHealth
  onHealth(listener: (health: StoreHealth) => void): () => void
  close(): Promise<void>
}

/** Every method of every table, and whether it writes. */
export type StoreMethods = { readonly [T in keyof StoreTables]: { readonly [M in keyof StoreTables[T]]: 'read' | 'write' } }

/** Errors after which the store takes no writes until one succeeds. */
const FAILING: ReadonlySet<string> = new Set(['store.disk-full', 'store.read-only', 'store.io', 'store.corrupt', 'store.failed'])

/** A store from its tables: watches what the calls meet, and says how the store stands. */
export function withHealth(tables: StoreTables, methods: StoreMethods, atStart: StoreHealth, close: () => Promise<void>): Store {
  const listeners = new Set<(health: StoreHealth) => void>()
  let health = atStart
  const say = (next: StoreHealth) => {
    health = next
    for (const listener of listeners) listener(next)
  }
  const watched =
    (call: (...args: unknown[]) => Promise<unknown>, writes: boolean) =>
    async (...args: unknown[]): Promise<unknown> => {
      try {
        const value = await call(...args)
        if (writes && health.error && health !== atStart) say(atStart)
        return value
      } catch (thrown) {
        const error = toAppError(thrown)
        if (FAILING.has(error.code) && health.error?.code !== error.code) say({ state: 'failed', message: error.message, error })
        throw error
      }
    }
  const wrap = (name: keyof StoreTables) => {
    const table = tables[name] as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>
    const kinds = Object.entries(methods[name] as Readonly<Record<string, 'read' | 'write'>>)
    return Object.fromEntries(
      kinds.map(([method, kind]) => [
        method,
        watched((...args) => (table[method] as never as (...a: unknown[]) => Promise<unknown>)(...args), kind === 'write'),
      ]),
    )
  }
  const wrapped = Object.fromEntries((Object.keys(methods) as Array<keyof StoreTables>).map((name) => [name, wrap(name)]))
  return {
    ...(wrapped as unknown as StoreTables),
    health: () => health,
    onHealth(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close,
  }
}

/** All of one kind, page by page. */
export async function* loadAll<E extends StoredEntity>(entities: EntityStore, entity: E, pageSize = 500): AsyncGenerator<EntityOf<E>> {
  let afterId: string | undefined
  for (;;) {
    const page = await entities.load(entity, { limit: pageSize, ...(afterId !== undefined && { afterId }) })
    yield* page
    const last = page.at(-1)
    if (!last || page.length < pageSize) return
    afterId = last.id
  }
}
