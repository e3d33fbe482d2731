import { closeSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import SqliteDatabase, { type Database } from 'better-sqlite3'
import { type AppError, isAppError } from '../../../shared/errors/index.ts'
import { sqlTables } from '../sql/sql-tables.ts'
import type { StoreHealth, StoreTables } from '../store.ts'
import { migrate, openFile, quickCheck, sqlDatabase } from './database.ts'
import { METHODS } from './protocol.ts'
import { completeSalvage, rescue, SALVAGED, type Salvage, salvage } from './salvage.ts'
import { fromSqlite } from './sqlite-error.ts'
import type { SqliteOptions } from './sqlite-options.ts'

export interface OpenTables {
  readonly tables: StoreTables
  readonly health: StoreHealth
  readonly close: () => Promise<void>
}

/**
 * Opens the database in this thread. A damaged file is salvaged, one that cannot be written is worked on as a copy in
 * memory; `health` says so. Throws `conflict` store.in-use while another process holds it and `precondition`
 * store.newer-version for a file of a later release: going on without it would hide what is in it.
 */
export async function openTables(options: SqliteOptions): Promise<OpenTables> {
  try {
    mkdirSync(dirname(options.file), { recursive: true, mode: 0o700 })
  } catch {
    // Opening says it better: SQLITE_CANTOPEN.
  }
  try {
    completeSalvage(options.file)
    return await openWritable(options)
  } catch (thrown) {
    const error = fromSqlite(thrown)
    if (error.code === 'store.corrupt') return await openSalvaged(options)
    if (!IN_MEMORY_CODES.has(error.code)) throw error
    return await openInMemory(imageOf(options.file), isReadOnly(options.file) ? readOnlyError(thrown) : error)
  }
}

const IN_MEMORY_CODES: ReadonlySet<string> = new Set(['store.read-only', 'store.cannot-open', 'store.disk-full', 'store.io'])

/** SQLite calls it an I/O error or cannot-open, depending on what it wanted to write first. */
function isReadOnly(file: string): boolean {
  if (!existsSync(file)) return false
  try {
    closeSync(openSync(file, 'r+'))
    return false
  } catch (thrown) {
    return ['EROFS', 'EACCES', 'EPERM'].includes((thrown as NodeJS.ErrnoException).code ?? '')
  }
}

function readOnlyError(cause: unknown): AppError {
  const message = cause instanceof Error ? cause.message : String(cause)
  return fromSqlite(Object.assign(new Error(message, { cause }), { code: 'SQLITE_READONLY' }))
}

async function openWritable(options: SqliteOptions): Promise<OpenTables> {
  const handle = openFile(options.file, options)
  try {
    const damage = quickCheck(handle)
    if (damage.length > 0) throw corrupt(damage)
    const opened = await ready(handle, { state: 'ok', message: null, error: null })
    // Shows now, not at the first click, that nothing can be written.
    await opened.tables.metadata.set('opened-at-ms', options.nowMs)
    const report = (await opened.tables.metadata.get(SALVAGED)) as unknown as Salvage | null
    if (report?.told !== false) return opened
    await opened.tables.metadata.set(SALVAGED, { ...report, incomplete: [...report.incomplete], told: true })
    return { ...opened, health: { state: 'rebuilt', message: salvageMessage(report), error: null } }
  } catch (thrown) {
    handle.close()
    throw thrown
  }
}

function corrupt(damage: readonly string[]): Error {
  return Object.assign(new Error(damage.join('; ')), { code: 'SQLITE_CORRUPT' })
}

async function openSalvaged(options: SqliteOptions): Promise<OpenTables> {
  try {
    await salvage(options.file, options.nowMs, options)
  } catch (thrown) {
    return await openInMemory(await rescuedOf(options.file), isAppError(thrown) ? thrown : fromSqlite(thrown))
  }
  return await openWritable(options)
}

function salvageMessage({ keptAs, saved, incomplete }: Salvage): string {
  const counts = `${saved.configured} workspaces and connections, ${saved.tasks} tasks, ${saved.audit} audit records and ${saved.events} events were saved`
  const loss = incomplete.length === 0 ? 'Nothing of them is lost.' : `Some rows could not be read in: ${incomplete.join(', ')}.`
  return `The database was damaged and has been rebuilt. ${counts}. ${loss} What hosts said is read again from them. The damaged file is kept as ${keptAs}.`
}

/** `handle`: what the file holds, if it can be read at all, as a database in memory that takes writes until the end of the process. */
async function openInMemory(handle: Database | null, reason: AppError): Promise<OpenTables> {
  const state = reason.code === 'store.read-only' ? 'read-only' : 'failed'
  const message = `${reason.message} Until then the console works from memory: what changes now is lost when it ends.`
  const health: StoreHealth = { state, message, error: reason }
  if (handle) {
    try {
      return await ready(handle, health)
    } catch (thrown) {
      if (isAppError(thrown)) throw thrown
    }
  }
  return await ready(new SqliteDatabase(':memory:'), health)
}

/** The content of a damaged file that no new one can be made from. */
async function rescuedOf(file: string): Promise<Database | null> {
  const handle = new SqliteDatabase(':memory:')
  try {
    await rescue(file, handle)
    return handle
  } catch {
    handle.close()
    return null
  }
}

/** The content of a file that cannot be written, its write-ahead log included: replayed in a copy. */
function imageOf(file: string): Database | null {
  if (!existsSync(file)) return null
  let folder: string | undefined
  try {
    folder = mkdtempSync(join(tmpdir(), 'novacron-'))
    const copy = join(folder, 'copy.sqlite')
    copyFileSync(file, copy)
    if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${copy}-wal`)
    const handle = new SqliteDatabase(copy)
    // An image in memory has no write-ahead log.
    handle.pragma('journal_mode = DELETE')
    const image = handle.serialize()
    handle.close()
    return new SqliteDatabase(image)
  } catch {
    return null
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  }
}

async function ready(handle: Database, health: StoreHealth): Promise<OpenTables> {
  const database = sqlDatabase(handle)
  await migrate(database.db)
  return {
    tables: withOurErrors(sqlTables(database)),
    health,
    async close() {
      await database.db.destroy()
    },
  }
}

/** The same tables, throwing AppErrors. */
function withOurErrors(tables: StoreTables): StoreTables {
  const wrap = (name: keyof StoreTables) => {
    const table = tables[name] as unknown as Record<string, (...args: readonly unknown[]) => Promise<unknown>>
    const calls = Object.keys(METHODS[name]).map((method) => [
      method,
      async (...args: readonly unknown[]) => {
        try {
          return await table[method]?.(...args)
        } catch (thrown) {
          throw fromSqlite(thrown)
        }
      },
    ])
    return Object.fromEntries(calls) as Record<string, unknown>
  }
  return Object.fromEntries((Object.keys(METHODS) as Array<keyof StoreTables>).map((name) => [name, wrap(name)])) as unknown as StoreTables
}
