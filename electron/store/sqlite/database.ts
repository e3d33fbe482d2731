import { chmodSync, closeSync, existsSync, openSync } from 'node:fs'
import SqliteDatabase, { type Database } from 'better-sqlite3'
import { type Driver, Kysely, SqliteDialect, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import { AppError } from '../../../shared/errors/index.ts'
import type { Schema } from '../sql/schema.ts'
import type { SqlDatabase } from '../sql/sql-database.ts'
import { MIGRATIONS } from './migrations/index.ts'

/** How long a lock of another process is waited for. */
const BUSY_TIMEOUT_MS = 2_000

/**
 * A file with the console's pragmas. One process at a time (`locking_mode = EXCLUSIVE`): a second one gets SQLITE_BUSY
 * instead of two engines writing one journal. `maxPages` bounds the file: beyond it SQLite says SQLITE_FULL.
 */
export function openFile(file: string, options: { readonly maxPages?: number } = {}): Database {
  keepToOwner(file)
  const handle = new SqliteDatabase(file, { timeout: BUSY_TIMEOUT_MS })
  try {
    handle.pragma('locking_mode = EXCLUSIVE')
    handle.pragma('journal_mode = WAL')
    handle.pragma('synchronous = FULL')
    handle.pragma('cache_size = -16000')
    handle.pragma('journal_size_limit = 16777216')
    if (options.maxPages !== undefined) handle.pragma(`max_page_count = ${Math.trunc(options.maxPages)}`)
    return handle
  } catch (thrown) {
    handle.close()
    throw thrown
  }
}

/** Who runs which machines, and who did what, is nobody else's business, whatever the umask. SQLite gives its log the same rights. */
function keepToOwner(file: string): void {
  try {
    closeSync(openSync(file, 'a', 0o600))
    for (const each of [file, `${file}-wal`]) if (existsSync(each)) chmodSync(each, 0o600)
  } catch {
    // Opening says it better: SQLITE_CANTOPEN, SQLITE_READONLY.
  }
}

/** What `PRAGMA quick_check` has to say; empty: nothing wrong. https://sqlite.org/pragma.html#pragma_quick_check */
export function quickCheck(handle: Database): string[] {
  const rows = handle.pragma('quick_check(5)') as Array<{ quick_check: string }>
  return rows.map((row) => row.quick_check).filter((line) => line !== 'ok')
}

/** A full or failing disk makes SQLite roll back by itself; a second rollback would fail and hide the reason (https://sqlite.org/lang_transaction.html). */
class Dialect extends SqliteDialect {
  readonly #handle: Database

  constructor(handle: Database) {
    super({ database: handle })
    this.#handle = handle
  }

  override createDriver(): Driver {
    const driver = super.createDriver()
    const rollback = driver.rollbackTransaction.bind(driver)
    driver.rollbackTransaction = async (connection) => {
      if (this.#handle.inTransaction) await rollback(connection)
    }
    return driver
  }
}

/** kysely over an open handle, with the two grades of durability: WAL with FULL syncs each commit, NORMAL only checkpoints. */
export function sqlDatabase(handle: Database): SqlDatabase & { readonly db: Kysely<Schema> } {
  const db = new Kysely<Schema>({ dialect: new Dialect(handle) })
  return {
    db,
    transact: (durability, body) =>
      db.connection().execute(async (connection) => {
        await sql.raw(`pragma synchronous = ${durability === 'durable' ? 'FULL' : 'NORMAL'}`).execute(connection)
        return await connection.transaction().execute(body)
      }),
  }
}

/** Brings the schema up to date, or up to `target`. Throws `precondition` store.newer-version for a file of a later release. */
export async function migrate(db: Kysely<Schema>, target?: string): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...MIGRATIONS }) } })
  const known = new Set(Object.keys(MIGRATIONS))
  const newer = (await appliedMigrations(db)).find((name) => !known.has(name))
  if (newer !== undefined) {
    throw new AppError({
      kind: 'precondition',
      code: 'store.newer-version',
      message: `The console’s database was written by a newer version (${newer}). Update the console, or start it with another data folder.`,
      details: { migration: newer },
    })
  }
  const { error } = target === undefined ? await migrator.migrateToLatest() : await migrator.migrateTo(target)
  if (error !== undefined) throw error
}

/** Names of the migrations that a file has had, oldest first; none for a new one. */
async function appliedMigrations(db: Kysely<Schema>): Promise<string[]> {
  const tables = await sql<{ name: string }>`select name from sqlite_master where name = 'kysely_migration'`.execute(db)
  if (tables.rows.length === 0) return []
  const rows = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
  return rows.rows.map((row) => row.name)
}
