import { AppError } from '../../../../shared/errors/index.ts'
import { libvirtNumber, toProblem, VIR_ERR } from '../problems.ts'

const SAID_BY = { begin: 'source', prepare: 'target', perform: 'source', finish: 'target', peer: 'source' } as const

/** It did not move and runs on where it was. The message is what the end that failed first has said. */
export function moveFailed(name: string, at: keyof typeof SAID_BY, error: unknown): AppError {
  const problem = toProblem(error)
  if (problem.kind === 'indeterminate' || problem.code.startsWith('migration.')) return problem
  if (libvirtNumber(error) === VIR_ERR.operationAborted) return moveCancelled(name, error)
  const said = problem.message
  return new AppError({
    kind: problem.kind === 'cancelled' ? 'cancelled' : 'remote-failure',
    code: 'migration.failed',
    message: `${name} did not move and stays where it was. The ${SAID_BY[at]} host says: ${said}`,
    details: { name, at, side: SAID_BY[at], said, code: problem.code },
    ...(problem.remote && { remote: problem.remote }),
    cause: error,
  })
}

export function moveCancelled(name: string, cause?: unknown): AppError {
  return new AppError({
    kind: 'cancelled',
    code: 'migration.cancelled',
    message: `The move of ${name} was cancelled. It runs on where it was.`,
    details: { name },
    ...(cause !== undefined && { cause }),
  })
}

/** Where it runs is known to neither end alone. */
export function moveUnclear(name: string, cause: unknown): AppError {
  return new AppError({
    kind: 'indeterminate',
    code: 'migration.unclear',
    message: `The target host gave no answer whether ${name} runs there. Both hosts are asked before anything is done.`,
    details: { name },
    cause,
  })
}

export function notMoving(name: string): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'migration.not-running',
    message: `${name} is not being moved now.`,
    details: { name },
  })
}

/** In post-copy its memory is on both hosts: there is no way back. */
export function noWayBack(name: string): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'migration.no-way-back',
    message: `${name} runs at the target already and fetches the rest of its memory: it cannot go back.`,
    details: { name },
  })
}

export function foreignReceiver(): AppError {
  return new AppError({
    kind: 'unsupported',
    code: 'migration.other-kind',
    message: 'The target is no libvirt host: machines move there switched off.',
  })
}

/** Neither end may decide alone what the other one has to be asked for. */
export function notLeft(name: string, state: string): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'migration.nothing-left',
    message: `${name} is ${state}: no move has left it behind.`,
    details: { name, state },
  })
}
