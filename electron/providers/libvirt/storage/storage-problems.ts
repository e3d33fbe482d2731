import { AppError, type ErrorDetails, type ErrorKind, isAppError } from '../../../../shared/errors/index.ts'
import type { PoolType, Reason } from '../../../../shared/model/index.ts'
import { isLibvirtError } from '../../../libvirt/index.ts'
import { libvirtNumber, VIR_ERR } from '../problems.ts'
import { poolNotFound } from '../volumes/volume-problems.ts'

function problem(kind: ErrorKind, code: string, message: string, details: ErrorDetails, cause?: unknown): AppError {
  return new AppError({ kind, code, message, details, ...(cause !== undefined && { cause }) })
}

export function poolNameTaken(pool: string, cause?: unknown): AppError {
  return problem('conflict', 'pool.name-taken', `The host has a pool named ${pool} already. Choose another name.`, { pool }, cause)
}

export function sourceTaken(pool: string, by: string, cause?: unknown): AppError {
  const message = `The pool ${by} is made of that already. Use it, or choose another source.`
  return problem('conflict', 'pool.source-taken', message, { pool, by }, cause)
}

export function hasData(pool: string, cause?: unknown): AppError {
  const message = 'What the pool is to be made on holds data. Choose another device, or say that what it holds may be lost.'
  return problem('conflict', 'pool.device-has-data', message, { pool }, cause)
}

export function poolInUse(pool: string, by: readonly string[]): AppError {
  const { text } = inUse(by)
  const details = { pool, by, machines: by.join(', '), expected: 'unused', actual: 'in use', reason: 'pool.in-use' }
  return problem('precondition', 'pool.in-use', text, details)
}

/** Why a pool can neither be stopped nor taken away. */
export function inUse(by: readonly string[]): Reason {
  const machines = by.join(', ')
  const text = `Running machines use disks of this pool: ${machines}. Shut them down first.`
  return { code: 'pool.in-use', text, params: { machines } }
}

export function notEmpty(pool: string): AppError {
  const details = { pool, expected: 'empty', actual: 'not empty', reason: 'pool.not-empty' }
  const message = `The pool ${pool} is not empty, so only the pool can be taken away, not what it is made of. Delete its volumes first.`
  return problem('precondition', 'pool.not-empty', message, details)
}

export function offUnseen(pool: string): AppError {
  const details = { pool, expected: 'active', actual: 'off', reason: 'pool.off-unseen' }
  const message = `The pool ${pool} is off, so nobody sees whether it is empty. Start it first.`
  return problem('precondition', 'pool.off-unseen', message, details)
}

export function targetStays(pool: string, type: string): AppError {
  const message = `What the pool ${pool} (${type}) is made of is never deleted from here. Take the pool away without it.`
  const details = { pool, type, expected: 'dir, fs, netfs or logical', actual: type, reason: 'pool.target-stays' }
  return problem('unsupported', 'pool.target-stays', message, details)
}

export function tooManyVolumes(pool: string, count: number, most: number, cause: unknown): AppError {
  const message = `The pool ${pool} has ${count} volumes; libvirt names ${most} at most. Move some to another pool.`
  const details = { pool, count, most, expected: `at most ${most} volumes`, actual: `${count}`, reason: 'pool.too-many-volumes' }
  return problem('unsupported', 'pool.too-many-volumes', message, details, cause)
}

export function cannotFind(type: PoolType): AppError {
  const message = 'A host cannot look for these by itself. Type in what the pool is to be made of.'
  return problem('unsupported', 'pool.cannot-find', message, { type, expected: 'discovery', actual: 'none', reason: message })
}

export function needsServer(type: PoolType): AppError {
  return problem('invalid-input', 'pool.needs-server', 'Name the server that is to be asked.', { type })
}

/** A call that failed for a reason that only the host's words tell. */
function failed(what: 'start' | 'stop' | 'build' | 'refresh' | 'find', words: string): (pool: string, cause: unknown) => AppError {
  return (pool, cause) => {
    const said = cause instanceof Error ? cause.message : String(cause)
    return problem('remote-failure', `pool.${what}-failed`, `The host could not ${words}: ${said}`, { pool, said }, cause)
  }
}

export const startFailed = failed('start', 'start the pool')
export const stopFailed = failed('stop', 'stop the pool')
export const buildFailed = failed('build', 'make what the pool is kept on')
export const refreshFailed = failed('refresh', 'look at the pool again')
export const findFailed = failed('find', 'look for it')

/** errno of a file or folder that is not there, and of one that is none (errno.h of Linux). */
const MISSING: ReadonlySet<number> = new Set([2, 20])

/** The host said that a path is not there, by its error number. */
export function saysMissing(thrown: unknown): boolean {
  const error = isAppError(thrown) ? thrown.cause : thrown
  return isLibvirtError(error) && error.number === VIR_ERR.systemError && MISSING.has(error.remote?.int1 ?? 0)
}

export function pathMissing(pool: string, path: string, cause: unknown): AppError {
  const message = `${path} is not there on the host. Mount or make it, then start the pool ${pool}.`
  const details = { pool, path, expected: 'there', actual: 'missing', reason: 'pool.path-missing' }
  return problem('precondition', 'pool.path-missing', message, details, cause)
}

/** libvirt switches a pool off when it cannot look at it. */
export function switchedOff(pool: string, path: string, cause: unknown): AppError {
  const message = `The host could not look at ${path} any more and has switched the pool ${pool} off. Mount it again, then start the pool.`
  const details = { pool, path, expected: 'readable', actual: 'unreadable', reason: 'pool.switched-off' }
  return problem('precondition', 'pool.switched-off', message, details, cause)
}

/** libvirt's errors about pools in our words; others as they are. */
export function explainedPool(thrown: unknown, pool: string): unknown {
  if (isAppError(thrown)) return thrown
  return libvirtNumber(thrown) === VIR_ERR.noStoragePool ? poolNotFound(pool, thrown) : thrown
}
