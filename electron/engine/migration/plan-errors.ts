import { AppError } from '../../../shared/errors/index.ts'
import type { PlannedMove } from '../../../shared/model/index.ts'

export function planUnknown(planId: string): AppError {
  return new AppError({
    kind: 'not-found',
    code: 'migration.plan-unknown',
    message: 'There is no such planned move any more.',
    details: { planId },
  })
}

/** It has begun, or is over: a task is cancelled as one. */
export function planOver(state: PlannedMove['state']): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'migration.plan-over',
    message: 'This planned move has begun, or is over. What has begun is cancelled under Tasks.',
    details: { state },
  })
}

export function planPast(): AppError {
  return new AppError({
    kind: 'invalid-input',
    code: 'migration.plan-past',
    message: 'This time has gone by. Choose one that is to come.',
  })
}

export function planUpsideDown(): AppError {
  return new AppError({
    kind: 'invalid-input',
    code: 'migration.plan-upside-down',
    message: 'The window ends before it begins.',
  })
}

/** Somebody else has saved it since it was opened. */
export function planChanged(): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'migration.plan-changed',
    message: 'This planned move was changed meanwhile. Look at what it says now before you save over it.',
  })
}

/** It can go to one host at one time only. */
export function alreadyPlanned(name: string, planId: string): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'migration.already-planned',
    message: `A move of ${name} is planned already. Change that one, or cancel it first.`,
    details: { name, planId },
  })
}
