import type { Kysely } from 'kysely'

/** What machines were defined as before, and as they were seen last. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('definitions')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('machine_id', 'text', (column) => column.notNull())
    .addColumn('definition', 'text', (column) => column.notNull())
    .addColumn('task_id', 'text')
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('xml', 'text', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('definitions_by_machine').on('definitions').columns(['machine_id', 'id']).execute()
  await db.schema
    .createTable('definitions_seen')
    .addColumn('machine_id', 'text', (column) => column.primaryKey())
    .addColumn('xml', 'text', (column) => column.notNull())
    .execute()
}
