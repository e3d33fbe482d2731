import { AppError, type ErrorDetails, type ErrorKind } from '../../../shared/errors/index.ts'

/** What is wrong with a package, or with what is asked of it. */
export function problem(kind: ErrorKind, code: `ova.${string}`, message: string, details: ErrorDetails = {}): AppError {
  return new AppError({ kind, code, message, details })
}

/** Its descriptor says something that cannot be. `reason` is one of the catalogue's words. */
export function badDescriptor(reason: string, message: string, details: ErrorDetails = {}): AppError {
  return problem('invalid-input', 'ova.bad-descriptor', `The package’s description cannot be read: ${message}`, { reason, ...details })
}
