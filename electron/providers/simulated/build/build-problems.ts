import { AppError } from '../../../../shared/errors/index.ts'
import type { VolumePlace } from '../../../../shared/model/index.ts'

/** virErrorNumber of VIR_ERR_OPERATION_FAILED and virErrorDomain of VIR_FROM_DOM. */
const OPERATION_FAILED = { number: 9, domain: 20 }

function conflict(code: string, message: string, details: { readonly name: string; readonly host: string }): AppError {
  const remote = { procedure: 'domainDefineXMLFlags', ...OPERATION_FAILED, message }
  return new AppError({ kind: 'conflict', code, message, details, remote })
}

export function nameTaken(name: string, host: string): AppError {
  return conflict('build.name-taken', `${host} has a machine named ${name} already. Choose another name.`, { name, host })
}

export function uuidTaken(uuid: string, name: string, host: string): AppError {
  return conflict('build.uuid-taken', `There is a machine with the UUID ${uuid} already.`, { name, host })
}

/** What goes wrong by chance, in the host's own words. */
export function defineRefused(name: string): AppError {
  const message =
    'internal error: process exited while connecting to monitor: qemu-system-x86_64: failed to initialize kvm: Cannot allocate memory'
  return new AppError({
    kind: 'remote-failure',
    code: 'build.define-failed',
    message: `The host could not define ${name}: ${message}.`,
    details: { name },
    remote: { procedure: 'domainDefineXMLFlags', number: 1, domain: 10, message },
  })
}

export function volumeMissing({ pool, volume }: VolumePlace): AppError {
  const message = `The pool ${pool} has no volume ${volume}, or is not started.`
  const details = { pool, volume, expected: 'present', actual: 'absent', reason: message }
  return new AppError({ kind: 'precondition', code: 'build.volume-missing', message, details })
}
