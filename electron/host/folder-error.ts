import { AppError, type ErrorKind } from '../../shared/errors/index.ts'

interface Row {
  readonly kind: ErrorKind
  readonly code: string
  readonly says: (folder: string) => string
}

const OTHER_FOLDER = 'or give NovaCron another folder with --data.'

const FULL: Row = {
  kind: 'exhausted',
  code: 'folder.disk-full',
  says: (folder) => `The disk that holds ${folder} is full. Free some space and start NovaCron again, ${OTHER_FOLDER}`,
}
const READ_ONLY: Row = {
  kind: 'precondition',
  code: 'folder.read-only',
  says: (folder) =>
    `NovaCron must write in ${folder}, but its file system is mounted read-only. Mount it writable and start NovaCron again, ${OTHER_FOLDER}`,
}
const FORBIDDEN: Row = {
  kind: 'forbidden',
  code: 'folder.forbidden',
  says: (folder) => `This user may not write in ${folder}. Correct its owner and permissions (ls -ld shows them), ${OTHER_FOLDER}`,
}

/** By errno(3). A quota that is used up is mended as a full disk is. */
const TABLE: Readonly<Record<string, Row>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EROFS: READ_ONLY,
  EACCES: FORBIDDEN,
  EPERM: FORBIDDEN,
}

/** What a failed system call means for the folder it wanted to write in, with the way out; null when `cause` is none. */
export function folderError(cause: unknown, folder: string): AppError | null {
  if (!(cause instanceof Error)) return null
  const { code, message } = cause as NodeJS.ErrnoException
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) return null // ERR_… is Node's own
  const row = TABLE[code]
  const details = { folder }
  const remote = { code, message }
  if (row) return new AppError({ kind: row.kind, code: row.code, message: row.says(folder), details, remote, cause })
  return new AppError({
    kind: 'precondition',
    code: 'folder.unusable',
    message: `NovaCron cannot work in ${folder}: ${message}. Mend that and start it again, ${OTHER_FOLDER}`,
    details,
    remote,
    cause,
  })
}
