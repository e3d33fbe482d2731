import type { EntityName, EntityOf } from '../../../shared/model/index.ts'

/** Key → ids. A key that nobody has is forgotten. */
class MultiIndex {
  readonly #sets = new Map<string, Set<string>>()

  add(key: string, id: string): void {
    const set = this.#sets.get(key)
    if (set) set.add(id)
    else this.#sets.set(key, new Set([id]))
  }

  delete(key: string, id: string): void {
    const set = this.#sets.get(key)
    if (!set) return
    set.delete(id)
    if (set.size === 0) this.#sets.delete(key)
  }

  get(key: string): ReadonlySet<string> {
    return this.#sets.get(key) ?? NONE
  }

  keys(): IterableIterator<string> {
    return this.#sets.keys()
  }
}

const NONE: ReadonlySet<string> = new Set()

/** The fields each kind of object can be found by, besides its id. */
const INDEXED = {
  workspace: [],
  connection: ['workspaceId'],
  host: ['connectionId'],
  machine: ['connectionId', 'hostId', 'state', 'tags'],
  network: ['connectionId', 'hostId'],
  pool: ['connectionId', 'hostId'],
  task: ['connectionId'],
} as const satisfies { readonly [E in EntityName]: ReadonlyArray<keyof EntityOf<E>> }

export type IndexName<E extends EntityName> = (typeof INDEXED)[E][number]

function keysOf(value: object, field: string): readonly string[] {
  const found: unknown = (value as Record<string, unknown>)[field]
  if (Array.isArray(found)) return found as readonly string[]
  return typeof found === 'string' ? [found] : []
}

interface Row<T> {
  readonly value: T
  readonly revision: number
}

/** All objects of one kind with their secondary indexes. Values are never changed in place: a change is a new object. */
export class EntityTable<E extends EntityName> {
  readonly #rows = new Map<string, Row<EntityOf<E>>>()
  readonly #indexes = new Map<string, MultiIndex>()

  constructor(entity: E) {
    for (const field of INDEXED[entity] as readonly string[]) this.#indexes.set(field, new MultiIndex())
  }

  get size(): number {
    return this.#rows.size
  }

  get(id: string): EntityOf<E> | undefined {
    return this.#rows.get(id)?.value
  }

  revisionOf(id: string): number | undefined {
    return this.#rows.get(id)?.revision
  }

  ids(): IterableIterator<string> {
    return this.#rows.keys()
  }

  *values(): IterableIterator<EntityOf<E>> {
    for (const row of this.#rows.values()) yield row.value
  }

  idsBy(index: IndexName<E>, key: string): ReadonlySet<string> {
    return this.#indexes.get(index)?.get(key) ?? NONE
  }

  /** The different values of an indexed field. */
  keysOf(index: IndexName<E>): readonly string[] {
    return [...(this.#indexes.get(index)?.keys() ?? [])]
  }

  /** `changed`: the only fields that differ from what stands there; left out: any may. */
  set(id: string, value: EntityOf<E>, revision: number, changed?: readonly string[]): void {
    const before = this.#rows.get(id)?.value
    this.#rows.set(id, { value, revision })
    for (const [field, index] of this.#indexes) {
      if (before && changed && !changed.includes(field)) continue
      if (before) for (const key of keysOf(before, field)) index.delete(key, id)
      for (const key of keysOf(value, field)) index.add(key, id)
    }
  }

  delete(id: string): EntityOf<E> | undefined {
    const before = this.#rows.get(id)?.value
    if (!before) return undefined
    this.#rows.delete(id)
    for (const [field, index] of this.#indexes) {
      for (const key of keysOf(before, field)) index.delete(key, id)
    }
    return before
  }
}
