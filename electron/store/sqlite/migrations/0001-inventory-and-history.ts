import type { Kysely } from 'kysely'

/** Inventory, tasks with their journal, events, the audit chain, and the engine's own notes. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const table of ['configured', 'cached']) {
    await db.schema
      .createTable(table)
      .addColumn('entity', 'text', (column) => column.notNull())
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('body', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint(`${table}_pk`, ['entity', 'id'])
      .execute()
  }
  await createTasks(db)
  await createEvents(db)
  await db.schema
    .createTable('audit')
    .addColumn('seq', 'integer', (column) => column.primaryKey())
    .addColumn('body', 'text', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('metadata')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('value', 'text', (column) => column.notNull())
    .execute()
}

async function createTasks(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('tasks')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('parent_id', 'text')
    .addColumn('target_id', 'text')
    .addColumn('created_at_ms', 'integer', (column) => column.notNull())
    .addColumn('ended', 'integer', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('tasks_by_parent').on('tasks').columns(['parent_id', 'created_at_ms', 'id']).execute()
  await db.schema.createIndex('tasks_by_target').on('tasks').columns(['target_id', 'created_at_ms', 'id']).execute()
  await db.schema.createIndex('tasks_by_age').on('tasks').columns(['created_at_ms', 'id']).execute()
  await db.schema.createIndex('tasks_unfinished').on('tasks').columns(['ended', 'created_at_ms']).execute()
  await db.schema
    .createTable('task_journal')
    .addColumn('seq', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('task_id', 'text', (column) => column.notNull())
    .addColumn('at_ms', 'integer', (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('entry', 'text', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('task_journal_by_task').on('task_journal').columns(['task_id', 'seq']).execute()
}

async function createEvents(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('events')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('at_ms', 'integer', (column) => column.notNull())
    .addColumn('connection_id', 'text')
    .addColumn('host_id', 'text')
    .addColumn('machine_id', 'text')
    .addColumn('task_id', 'text')
    .addColumn('body', 'text', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('events_by_age').on('events').column('at_ms').execute()
  for (const owner of ['connection_id', 'host_id', 'machine_id', 'task_id']) {
    await db.schema.createIndex(`events_by_${owner}`).on('events').columns([owner, 'id']).execute()
  }
}
