import type { MigrationRecord } from '../../../shared/model/index.ts'
import type { MigrationFilter, MigrationStore } from '../../store/store.ts'
import { diskFull } from './memory-log-stores.ts'

/** Moves that ended, in memory, as the store's own suite wants them. */
export class MemoryMigrationStore implements MigrationStore {
  records: MigrationRecord[] = []
  /** Every call is refused while set. */
  full = false

  async put(record: MigrationRecord, keep: number): Promise<void> {
    if (this.full) throw diskFull()
    this.records = [record, ...this.records.filter(({ taskId }) => taskId !== record.taskId)]
      .toSorted((a, b) => b.endedAtMs - a.endedAtMs)
      .slice(0, keep)
  }

  async list({ machineIds, sourceHostId, targetHostId }: MigrationFilter, limit: number): Promise<MigrationRecord[]> {
    if (this.full) throw diskFull()
    return this.records
      .filter(({ machineId }) => machineIds === undefined || machineIds.includes(machineId))
      .filter((record) => sourceHostId === undefined || record.sourceHostId === sourceHostId)
      .filter((record) => targetHostId === undefined || record.targetHostId === targetHostId)
      .slice(0, limit)
  }
}
