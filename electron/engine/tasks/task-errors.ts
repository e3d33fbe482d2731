import { AppError } from '../../../shared/errors/index.ts'
import type { EntityRef } from '../../../shared/model/index.ts'

export function busyError(target: EntityRef, busyWith: string | undefined): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'task.target-busy',
    message: `Another task runs on ${target.name} (${busyWith ?? 'this one'}). Wait for it or cancel it.`,
    details: { name: target.name, task: busyWith ?? null },
  })
}

export function unknownKindError(kind: string): AppError {
  return new AppError({
    kind: 'unsupported',
    code: 'task.unknown-kind',
    message: `This release cannot run tasks of the kind ${kind}.`,
    details: { kind },
  })
}

export function interruptedError(): AppError {
  return new AppError({
    kind: 'cancelled',
    code: 'task.interrupted-long-ago',
    message:
      'The console ended before this began, too long ago to begin without asking. Nothing was changed; retry it if it is still wanted.',
  })
}

export function cannotCancelError(): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'task.cannot-cancel',
    message: 'What runs now cannot be interrupted without leaving the machine half done. It ends by itself shortly.',
  })
}

export const noTargetsError = () => new AppError({ kind: 'invalid-input', code: 'task.no-targets', message: 'Nothing was chosen.' })

export const endedError = () => new AppError({ kind: 'precondition', code: 'task.ended', message: 'This task has ended already.' })

export const notOpenError = () =>
  new AppError({ kind: 'precondition', code: 'task.not-open', message: 'This task does not wait for a decision.' })

export const stoppingError = () => new AppError({ kind: 'cancelled', code: 'engine.stopping', message: 'The console is closing.' })

export const notEndedError = () =>
  new AppError({ kind: 'precondition', code: 'task.not-ended', message: 'This task has not ended yet. Wait for it or cancel it first.' })

export const needsDecisionError = () =>
  new AppError({
    kind: 'precondition',
    code: 'task.needs-decision',
    message: 'Nothing of this task runs now. Look again, or close it as done or as failed.',
  })
