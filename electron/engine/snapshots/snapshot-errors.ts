import { AppError } from '../../../shared/errors/index.ts'
import type { SnapshotPlan } from '../../../shared/model/index.ts'

export function snapshotsUnsupported(): AppError {
  const reason = 'This kind of connection keeps no snapshots of machines.'
  return new AppError({
    kind: 'unsupported',
    code: 'snapshot.unsupported',
    message: reason,
    details: { expected: 'a hypervisor', actual: 'none', reason },
  })
}

export function changedMeanwhile(revision: string, actual: string): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'snapshot.changed-meanwhile',
    message: 'Somebody has changed the snapshots or the disks of this machine meanwhile. Nothing was done: look at them again.',
    details: { expected: revision, actual },
  })
}

/** Refused by its own reason: the plan says which. */
export function refusedByPlan({ reason, instead, steps }: SnapshotPlan): AppError {
  const { code, text, params } = reason ?? { code: 'snapshot.refused', text: 'This is refused.' }
  return new AppError({
    kind: 'precondition',
    code,
    message: text,
    details: { ...params, instead: instead.map((operation) => ({ ...operation })), steps: steps.map((step) => step.code) },
  })
}

export function wouldLose(plan: SnapshotPlan): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'snapshot.would-lose',
    message: `This loses data for good: ${plan.losses.map(({ text }) => text).join(' ')} Agree to that first.`,
    details: { losses: plan.losses.map(({ code, text, params }) => ({ code, text, params: { ...params } })), deletes: plan.deletes },
  })
}

export function scheduleUnknown(scheduleId: string): AppError {
  return new AppError({
    kind: 'not-found',
    code: 'snapshot.schedule-unknown',
    message: 'There is no such schedule any more.',
    details: { scheduleId },
  })
}

export function machineBusy(name: string, task: string): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'machine.busy',
    message: `Another task runs on ${name} (${task}). Wait for it or cancel it.`,
    details: { name, task },
  })
}
