import { AppError } from '../../../shared/errors/index.ts'
import type { AuditRecord, EventRecord } from '../../../shared/model/index.ts'
import type { AuditStore, EventStore } from '../../store/store.ts'

/** What a store throws when its disk is full. */
export function diskFull(): AppError {
  return new AppError({ kind: 'exhausted', code: 'store.disk-full', message: 'The disk is full.' })
}

export class MemoryEventStore implements EventStore {
  events: EventRecord[] = []
  /** Writes are refused while set. */
  full = false

  async append(events: readonly EventRecord[]): Promise<void> {
    if (this.full) throw diskFull()
    this.events.push(...events)
  }

  async list(filter: Parameters<EventStore['list']>[0], page: Parameters<EventStore['list']>[1]): Promise<EventRecord[]> {
    const { beforeId = Number.POSITIVE_INFINITY, limit } = page
    return this.events
      .filter((event) => event.id < beforeId && (filter.machineId === undefined || event.machineId === filter.machineId))
      .toReversed()
      .slice(0, limit)
  }

  async since(sinceId: number, limit: number): Promise<EventRecord[]> {
    return this.events.filter((event) => event.id > sinceId).slice(0, limit)
  }

  async lastId(): Promise<number> {
    return this.events.at(-1)?.id ?? 0
  }

  async prune(olderThanMs: number, limit: number): Promise<number> {
    const old = new Set(this.events.filter((event) => event.atMs < olderThanMs).slice(0, limit))
    this.events = this.events.filter((event) => !old.has(event))
    return old.size
  }
}

export class MemoryAuditStore implements AuditStore {
  records: AuditRecord[] = []
  kept: { seq: number; hash: string } | null = null
  full = false

  async append(records: readonly AuditRecord[]): Promise<void> {
    if (this.full) throw diskFull()
    this.records.push(...structuredClone(records))
    const last = this.records.at(-1)
    if (last) this.kept = { seq: last.seq, hash: last.hash }
  }

  async list({ beforeSeq = Number.POSITIVE_INFINITY, limit }: Parameters<AuditStore['list']>[0]): Promise<AuditRecord[]> {
    return this.records
      .filter((record) => record.seq < beforeSeq)
      .toReversed()
      .slice(0, limit)
  }

  async walk(afterSeq: number, limit: number): Promise<AuditRecord[]> {
    return this.records.filter((record) => record.seq > afterSeq).slice(0, limit)
  }

  async last(): Promise<AuditRecord | null> {
    return this.records.at(-1) ?? null
  }

  async head(): Promise<{ seq: number; hash: string } | null> {
    return this.kept
  }
}
