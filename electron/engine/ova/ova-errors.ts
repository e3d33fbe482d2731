import { AppError, type ErrorDetails } from '../../../shared/errors/index.ts'

/** The file is no OVA, or one that nobody should trust. */
export function badOva(code: string, message: string, details: ErrorDetails = {}): AppError {
  return new AppError({ kind: 'invalid-input', code: `ova.${code}`, message, details })
}

/** Its descriptor says something that cannot be. `reason` is one of the catalogue's words, `field` what it is about. */
export function badDescriptor(reason: string, message: string, details: ErrorDetails = {}): AppError {
  return badOva('bad-descriptor', `The package’s description cannot be read: ${message}`, { reason, ...details })
}
