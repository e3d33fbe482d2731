import { AppError, type ErrorDetails, type ErrorKind } from '../../../../shared/errors/index.ts'
import type { PoolType, Reason } from '../../../../shared/model/index.ts'

function problem(kind: ErrorKind, code: string, message: string, details: ErrorDetails): AppError {
  return new AppError({ kind, code, message, details })
}

export function poolNameTaken(pool: string): AppError {
  return problem('conflict', 'pool.name-taken', `The host has a pool named ${pool} already. Choose another name.`, { pool })
}

export function sourceTaken(pool: string, by: string): AppError {
  const message = `The pool ${by} is made of that already. Use it, or choose another source.`
  return problem('conflict', 'pool.source-taken', message, { pool, by })
}

export function hasData(pool: string): AppError {
  const message = 'What the pool is to be made on holds data. Choose another device, or say that what it holds may be lost.'
  return problem('conflict', 'pool.device-has-data', message, { pool })
}

/** Why a pool can neither be stopped nor taken away. */
export function inUse(by: readonly string[]): Reason {
  const machines = by.join(', ')
  const text = `Running machines use disks of this pool: ${machines}. Shut them down first.`
  return { code: 'pool.in-use', text, params: { machines } }
}

export function poolInUse(pool: string, by: readonly string[]): AppError {
  const details = { pool, by, machines: by.join(', '), expected: 'unused', actual: 'in use', reason: 'pool.in-use' }
  return problem('precondition', 'pool.in-use', inUse(by).text, details)
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

export function cannotFind(type: PoolType): AppError {
  const message = 'A host cannot look for these by itself. Type in what the pool is to be made of.'
  return problem('unsupported', 'pool.cannot-find', message, { type, expected: 'discovery', actual: 'none', reason: message })
}

export function needsServer(type: PoolType): AppError {
  return problem('invalid-input', 'pool.needs-server', 'Name the server that is to be asked.', { type })
}

export function findFailed(type: PoolType, said: string): AppError {
  return problem('remote-failure', 'pool.find-failed', `The host could not look for it: ${said}`, { pool: type, said })
}

export function startFailed(pool: string, said: string): AppError {
  return problem('remote-failure', 'pool.start-failed', `The host could not start the pool: ${said}`, { pool, said })
}

export function pathMissing(pool: string, path: string): AppError {
  const message = `${path} is not there on the host. Mount or make it, then start the pool ${pool}.`
  const details = { pool, path, expected: 'there', actual: 'missing', reason: 'pool.path-missing' }
  return problem('precondition', 'pool.path-missing', message, details)
}

export function switchedOff(pool: string, path: string): AppError {
  const message = `The host could not look at ${path} any more and has switched the pool ${pool} off. Mount it again, then start the pool.`
  const details = { pool, path, expected: 'readable', actual: 'unreadable', reason: 'pool.switched-off' }
  return problem('precondition', 'pool.switched-off', message, details)
}

export function unable(host: string, { code, text, params }: Reason): AppError {
  return problem('unsupported', code, text, { ...params, host, expected: 'able', actual: 'unable', reason: text })
}
