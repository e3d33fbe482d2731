import type { EntityOf } from '../../../shared/model/index.ts'
import { type EntityStore, type EntityWrite, STORED_ENTITIES, type StoredEntity } from '../../store/store.ts'

/** A store in memory that can be told to fail. */
export class MemoryEntityStore implements EntityStore {
  readonly rows = new Map<StoredEntity, Map<string, unknown>>(STORED_ENTITIES.map((entity) => [entity, new Map()]))
  readonly batches: Array<readonly EntityWrite[]> = []
  failWith: Error | null = null

  load<E extends StoredEntity>(
    entity: E,
    page: { readonly afterId?: string; readonly limit: number },
  ): Promise<ReadonlyArray<EntityOf<E>>> {
    const all = [...(this.rows.get(entity) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))
    const rest = all.filter(([id]) => page.afterId === undefined || id > page.afterId)
    return Promise.resolve(rest.slice(0, page.limit).map(([, value]) => structuredClone(value) as EntityOf<E>))
  }

  save(batch: readonly EntityWrite[]): Promise<void> {
    if (this.failWith) return Promise.reject(this.failWith)
    this.batches.push(batch)
    for (const write of batch) {
      if (write.op === 'put') this.rows.get(write.entity)?.set(write.value.id, structuredClone(write.value))
      else this.rows.get(write.entity)?.delete(write.id)
    }
    return Promise.resolve()
  }
}
