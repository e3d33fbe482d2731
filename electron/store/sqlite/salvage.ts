import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import SqliteDatabase, { type Database } from 'better-sqlite3'
import { sqlTables } from '../sql/sql-tables.ts'
import { migrate, openFile, sqlDatabase } from './database.ts'
import { MIGRATIONS } from './migrations/index.ts'
import { sqliteCodeOf } from './sqlite-error.ts'

/** What must survive. `cached` is not among them: hosts will tell it again. */
const PRECIOUS = [
  'audit',
  'task_journal',
  'tasks',
  'configured',
  'events',
  'views',
  'definitions',
  'definitions_seen',
  'migrations',
  'settings',
  'metadata',
] as const
type Precious = (typeof PRECIOUS)[number]

/** What became of a damaged file; kept in the new one. */
export interface Salvage {
  readonly atMs: number
  /** Where the damaged file was put. */
  readonly keptAs: string
  /** Rows saved, by table. */
  readonly saved: Readonly<Record<Precious, number>>
  /** Tables of which some rows could not be read, or all. */
  readonly incomplete: readonly Precious[]
  /** Whether a start has reported it. */
  readonly told: boolean
}

type Rescued = Pick<Salvage, 'saved' | 'incomplete'>

/** Under this name of the metadata the new file keeps its `Salvage`. */
export const SALVAGED = 'salvaged'
const PARTS = ['', '-wal', '-shm'] as const
/** Being made: worth nothing without its end. */
const unfinished = (file: string) => `${file}.rebuilding`
/** Made, but not in its place yet. */
const finished = (file: string) => `${file}.rebuilt`

/**
 * Makes a new file from every row of the precious tables that can still be read, then puts the damaged one aside and the new
 * one in its place. Ended at any point, it is either begun anew by the next start or completed by `completeSalvage`.
 */
export async function salvage(file: string, atMs: number, options: { readonly maxPages?: number } = {}): Promise<void> {
  const keptAs = `${file}.damaged-${new Date(atMs).toISOString().replaceAll(/[:.]/g, '-')}`
  try {
    const handle = openFile(unfinished(file), options)
    try {
      const { saved, incomplete } = await rescue(file, handle)
      const report = { atMs, keptAs, saved, incomplete: [...incomplete], told: false }
      await sqlTables(sqlDatabase(handle)).metadata.set(SALVAGED, report)
      // one file that is whole by itself: a write-ahead log beside it would have to be renamed with it
      handle.pragma('journal_mode = DELETE')
    } finally {
      handle.close()
    }
  } catch (thrown) {
    remove(unfinished(file))
    throw thrown
  }
  renameSync(unfinished(file), finished(file))
  // the file before its log: without the file the next start knows that the new one is to take its place
  for (const part of PARTS) move(file + part, keptAs + part)
  renameSync(finished(file), file)
}

/** Before a file is opened: completes a salvage that was interrupted once the new file was made, and throws away what one left before that. */
export function completeSalvage(file: string): void {
  remove(unfinished(file))
  if (!existsSync(finished(file))) return
  if (existsSync(file)) {
    // still the damaged one, from which it is made again: who knows what has happened since
    remove(finished(file))
    return
  }
  const name = `${basename(file)}.damaged-`
  const keptAs = readdirSync(dirname(file))
    .filter((each) => each.startsWith(name) && !each.endsWith('-wal') && !each.endsWith('-shm'))
    .toSorted()
    .at(-1)
  // a log of the damaged file would be played into the new one
  for (const part of PARTS.slice(1)) {
    if (keptAs === undefined) rmSync(file + part, { force: true })
    else move(file + part, join(dirname(file), keptAs) + part)
  }
  renameSync(finished(file), file)
}

/** Copies what can be read of a damaged file into an empty database, and brings that up to date. */
export async function rescue(file: string, handle: Database): Promise<Rescued> {
  const source = openDamaged(file)
  try {
    const target = sqlDatabase(handle)
    await migrate(target.db, source ? versionOf(source) : undefined)
    const saved = Object.fromEntries(PRECIOUS.map((table) => [table, 0])) as Record<Precious, number>
    const incomplete: Precious[] = []
    for (const table of PRECIOUS) {
      const result = source ? copyTable(source, handle, table) : { rows: 0, complete: false }
      saved[table] = result.rows
      if (!result.complete) incomplete.push(table)
    }
    await migrate(target.db)
    return { saved, incomplete }
  } finally {
    source?.close()
  }
}

function move(from: string, to: string): void {
  if (existsSync(from)) renameSync(from, to)
}

/** A leftover that cannot be removed is in nobody's way: it is never read. */
function remove(file: string): void {
  try {
    for (const part of [...PARTS, '-journal']) rmSync(file + part, { force: true })
  } catch {
    // A disk that takes no changes; opening says it better.
  }
}

function openDamaged(file: string): Database | null {
  try {
    const handle = new SqliteDatabase(file, { fileMustExist: true })
    // Nothing is written to it: `locking_mode` spares it the -shm file.
    handle.pragma('locking_mode = EXCLUSIVE')
    // Without it SQLite refuses a file that is shorter than its header says: https://sqlite.org/pragma.html#pragma_writable_schema
    handle.unsafeMode(true)
    handle.pragma('writable_schema = ON')
    handle.prepare('select count(*) from sqlite_master').get()
    return handle
  } catch {
    return null
  }
}

/** The last migration the damaged file had, so that rows are copied into the columns they were written for. */
function versionOf(source: Database): string | undefined {
  try {
    const row = source.prepare('select name from kysely_migration order by name desc limit 1').get() as { name: string } | undefined
    return row && row.name in MIGRATIONS ? row.name : undefined
  } catch {
    return undefined
  }
}

/** What says that the new file cannot be written, rather than that a row is damaged. */
const DISK_CODES: ReadonlySet<string | undefined> = new Set(['SQLITE_FULL', 'SQLITE_IOERR', 'SQLITE_READONLY', 'SQLITE_CANTOPEN'])

/**
 * A damaged page hides what lies behind it on the way, so the table is read from both ends. Throws what the disk of the new
 * file says: that it is full does not mean that the rows are lost.
 */
function copyTable(source: Database, target: Database, table: string): { rows: number; complete: boolean } {
  const columns = (target.pragma(`table_info(${table})`) as Array<{ name: string }>).map((column) => column.name)
  // A table that the older schema did not have: nothing to save, nothing lost.
  if (columns.length === 0) return { rows: 0, complete: true }
  const insert = target.prepare(
    `insert or ignore into ${table} (${columns.join(', ')}) values (${columns.map((column) => `@${column}`).join(', ')})`,
  )
  let rows = 0
  let refused: unknown = null
  const put = (row: unknown): void => {
    try {
      rows += insert.run(row).changes
    } catch (thrown) {
      if (DISK_CODES.has(sqliteCodeOf(thrown))) refused = thrown
      throw thrown
    }
  }
  const take = (direction: 'asc' | 'desc'): boolean => {
    try {
      // `not indexed`: an index may be what is damaged.
      const select = source.prepare(`select ${columns.join(', ')} from ${table} not indexed order by rowid ${direction}`)
      for (const row of select.iterate()) put(row)
      return true
    } catch (thrown) {
      if (thrown === refused) throw thrown
      return false
    }
  }
  const complete = target.transaction(() => {
    if (take('asc')) return true
    take('desc')
    return false
  })()
  return { rows, complete }
}
