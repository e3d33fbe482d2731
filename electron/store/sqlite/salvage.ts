import { existsSync, renameSync } from 'node:fs'
import SqliteDatabase, { type Database } from 'better-sqlite3'
import { migrate, openFile, sqlDatabase } from './database.ts'
import { MIGRATIONS } from './migrations/index.ts'

/** What must survive. `cached` is not among them: hosts will tell it again. */
const PRECIOUS = ['audit', 'task_journal', 'tasks', 'configured', 'events', 'views', 'settings', 'metadata'] as const
type Precious = (typeof PRECIOUS)[number]

export interface Salvage {
  /** Where the damaged file was put. */
  readonly keptAs: string
  /** Rows saved, by table. */
  readonly saved: Readonly<Record<Precious, number>>
  /** Tables of which some rows could not be read, or all. */
  readonly incomplete: readonly string[]
}

/**
 * Puts a damaged file aside and makes a new one from every row of the precious tables that can still be read. A damaged
 * page hides what lies behind it on the way, so each table is read from both ends.
 */
export async function salvage(file: string, atMs: number, options: { readonly maxPages?: number } = {}): Promise<Salvage> {
  const keptAs = setAside(file, atMs)
  const source = openDamaged(keptAs)
  const handle = openFile(file, options)
  try {
    const target = sqlDatabase(handle)
    await migrate(target.db, source ? versionOf(source) : undefined)
    const saved = Object.fromEntries(PRECIOUS.map((table) => [table, 0])) as Record<Precious, number>
    const incomplete: string[] = []
    for (const table of PRECIOUS) {
      const result = source ? copyTable(source, handle, table) : { rows: 0, complete: false }
      saved[table] = result.rows
      if (!result.complete) incomplete.push(table)
    }
    await migrate(target.db)
    return { keptAs, saved, incomplete }
  } finally {
    source?.close()
    handle.close()
  }
}

function setAside(file: string, atMs: number): string {
  const stamp = new Date(atMs).toISOString().replaceAll(/[:.]/g, '-')
  const keptAs = `${file}.damaged-${stamp}`
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(file + suffix)) renameSync(file + suffix, keptAs + suffix)
  }
  return keptAs
}

function openDamaged(file: string): Database | null {
  try {
    const handle = new SqliteDatabase(file)
    // Only its copy is ever written to: `locking_mode` spares it the -shm file.
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

function copyTable(source: Database, target: Database, table: string): { rows: number; complete: boolean } {
  const columns = (target.pragma(`table_info(${table})`) as Array<{ name: string }>).map((column) => column.name)
  // A table that the older schema did not have: nothing to save, nothing lost.
  if (columns.length === 0) return { rows: 0, complete: true }
  const insert = target.prepare(
    `insert or ignore into ${table} (${columns.join(', ')}) values (${columns.map((column) => `@${column}`).join(', ')})`,
  )
  let rows = 0
  const take = (direction: 'asc' | 'desc'): boolean => {
    try {
      // `not indexed`: an index may be what is damaged.
      const select = source.prepare(`select ${columns.join(', ')} from ${table} not indexed order by rowid ${direction}`)
      for (const row of select.iterate()) rows += insert.run(row).changes
      return true
    } catch {
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
