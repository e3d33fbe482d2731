import type { Change, EntityName } from '../../../shared/model/index.ts'
import { ENTITY_ORDER, type ObjectRef, type StoreChange, type WatchedInventory } from './store-change.ts'

/**
 * What a client has to be told of one object: `new`: it has never heard of it · `put`: it knows a former one · `remove` · or
 * the names of the fields that differ.
 */
type News = 'new' | 'put' | 'remove' | readonly string[]

/**
 * What one client does not know yet, by object, merged: only names, never values, which are read from the inventory when they
 * are sent. So its size is bounded by the number of objects, however slow the client and however fast the changes.
 */
export class PendingChanges {
  readonly #inventory: WatchedInventory
  readonly #news: { readonly [E in EntityName]: Map<string, News> } = {
    workspace: new Map(),
    connection: new Map(),
    task: new Map(),
    host: new Map(),
    network: new Map(),
    pool: new Map(),
    machine: new Map(),
  }
  /** Of removals the revision must be kept: the object is gone. */
  readonly #removedAt = new Map<string, number>()
  #size = 0
  /** Something waits that a person may be waiting for. */
  urgent = false

  constructor(inventory: WatchedInventory, initial: readonly ObjectRef[]) {
    this.#inventory = inventory
    for (const { entity, id } of initial) this.#news[entity].set(id, 'new')
    this.#size = initial.length
  }

  get size(): number {
    return this.#size
  }

  clear(): void {
    for (const entity of ENTITY_ORDER) this.#news[entity].clear()
    this.#removedAt.clear()
    this.#size = 0
  }

  add(change: StoreChange): void {
    const { entity, id } = change
    const before = this.#news[entity].get(id)
    if (!change.quiet) this.urgent = true
    if (change.op === 'put') {
      this.#set(entity, id, before === undefined || before === 'new' ? 'new' : 'put')
    } else if (change.op === 'patch') {
      if (before === undefined) this.#set(entity, id, change.fields)
      else if (typeof before !== 'string') this.#set(entity, id, union(before, change.fields))
    } else if (before === 'new') {
      this.#drop(entity, id)
    } else {
      this.#removedAt.set(id, change.revision)
      this.#set(entity, id, 'remove')
    }
  }

  /** The first words about an object; undefined when it has gone meanwhile. */
  takeNew(entity: EntityName, id: string): Change | undefined {
    return this.#news[entity].get(id) === 'new' ? this.#takeOne(entity, id, 'new') : undefined
  }

  /** At most so many changes, the longest waiting of each kind first. */
  take(limit: number): Change[] {
    const changes: Change[] = []
    for (const entity of ENTITY_ORDER) {
      for (const [id, news] of this.#news[entity]) {
        if (changes.length >= limit) return changes
        const change = this.#takeOne(entity, id, news)
        if (change) changes.push(change)
      }
    }
    this.urgent = false
    return changes
  }

  /** undefined: it has gone in a batch that this client is just about to hear. */
  #takeOne(entity: EntityName, id: string, news: News): Change | undefined {
    this.#drop(entity, id)
    if (news === 'remove') {
      const revision = this.#removedAt.get(id) ?? 0
      this.#removedAt.delete(id)
      return { op: 'remove', entity, id, revision }
    }
    const revision = this.#inventory.revisionOf(entity, id) ?? 0
    const value = this.#inventory.get(entity, id) as unknown as Record<string, unknown> | undefined
    if (!value) return undefined
    if (typeof news === 'string') return { op: 'put', entity, id, revision, value }
    const patch: Record<string, unknown> = {}
    for (const field of news) patch[field] = value[field]
    return { op: 'patch', entity, id, revision, patch }
  }

  #set(entity: EntityName, id: string, news: News): void {
    const map = this.#news[entity]
    const before = map.size
    map.set(id, news)
    this.#size += map.size - before
  }

  #drop(entity: EntityName, id: string): void {
    if (this.#news[entity].delete(id)) this.#size--
  }
}

function union(a: readonly string[], b: readonly string[]): readonly string[] {
  const missing = b.filter((field) => !a.includes(field))
  return missing.length === 0 ? a : [...a, ...missing]
}
