import type { Kysely, Transaction } from 'kysely'
import type { Schema } from './schema.ts'

/** `durable`: on the disk before it resolves. `relaxed`: may be lost with the power, never torn. */
export type Durability = 'durable' | 'relaxed'

export interface SqlDatabase {
  readonly db: Kysely<Schema>
  readonly transact: <T>(durability: Durability, body: (db: Transaction<Schema>) => Promise<T>) => Promise<T>
}
