import { AppError } from '../../../../shared/errors/index.ts'
import { libvirtNumber, toProblem, VIR_ERR } from '../problems.ts'

const SAID_BY = { begin: 'source', prepare: 'target', perform: 'source', finish: 'target', peer: 'source' } as const
export type MoveWord = keyof typeof SAID_BY

/** It did not move and runs on where it was. `said`: the real reason, where it is another than the error's own words. */
export function moveFailed(name: string, at: MoveWord, error: unknown, said = toProblem(error).message): AppError {
  const problem = toProblem(error)
  if (problem.kind === 'indeterminate' || problem.code.startsWith('migration.')) return problem
  if (libvirtNumber(error) === VIR_ERR.operationAborted) return moveCancelled(name, error)
  return new AppError({
    kind: problem.kind === 'cancelled' ? 'cancelled' : 'remote-failure',
    code: 'migration.failed',
    message: `${name} did not move and stays where it was. The ${SAID_BY[at]} host says: ${said}`,
    details: { name, at, side: SAID_BY[at], said, code: problem.code },
    ...(problem.remote && { remote: problem.remote }),
    cause: error,
  })
}

/** It runs nowhere any more: its own QEMU has ended in the middle. */
export function moveStopped(name: string, said: string, cause: unknown): AppError {
  return new AppError({
    kind: 'remote-failure',
    code: 'migration.machine-stopped',
    message: `${name} stopped at the source during its move, and nothing of it is left at the target. Start it again at the source. The source host says: ${said}`,
    details: { name, said },
    cause,
  })
}

/** The way to the target broke in the middle: what was on its way is given up, and the machine stays. */
export function targetLost(name: string, cause: unknown): AppError {
  const said = toProblem(cause).message
  return new AppError({
    kind: 'remote-failure',
    code: 'migration.target-lost',
    message: `${name} did not move and stays where it was: the connection to the target broke. ${said}`,
    details: { name, said },
    cause,
  })
}

/** It runs at the target with a part of its memory still at the source, and the way between them broke. */
export function postCopyFailed(name: string, said: string, cause: unknown): AppError {
  return new AppError({
    kind: 'indeterminate',
    code: 'migration.post-copy-failed',
    message: `${name} is at the target, and a part of its memory is still at the source: the connection between them broke. Stop it at neither host: either of them ending it loses it. Once the hosts reach each other the move goes on. ${said}`,
    details: { name, said },
    cause,
  })
}

/** Both ends are as they were before, and it can be tried again. */
export function cannotResume(name: string, why: string, cause: unknown): AppError {
  return new AppError({
    kind: 'remote-failure',
    code: 'migration.cannot-resume',
    message: `${name} still has its memory on two hosts: it could not be taken up again. Stop it at neither host. ${why}`,
    details: { name, said: why },
    ...(cause !== null && { cause }),
  })
}

export function notBroken(name: string, state: string): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'migration.not-broken',
    message: `${name} is ${state}: its move has not broken in post-copy.`,
    details: { name, state },
  })
}

/** Something works on it already: a second move, a backup, a snapshot. */
export function atWork(name: string, job: string): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'migration.at-work',
    message: `${name} is at work already (${job}). Wait until that has ended, or cancel it.`,
    details: { name, job },
  })
}

export function noTunnel(): AppError {
  return new AppError({
    kind: 'unsupported',
    code: 'migration.no-tunnel',
    message:
      'Through the daemons’ own connection goes only the memory of a machine that runs, led by them: no disks, no post-copy, nothing that is off. Leave the tunnel off.',
  })
}

export function noBandwidth(): AppError {
  return new AppError({
    kind: 'invalid-input',
    code: 'migration.no-bandwidth',
    message: 'A move needs a bandwidth of at least 1 MB/s. To stop it, cancel it.',
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

/** Where it runs is known to neither end alone. `side`: the one that gives no answer. */
export function moveUnclear(name: string, cause: unknown, side: 'source' | 'target' = 'target'): AppError {
  return new AppError({
    kind: 'indeterminate',
    code: 'migration.unclear',
    message: `The ${side} host gave no answer whether ${name} runs there. Both hosts are asked before anything is done.`,
    details: { name, side },
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

/** The host took them, and does not name them. */
export function snapshotsMissing(name: string, missing: ReadonlyArray<{ readonly name: string }>): AppError {
  const snapshots = missing.map((one) => one.name).join(', ')
  return new AppError({
    kind: 'remote-failure',
    code: 'migration.snapshots-missing',
    message: `The host of ${name} does not know these snapshots, though it was told of them: ${snapshots}. Try the task again.`,
    details: { name, snapshots },
  })
}
