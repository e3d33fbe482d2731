import type { EntityName, EntityOf } from '../../../shared/model/index.ts'

/** One thing that has changed in the inventory, as its subscribers hear it. The new value is to be read from the inventory. */
export interface StoreChange {
  readonly entity: EntityName
  readonly id: string
  readonly op: 'put' | 'patch' | 'remove'
  readonly revision: number
  /** Of a patch: the names of the changed top-level fields, `revision` included where the entity has one. */
  readonly fields: readonly string[]
  /** The workspace it belongs to; null: shown in all. */
  readonly workspaceId: string | null
  /** Nothing but samples and ages: may wait a little, and need not be written to disk at once. */
  readonly quiet: boolean
}

export type ChangeListener = (changes: readonly StoreChange[]) => void

/** Fields that change with every sample. */
const QUIET_FIELDS: ReadonlySet<string> = new Set(['revision', 'observedAtMs', 'metrics', 'cpuPercent', 'memoryFreeKiB'])

export function isQuiet(fields: readonly string[]): boolean {
  return fields.every((field) => QUIET_FIELDS.has(field))
}

/** The order in which kinds of objects are sent: what is referred to comes first, what is many comes last. */
export const ENTITY_ORDER: readonly EntityName[] = ['workspace', 'connection', 'task', 'host', 'network', 'pool', 'machine']

export interface ObjectRef {
  readonly entity: EntityName
  readonly id: string
}

/** What a watcher needs of the inventory. */
export interface WatchedInventory {
  readonly epoch: string
  get<E extends EntityName>(entity: E, id: string): EntityOf<E> | undefined
  revisionOf(entity: EntityName, id: string): number | undefined
  visible(workspaceId: string | undefined): Iterable<ObjectRef>
  subscribe(listener: ChangeListener): () => void
}
