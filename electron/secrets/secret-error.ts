import { AppError } from '../../shared/errors/index.ts'

export function secretsLocked(): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'secrets.locked',
    message: 'The kept passwords are sealed. Enter their passphrase first.',
    details: { expected: 'unlocked', actual: 'locked', reason: 'secrets.locked' },
  })
}

/** `cause`: never the content, only what the system said. */
export function secretsDamaged(what: string, cause?: unknown): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'secrets.damaged',
    message: `${what} was changed or damaged and cannot be trusted. Enter the password again to replace it.`,
    details: { expected: 'intact', actual: 'damaged', reason: 'secrets.damaged' },
    cause,
  })
}

export function secretsFailed(store: string, cause: unknown): AppError {
  const said = cause instanceof Error ? cause.message : String(cause)
  return new AppError({
    kind: 'precondition',
    code: 'secrets.unavailable',
    message: `The ${store} refused: ${said}`,
    details: { expected: 'available', actual: 'failed', reason: 'secrets.unavailable' },
    remote: { message: said },
    cause,
  })
}
