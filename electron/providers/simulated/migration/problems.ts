import { AppError, type ErrorKind } from '../../../../shared/errors/index.ts'

function problem(kind: ErrorKind, code: string, message: string, details: Readonly<Record<string, string>> = {}): AppError {
  return new AppError({ kind, code, message, details })
}

/** It runs on where it was; `said` are the words of the host on that side. */
export function moveFailed(name: string, side: 'source' | 'target', said: string): AppError {
  const message = `${name} did not move and stays where it was. The ${side} host says: ${said}`
  return new AppError({
    kind: 'remote-failure',
    code: 'migration.failed',
    message,
    details: { name, side, said },
    remote: { procedure: side === 'target' ? 'domainMigratePrepare3Params' : 'domainMigratePerform3Params', message: said },
  })
}

export function moveCancelled(name: string): AppError {
  return problem('cancelled', 'migration.cancelled', `The move of ${name} was cancelled. It runs on where it was.`, { name })
}

export function notMoving(name: string): AppError {
  return problem('precondition', 'migration.not-running', `${name} is not being moved now.`, { name })
}

export function noWayBack(name: string): AppError {
  const text = `${name} runs at the target already and fetches the rest of its memory: it cannot go back.`
  return problem('precondition', 'migration.no-way-back', text, { name })
}

/** It is at the target, a part of its memory at the source, and there is no way between them. */
export function postCopyFailed(name: string, said: string): AppError {
  const text = `${name} is at the target, and a part of its memory is still at the source: the connection between them broke. Stop it at neither host: either of them ending it loses it. Once the hosts reach each other the move goes on. ${said}`
  return problem('indeterminate', 'migration.post-copy-failed', text, { name, said })
}

export function cannotResume(name: string, said: string): AppError {
  const text = `${name} still has its memory on two hosts: it could not be taken up again. Stop it at neither host. ${said}`
  return problem('remote-failure', 'migration.cannot-resume', text, { name, said })
}

export function notBroken(name: string, state: string): AppError {
  return problem('precondition', 'migration.not-broken', `${name} is ${state}: its move has not broken in post-copy.`, { name, state })
}

export function otherSite(): AppError {
  const text = 'The hosts of two made-up sites do not reach each other. Choose a host of the same site.'
  return problem('unsupported', 'migration.other-kind', text)
}

export function nothingLeft(name: string, state: string): AppError {
  return problem('precondition', 'migration.nothing-left', `${name} is ${state}: no move has left it behind.`, { name, state })
}
