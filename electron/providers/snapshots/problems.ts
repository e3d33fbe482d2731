import { AppError, type RemoteTruth } from '../../../shared/errors/index.ts'
import type { SnapshotPlan } from '../../../shared/model/index.ts'

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
export function jobFailed(target: string, kind: string, remote?: RemoteTruth): AppError {
  return new AppError({
    kind: 'remote-failure',
    code: 'snapshot.job-failed',
    message: `The job on the disk ${target} (${kind}) ended before its time. The chain is as it was, and all data are there: look at it and try again.`,
    details: { target, kind },
    ...(remote && { remote }),
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
