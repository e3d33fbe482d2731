import type { Kysely } from 'kysely'

/** Moves of machines between hosts, as foretold and as they went. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('migrations')
    .addColumn('task_id', 'text', (column) => column.primaryKey())
    .addColumn('machine_id', 'text', (column) => column.notNull())
    .addColumn('source_host_id', 'text', (column) => column.notNull())
    .addColumn('target_host_id', 'text', (column) => column.notNull())
    .addColumn('ended_at_ms', 'integer', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('migrations_by_age').on('migrations').columns(['ended_at_ms', 'task_id']).execute()
  await db.schema.createIndex('migrations_by_machine').on('migrations').columns(['machine_id', 'ended_at_ms']).execute()
}
