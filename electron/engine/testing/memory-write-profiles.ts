import type { StoredWriteProfile, WriteProfileStore } from '../../store/store.ts'

export class MemoryWriteProfiles implements WriteProfileStore {
  readonly rows = new Map<string, StoredWriteProfile>()

  load({ afterId, limit }: { readonly afterId: string; readonly limit: number }): Promise<readonly StoredWriteProfile[]> {
    const rows = [...this.rows.values()].toSorted((a, b) => (a.machineId < b.machineId ? -1 : 1))
    return Promise.resolve(rows.filter(({ machineId }) => machineId > afterId).slice(0, limit))
  }

  save(rows: readonly StoredWriteProfile[]): Promise<void> {
    for (const row of rows) this.rows.set(row.machineId, row)
    return Promise.resolve()
  }

  remove(machineIds: readonly string[]): Promise<void> {
    for (const id of machineIds) this.rows.delete(id)
    return Promise.resolve()
  }
}
