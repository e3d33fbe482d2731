import { AppError } from '../../../shared/errors/index.ts'

/** It is changed where the wish is made, and nothing is done on a host for it. */
export function mendIsWish(): AppError {
  return new AppError({
    kind: 'invalid-input',
    code: 'migration.mend-is-wish',
    message: 'This changes how the machine is to move, and nothing on a host. Take it over into the wish and check again.',
  })
}

/** What a finding was about has changed since the hosts were looked at. */
export function mendGone(name: string, host: string): AppError {
  return new AppError({
    kind: 'not-found',
    code: 'migration.mend-gone',
    message: `On ${host} there is no ${name} any more that could be mended. Check again.`,
    details: { name, host },
  })
}

export function cannotMakeAlike(what: string, name: string): AppError {
  const reason = 'It needs a login, a device, or something that only its own host has.'
  return new AppError({
    kind: 'unsupported',
    code: 'migration.cannot-make-alike',
    message: `The ${what} ${name} cannot be made alike on another host by itself: ${reason} Make one there by hand.`,
    details: { what, name, expected: 'something that another host can have as well', actual: name, reason },
  })
}
