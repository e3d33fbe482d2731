import { AppError } from '../../../../shared/errors/index.ts'
import type { SnapshotPlan } from '../../../../shared/model/index.ts'

export function changedMeanwhile(expected: string, actual: string): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'snapshot.changed-meanwhile',
    message: 'Somebody has changed the snapshots or the disks of this machine meanwhile. Nothing was done: look at them again.',
    details: { expected, actual },
  })
}

/** By its own reason, with the chain: which files stand in the way is in its parameters. */
export function refusedByPlan({ reason, instead }: SnapshotPlan): AppError {
  const { code, text, params } = reason ?? { code: 'snapshot.refused', text: 'This is refused.' }
  return new AppError({
    kind: 'precondition',
    code,
    message: text,
    details: { ...params, reason: code, instead: instead.map((operation) => ({ ...operation })) },
  })
}

export function wouldLose({ losses, deletes }: SnapshotPlan): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'snapshot.would-lose',
    message: `This loses data for good: ${losses.map(({ text }) => text).join(' ')} Agree to that first.`,
    details: { losses: losses.map(({ code, text, params }) => ({ code, text, params: { ...params } })), deletes },
  })
}

/** A job of the hypervisor ended before its time. What was there before it is as it was. */
export function jobFailed(target: string, kind: string): AppError {
  return new AppError({
    kind: 'remote-failure',
    code: 'snapshot.job-failed',
    message: `The job on the disk ${target} (${kind}) ended before its time. The chain is as it was, and all data are there: look at it and try again.`,
    details: { target, kind },
  })
}

export function poolFullMeanwhile(target: string, pool: string, availableBytes: number): AppError {
  return new AppError({
    kind: 'exhausted',
    code: 'snapshot.pool-full-meanwhile',
    message: `The pool ${pool} ran full while files of the disk ${target} were merged. The chain is as it was, and all data are there: make room and try again.`,
    details: { target, pool, availableBytes },
  })
}

export function otherJobRuns(target: string, kind: string): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'snapshot.job-runs',
    message: `A job works on the disk ${target} (${kind}). Wait for it or cancel it.`,
    details: { target, kind, reason: 'snapshot.job-runs' },
  })
}

export function cannotBeCopied(code: string, text: string, details: Readonly<Record<string, string>> = {}): AppError {
  return new AppError({ kind: 'precondition', code, message: text, details: { ...details, reason: code } })
}

/** Its channel is open, and nobody answers: nothing was taken. */
export function guestSilent(name: string, cause: unknown): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'snapshot.agent-silent',
    message: `The agent in ${name} does not answer, so its file systems cannot be brought to rest. No snapshot was taken.`,
    details: { name, reason: 'snapshot.agent-silent' },
    cause,
  })
}
