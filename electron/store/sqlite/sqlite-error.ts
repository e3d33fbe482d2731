import { AppError, type ErrorKind, toAppError } from '../../../shared/errors/index.ts'

interface Row {
  readonly kind: ErrorKind
  readonly code: string
  readonly message: string
}

/** By SQLite's primary result code (https://sqlite.org/rescode.html). Extended codes fall back to theirs. */
const TABLE: Readonly<Record<string, Row>> = {
  SQLITE_FULL: {
    kind: 'exhausted',
    code: 'store.disk-full',
    message: 'The disk that holds the console’s database is full. Free some space; nothing was lost, and writing goes on by itself.',
  },
  SQLITE_READONLY: {
    kind: 'precondition',
    code: 'store.read-only',
    message: 'The console’s database cannot be written. Check the rights of its folder and that the disk is not mounted read-only.',
  },
  SQLITE_BUSY: {
    kind: 'conflict',
    code: 'store.in-use',
    message: 'Another running console holds this database. Use that one, close it, or start this one with another data folder.',
  },
  SQLITE_CORRUPT: {
    kind: 'remote-failure',
    code: 'store.corrupt',
    message: 'The console’s database is damaged. Restart the console: it saves what can be read and rebuilds the rest.',
  },
  SQLITE_CANTOPEN: {
    kind: 'precondition',
    code: 'store.cannot-open',
    message: 'The console’s database cannot be opened. Check that its folder exists and that you may write there.',
  },
  SQLITE_IOERR: {
    kind: 'remote-failure',
    code: 'store.io',
    message: 'The disk that holds the console’s database reports errors. Check the disk; then restart the console.',
  },
  SQLITE_CONSTRAINT: { kind: 'conflict', code: 'store.duplicate', message: 'The record is already there.' },
}

const SAME_AS: Readonly<Record<string, string>> = {
  SQLITE_NOTADB: 'SQLITE_CORRUPT',
  SQLITE_LOCKED: 'SQLITE_BUSY',
  SQLITE_PERM: 'SQLITE_CANTOPEN',
  SQLITE_AUTH: 'SQLITE_CANTOPEN',
}

/** The primary code of an SQLite error such as `SQLITE_IOERR_WRITE` → `SQLITE_IOERR`; undefined for any other error. */
export function sqliteCodeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined
  const { code } = thrown as { code?: unknown }
  if (typeof code !== 'string' || !code.startsWith('SQLITE_')) return undefined
  const primary = /^SQLITE_[A-Z]+/.exec(code)?.[0] ?? code
  return SAME_AS[primary] ?? primary
}

/** What SQLite threw, in the product's words. The raw code and text stay in `remote`. */
export function fromSqlite(thrown: unknown): AppError {
  const primary = sqliteCodeOf(thrown)
  if (primary === undefined) return toAppError(thrown)
  const { code, message } = thrown as Error & { code: string }
  const row = TABLE[primary] ?? {
    kind: 'remote-failure' as const,
    code: 'store.failed',
    message: `The console’s database failed: ${message}`,
  }
  return new AppError({ ...row, remote: { code, message }, cause: thrown })
}
