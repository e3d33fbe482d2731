import type { Kysely } from 'kysely'

/** What machines write at which time. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('write_profiles')
    .addColumn('machine_id', 'text', (column) => column.primaryKey())
    .addColumn('body', 'text', (column) => column.notNull())
    .execute()
}
