import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Database } from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  sampleAudit,
  sampleDefinition,
  sampleEvent,
  sampleMachine,
  sampleMigration,
  sampleTask,
  sampleWorkspace,
} from '../../conformance/samples.ts'
import { migrate, openFile, sqlDatabase } from '../database.ts'
import { openSqliteStoreInline } from '../index.ts'
import { MIGRATIONS } from './index.ts'

let folder = ''
let file = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'novacron-migrate-'))
  file = join(folder, 'console.db')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** A file as the release with that newest migration left it. */
async function fileOf(name: string, fill: (handle: Database) => void): Promise<void> {
  const handle = openFile(file)
  const { db } = sqlDatabase(handle)
  await migrate(db, name)
  fill(handle)
  await db.destroy()
}

/** What 0001 could hold, written as it wrote it. */
function fillOfFirst(handle: Database): void {
  const put = (sql: string, ...values: unknown[]) => handle.prepare(sql).run(...values)
  put('insert into configured values (?, ?, ?)', 'workspace', 'w1', JSON.stringify(sampleWorkspace('w1')))
  put('insert into cached values (?, ?, ?)', 'machine', 'm1', JSON.stringify(sampleMachine('m1')))
  put('insert into tasks values (?, ?, ?, ?, ?, ?)', 't1', null, 'm1', 100, 0, JSON.stringify(sampleTask('t1')))
  put('insert into task_journal values (?, ?, ?, ?, ?)', 7, 't1', 100, 1, '{"type":"created"}')
  put('insert into events values (?, ?, ?, ?, ?, ?, ?)', 3, 3_000, 'c1', null, 'm1', null, JSON.stringify(sampleEvent(3)))
  put('insert into audit values (?, ?)', 1, JSON.stringify(sampleAudit(1)))
  put('insert into metadata values (?, ?)', 'audit.head', '{"seq":1,"hash":"h1"}')
}

test('migrations are numbered without a gap', () => {
  const numbers = Object.keys(MIGRATIONS).map((name) => Number(name.slice(0, 4)))
  expect(numbers).toEqual(numbers.map((_, index) => index + 1))
})

test('0001 makes a database from nothing', async () => {
  await fileOf('0001-inventory-and-history', fillOfFirst)
  const handle = openFile(file)
  expect(handle.prepare("select count(*) as n from sqlite_master where name = 'views'").get()).toEqual({ n: 0 })
  expect(handle.prepare('select count(*) as n from audit').get()).toEqual({ n: 1 })
  handle.close()
})

test('0002 adds views and settings and keeps everything that 0001 held', async () => {
  await fileOf('0001-inventory-and-history', fillOfFirst)
  const store = await openSqliteStoreInline({ file, nowMs: 0 })
  expect(store.health().state).toBe('ok')
  expect(await store.entities.load('workspace', { limit: 9 })).toEqual([sampleWorkspace('w1')])
  expect(await store.entities.load('machine', { limit: 9 })).toEqual([sampleMachine('m1')])
  expect(await store.tasks.list({ unfinishedOnly: true }, { limit: 9 })).toEqual([sampleTask('t1')])
  expect(await store.tasks.journal(['t1'])).toEqual([{ seq: 7, taskId: 't1', atMs: 100, version: 1, entry: { type: 'created' } }])
  expect(await store.events.list({}, { limit: 9 })).toEqual([sampleEvent(3)])
  expect(await store.audit.last()).toEqual(sampleAudit(1))
  expect(await store.audit.head()).toEqual({ seq: 1, hash: 'h1' })
  expect(await store.views.list()).toEqual([])
  await store.settings.set('theme', 'dark')
  expect(await store.settings.get('theme')).toBe('dark')
  await store.close()
})

test('0003 adds earlier definitions of machines and keeps what 0002 held', async () => {
  await fileOf('0002-views-and-settings', (handle) => {
    fillOfFirst(handle)
    handle.prepare('insert into settings values (?, ?)').run('theme', '"dark"')
  })
  const store = await openSqliteStoreInline({ file, nowMs: 0 })
  expect(await store.entities.load('machine', { limit: 9 })).toEqual([sampleMachine('m1')])
  expect(await store.settings.get('theme')).toBe('dark')
  expect(await store.definitions.list('m1', 9)).toEqual([])
  await store.definitions.put(sampleDefinition(), 9)
  expect(await store.definitions.list('m1', 9)).toHaveLength(1)
  await store.close()
})

test('0004 adds moves between hosts and keeps what 0003 held', async () => {
  await fileOf('0003-definitions', (handle) => {
    fillOfFirst(handle)
    handle.prepare('insert into definitions_seen values (?, ?)').run('m1', '<domain/>')
  })
  const store = await openSqliteStoreInline({ file, nowMs: 0 })
  expect(await store.entities.load('machine', { limit: 9 })).toEqual([sampleMachine('m1')])
  expect(await store.definitions.seen('m1')).toBe('<domain/>')
  expect(await store.migrations.list({}, 9)).toEqual([])
  await store.migrations.put(sampleMigration('t1'), 9)
  expect(await store.migrations.list({}, 9)).toEqual([sampleMigration('t1')])
  await store.close()
})

test('0005 adds what machines write at which time and keeps what 0004 held', async () => {
  await fileOf('0004-migrations', (handle) => {
    fillOfFirst(handle)
    handle.prepare('insert into definitions_seen values (?, ?)').run('m1', '<domain/>')
    handle.prepare('insert into migrations values (?, ?, ?, ?, ?, ?)').run('t1', 'm1', 'h1', 'h2', 1, JSON.stringify(sampleMigration('t1')))
  })
  const store = await openSqliteStoreInline({ file, nowMs: 0 })
  expect(await store.definitions.seen('m1')).toBe('<domain/>')
  expect(await store.migrations.list({}, 9)).toEqual([sampleMigration('t1')])
  expect(await store.writeProfiles.load({ afterId: '', limit: 9 })).toEqual([])
  await store.writeProfiles.save([{ machineId: 'm1', body: { newest: 1 } }])
  expect(await store.writeProfiles.load({ afterId: '', limit: 9 })).toEqual([{ machineId: 'm1', body: { newest: 1 } }])
  await store.close()
})
