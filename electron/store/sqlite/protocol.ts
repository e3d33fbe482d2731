import type { WireError } from '../../../shared/errors/index.ts'
import type { StoreMethods, StoreTables } from '../store.ts'
import type { SqliteOptions } from './sqlite-options.ts'

/** What the store's thread is given at its start. */
export type WorkerInput = SqliteOptions

/** From the engine to the store's thread: one call of one table, or the end. */
export type WorkerRequest =
  | { readonly id: number; readonly table: keyof StoreTables; readonly method: string; readonly args: readonly unknown[] }
  | { readonly id: number; readonly close: true }

export type WorkerReply =
  | {
      readonly opened: {
        readonly state: 'ok' | 'rebuilt' | 'read-only' | 'failed'
        readonly message: string | null
        readonly error: WireError | null
      }
    }
  | { readonly refused: WireError }
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: WireError }

/** Every method of every table, and whether it writes: the thread answers nothing else. */
export const METHODS: StoreMethods = {
  entities: { load: 'read', save: 'write' },
  tasks: { commit: 'write', get: 'read', list: 'read', journal: 'read' },
  events: { append: 'write', list: 'read', since: 'read', lastId: 'read', prune: 'write' },
  audit: { append: 'write', list: 'read', walk: 'read', last: 'read', head: 'read' },
  views: { list: 'read', put: 'write', remove: 'write' },
  definitions: {
    put: 'write',
    list: 'read',
    get: 'read',
    remove: 'write',
    seen: 'read',
    see: 'write',
    move: 'write',
    machineIds: 'read',
    forget: 'write',
  },
  migrations: { put: 'write', list: 'read' },
  writeProfiles: { load: 'read', save: 'write', remove: 'write' },
  settings: { get: 'read', set: 'write', remove: 'write' },
  metadata: { get: 'read', set: 'write', remove: 'write' },
}
