import { AppError } from '../../../shared/errors/index.ts'

/** It is being emptied, or its machines are on their way back. */
export function maintenanceBusy(host: string, state: string): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'maintenance.busy',
    message: `${host} is changing already (${state}). Wait for that task, or cancel it.`,
    details: { host, state },
  })
}

export function notInMaintenance(host: string): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'maintenance.not-there',
    message: `${host} is not in maintenance.`,
    details: { host },
  })
}

export function noHostToEmpty(hostId: string): AppError {
  return new AppError({ kind: 'not-found', code: 'host.not-found', message: 'There is no such host any more.', details: { hostId } })
}

/** A region of a cloud has no hardware of one's own to look after. */
export function notAHypervisor(host: string): AppError {
  return new AppError({
    kind: 'unsupported',
    code: 'maintenance.not-a-host',
    message: `${host} is a part of a cloud, not a host: it has no maintenance.`,
    details: { host },
  })
}
