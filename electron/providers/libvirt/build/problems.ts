import { AppError } from '../../../../shared/errors/index.ts'
import type { VolumePlace } from '../../../../shared/model/index.ts'

/** What making a machine fails with, beside what libvirt says itself. */

export function nameTaken(name: string, host: string, cause?: unknown): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'build.name-taken',
    message: `${host} has a machine named ${name} already. Choose another name.`,
    details: { name, host },
    ...(cause !== undefined && { cause }),
  })
}

export function uuidTaken(uuid: string, name: string): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'build.uuid-taken',
    message: `The host has a machine with the UUID ${uuid} already: ${name}. Nothing was changed.`,
    details: { uuid, name },
  })
}

export function volumeMissing({ pool, volume }: VolumePlace): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'build.volume-missing',
    message: `The pool ${pool} has no volume ${volume}, or is not started.`,
    details: { pool, volume },
  })
}

export function poolTypeUnsupported(pool: string, type: string): AppError {
  return new AppError({
    kind: 'unsupported',
    code: 'build.pool-type-unsupported',
    message: `Volumes of the pool ${pool} (${type}) have no path on the host, so machines cannot be given them here.`,
    details: { pool, type },
  })
}

export function notCopyable(name: string, text: string, reason: string): AppError {
  return new AppError({ kind: 'precondition', code: 'build.not-copyable', message: text, details: { name, reason } })
}

export function mixedArchitectures(architectures: readonly string[]): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'build.cpu-architectures-differ',
    message: `These hosts have processors of different architectures (${architectures.join(', ')}): nothing is common to them.`,
    details: { architectures: [...architectures] },
  })
}

export function noCommonCpu(cause?: unknown): AppError {
  return new AppError({
    kind: 'unsupported',
    code: 'build.no-common-cpu',
    message: 'libvirt finds no processor that all of these hosts can give.',
    ...(cause !== undefined && { cause }),
  })
}
