import { AppError } from '../../../../shared/errors/index.ts'
import { hardwareReason, type Reason } from '../../../../shared/model/index.ts'
import type { Definitions } from './hardware-context.ts'

/** The same words that disable the choice on the page. */
export function refused({ code, text, params }: Reason, cause?: unknown): AppError {
  return new AppError({
    kind: 'precondition',
    code,
    message: text,
    details: { ...params, reason: code },
    ...(cause !== undefined && { cause }),
  })
}

/** Somebody else has changed it since. `details` hold both definitions as they are now. */
export function changedMeanwhile(name: string, { revision, keptXml, runningXml }: Definitions): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'hardware.changed-meanwhile',
    message: `${name} was changed meanwhile, by somebody else or by itself. Nothing was done: look at what changed, then edit it again.`,
    details: { name, revision, kept: keptXml, running: runningXml },
  })
}

/** The guest may let go of it later still. */
export function guestHolds(name: string, device: string): AppError {
  const { code, text, params } = hardwareReason('hardware.guest-holds', { name, device })
  return new AppError({ kind: 'timeout', code, message: text, details: { ...params } })
}

export function guestRefuses(name: string, device: string): AppError {
  return refused(hardwareReason('hardware.guest-refuses', { name, device }))
}
