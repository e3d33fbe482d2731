import type { Transaction } from 'kysely'
import { AppError, type Json } from '../../../shared/errors/index.ts'
import {
  type AuditRecord,
  type EntityOf,
  type EventRecord,
  FINAL_TASK_STATES,
  type SavedView,
  type Task,
} from '../../../shared/model/index.ts'
import {
  type AuditStore,
  CONFIGURED_ENTITIES,
  type EntityStore,
  type EntityWrite,
  type EventFilter,
  type EventStore,
  type KeyValueStore,
  STORED_ENTITIES,
  type StoredEntity,
  type StoreTables,
  type TaskFilter,
  type TaskStore,
  type ViewStore,
} from '../store.ts'
import { definitionStore } from './definition-table.ts'
import { migrationStore } from './migration-table.ts'
import type { Schema } from './schema.ts'
import type { SqlDatabase } from './sql-database.ts'
import { writeProfileStore } from './write-profile-table.ts'

/** Rows in one statement: some databases bound the number of parameters. */
const ROWS = 200
/** Where the audit's newest number and hash are noted, in the same transaction as the records. */
const AUDIT_HEAD = 'audit.head'

/** The tables of the store over kysely: the same code for every SQL database. */
export function sqlTables(database: SqlDatabase): StoreTables {
  return {
    entities: entityStore(database),
    tasks: taskStore(database),
    events: eventStore(database),
    audit: auditStore(database),
    views: viewStore(database),
    definitions: definitionStore(database),
    migrations: migrationStore(database),
    writeProfiles: writeProfileStore(database),
    settings: keyValueStore(database, 'settings'),
    metadata: keyValueStore(database, 'metadata'),
  }
}

const tableOf = (entity: StoredEntity) => (CONFIGURED_ENTITIES.has(entity) ? 'configured' : 'cached')

function entityStore({ db, transact }: SqlDatabase): EntityStore {
  return {
    async load<E extends StoredEntity>(entity: E, page: { readonly afterId?: string; readonly limit: number }) {
      let select = db.selectFrom(tableOf(entity)).select('body').where('entity', '=', entity).orderBy('id').limit(page.limit)
      if (page.afterId !== undefined) select = select.where('id', '>', page.afterId)
      return (await select.execute()).map((row) => JSON.parse(row.body) as EntityOf<E>)
    },
    async save(batch) {
      const last = new Map<string, EntityWrite>()
      for (const write of batch) last.set(`${write.entity} ${write.op === 'put' ? write.value.id : write.id}`, write)
      const writes = [...last.values()]
      const durability = writes.some((write) => CONFIGURED_ENTITIES.has(write.entity)) ? 'durable' : 'relaxed'
      await transact(durability, async (trx) => {
        for (const table of ['configured', 'cached'] as const) {
          const own = writes.filter((write) => tableOf(write.entity) === table)
          await putEntities(trx, table, own)
          await removeEntities(trx, table, own)
        }
      })
    },
  }
}

async function putEntities(trx: Transaction<Schema>, table: 'configured' | 'cached', writes: readonly EntityWrite[]): Promise<void> {
  const rows = writes.flatMap((write) =>
    write.op === 'put' ? [{ entity: write.entity, id: write.value.id, body: JSON.stringify(write.value) }] : [],
  )
  for (const chunk of chunks(rows)) {
    await trx
      .insertInto(table)
      .values(chunk)
      .onConflict((conflict) => conflict.columns(['entity', 'id']).doUpdateSet((eb) => ({ body: eb.ref('excluded.body') })))
      .execute()
  }
}

async function removeEntities(trx: Transaction<Schema>, table: 'configured' | 'cached', writes: readonly EntityWrite[]): Promise<void> {
  for (const entity of STORED_ENTITIES) {
    const ids = writes.flatMap((write) => (write.op === 'remove' && write.entity === entity ? [write.id] : []))
    for (const chunk of chunks(ids)) {
      await trx.deleteFrom(table).where('entity', '=', entity).where('id', 'in', chunk).execute()
    }
  }
}

function taskStore({ db, transact }: SqlDatabase): TaskStore {
  const parse = (row: { readonly body: string }) => JSON.parse(row.body) as Task
  return {
    async commit({ lines, tasks }) {
      await transact('durable', async (trx) => {
        for (const chunk of chunks(lines)) {
          const rows = chunk.map((line) => ({
            task_id: line.taskId,
            at_ms: line.atMs,
            version: line.version,
            entry: JSON.stringify(line.entry),
          }))
          await trx.insertInto('task_journal').values(rows).execute()
        }
        const newest = [...new Map(tasks.map((task) => [task.id, task])).values()]
        for (const chunk of chunks(newest)) {
          await trx
            .insertInto('tasks')
            .values(chunk.map(taskRow))
            .onConflict((conflict) =>
              conflict.column('id').doUpdateSet((eb) => ({ ended: eb.ref('excluded.ended'), body: eb.ref('excluded.body') })),
            )
            .execute()
        }
      })
    },
    async get(id) {
      const row = await db.selectFrom('tasks').select('body').where('id', '=', id).executeTakeFirst()
      return row ? parse(row) : null
    },
    async list(filter: TaskFilter, { before, limit }) {
      let select = db.selectFrom('tasks').select('body').orderBy('created_at_ms', 'desc').orderBy('id', 'desc').limit(limit)
      if (filter.parentId !== undefined) select = select.where('parent_id', '=', filter.parentId)
      if (filter.rootsOnly) select = select.where('parent_id', 'is', null)
      if (filter.targetId !== undefined) select = select.where('target_id', '=', filter.targetId)
      if (filter.unfinishedOnly) select = select.where('ended', '=', 0)
      if (before) {
        select = select.where((eb) =>
          eb.or([
            eb('created_at_ms', '<', before.createdAtMs),
            eb.and([eb('created_at_ms', '=', before.createdAtMs), eb('id', '<', before.id)]),
          ]),
        )
      }
      return (await select.execute()).map(parse)
    },
    async journal(taskIds) {
      const rows = []
      for (const chunk of chunks(taskIds)) {
        rows.push(...(await db.selectFrom('task_journal').selectAll().where('task_id', 'in', chunk).orderBy('seq').execute()))
      }
      return rows
        .sort((a, b) => a.seq - b.seq)
        .map((row) => ({
          seq: row.seq,
          taskId: row.task_id as Task['id'],
          atMs: row.at_ms,
          version: row.version,
          entry: JSON.parse(row.entry) as Json,
        }))
    },
  }
}

function taskRow(task: Task): Schema['tasks'] {
  return {
    id: task.id,
    parent_id: task.parentId,
    target_id: task.target?.id ?? null,
    created_at_ms: task.createdAtMs,
    ended: FINAL_TASK_STATES.has(task.state) ? 1 : 0,
    body: JSON.stringify(task),
  }
}

function eventStore({ db, transact }: SqlDatabase): EventStore {
  const parse = (row: { readonly body: string }) => JSON.parse(row.body) as EventRecord
  const columns = { machineId: 'machine_id', hostId: 'host_id', connectionId: 'connection_id', taskId: 'task_id' } as const
  return {
    async append(events) {
      if (events.length === 0) return
      await transact('relaxed', async (trx) => {
        for (const chunk of chunks(events)) await trx.insertInto('events').values(chunk.map(eventRow)).execute()
      })
    },
    async list(filter: EventFilter, { beforeId, limit }) {
      let select = db.selectFrom('events').select('body').orderBy('id', 'desc').limit(limit)
      for (const key of Object.keys(columns) as Array<keyof typeof columns>) {
        const wanted = filter[key]
        if (wanted !== undefined) select = select.where(columns[key], '=', wanted)
      }
      if (beforeId !== undefined) select = select.where('id', '<', beforeId)
      return (await select.execute()).map(parse)
    },
    async since(sinceId, limit) {
      return (await db.selectFrom('events').select('body').where('id', '>', sinceId).orderBy('id').limit(limit).execute()).map(parse)
    },
    async lastId() {
      const row = await db
        .selectFrom('events')
        .select((eb) => eb.fn.max('id').as('id'))
        .executeTakeFirst()
      return row?.id ?? 0
    },
    async prune(olderThanMs, limit) {
      const old = db.selectFrom('events').select('id').where('at_ms', '<', olderThanMs).orderBy('at_ms').limit(limit)
      const result = await transact('relaxed', (trx) => trx.deleteFrom('events').where('id', 'in', old).executeTakeFirst())
      return Number(result.numDeletedRows)
    },
  }
}

function eventRow(event: EventRecord): Schema['events'] {
  return {
    id: event.id,
    at_ms: event.atMs,
    connection_id: event.connectionId,
    host_id: event.hostId,
    machine_id: event.machineId,
    task_id: event.taskId,
    body: JSON.stringify(event),
  }
}

function auditStore({ db, transact }: SqlDatabase): AuditStore {
  const parse = (row: { readonly body: string }) => JSON.parse(row.body) as AuditRecord
  return {
    async append(records) {
      const last = records.at(-1)
      if (!last) return
      await transact('durable', async (trx) => {
        for (const chunk of chunks(records)) {
          const rows = chunk.map((record) => ({ seq: record.seq, body: JSON.stringify(record) }))
          await trx.insertInto('audit').values(rows).execute()
        }
        await setValue(trx, 'metadata', AUDIT_HEAD, { seq: last.seq, hash: last.hash })
      })
    },
    async list({ beforeSeq, limit }) {
      let select = db.selectFrom('audit').select('body').orderBy('seq', 'desc').limit(limit)
      if (beforeSeq !== undefined) select = select.where('seq', '<', beforeSeq)
      return (await select.execute()).map(parse)
    },
    async walk(afterSeq, limit) {
      return (await db.selectFrom('audit').select('body').where('seq', '>', afterSeq).orderBy('seq').limit(limit).execute()).map(parse)
    },
    async last() {
      const row = await db.selectFrom('audit').select('body').orderBy('seq', 'desc').limit(1).executeTakeFirst()
      return row ? parse(row) : null
    },
    async head() {
      const row = await db.selectFrom('metadata').select('value').where('key', '=', AUDIT_HEAD).executeTakeFirst()
      return row ? (JSON.parse(row.value) as { seq: number; hash: string }) : null
    },
  }
}

function viewStore({ db, transact }: SqlDatabase): ViewStore {
  return {
    async list() {
      const rows = await db.selectFrom('views').select('body').orderBy('position').orderBy('id').execute()
      return rows.map((row) => JSON.parse(row.body) as SavedView)
    },
    async put(view) {
      const row = { id: view.id, position: view.position, body: JSON.stringify(view) }
      await transact('durable', async (trx) => {
        await trx
          .insertInto('views')
          .values(row)
          .onConflict((conflict) => conflict.column('id').doUpdateSet({ position: row.position, body: row.body }))
          .execute()
      })
    },
    async remove(id) {
      await transact('durable', (trx) => trx.deleteFrom('views').where('id', '=', id).execute())
    },
  }
}

function keyValueStore({ db, transact }: SqlDatabase, table: 'settings' | 'metadata'): KeyValueStore {
  return {
    async get(key) {
      const row = await db.selectFrom(table).select('value').where('key', '=', key).executeTakeFirst()
      return row ? (JSON.parse(row.value) as Json) : undefined
    },
    async set(key, value) {
      if (value === undefined) throw new AppError({ kind: 'bug', code: 'bug.no-value', message: `No value given for ${key}.` })
      await transact('durable', (trx) => setValue(trx, table, key, value))
    },
    async remove(key) {
      await transact('durable', (trx) => trx.deleteFrom(table).where('key', '=', key).execute())
    },
  }
}

async function setValue(trx: Transaction<Schema>, table: 'settings' | 'metadata', key: string, value: Json): Promise<void> {
  const row = { key, value: JSON.stringify(value) }
  await trx
    .insertInto(table)
    .values(row)
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: row.value }))
    .execute()
}

function chunks<T>(items: readonly T[]): T[][] {
  const result: T[][] = []
  for (let start = 0; start < items.length; start += ROWS) result.push(items.slice(start, start + ROWS))
  return result
}
