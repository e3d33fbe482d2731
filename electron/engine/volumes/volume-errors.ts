import { AppError, toAppError } from '../../../shared/errors/index.ts'
import type { Task, VolumePlace } from '../../../shared/model/index.ts'

export function volumeNameTaken({ pool, volume }: VolumePlace): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'volume.name-taken',
    message: `The pool ${pool} has a volume named ${volume} already. Choose another name.`,
    details: { pool, volume },
  })
}

export function volumeNotFound({ pool, volume }: VolumePlace): AppError {
  return new AppError({
    kind: 'not-found',
    code: 'volume.not-found',
    message: `The pool ${pool} has no volume named ${volume}.`,
    details: { pool, volume },
  })
}

export function volumeInUse({ pool, volume }: VolumePlace, by: readonly string[], reason: string): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'volume.in-use',
    message: `${volume} is in use: ${reason}`,
    details: { pool, volume, by, expected: 'unused', actual: 'in use', reason },
  })
}

export function cannotShrink({ pool, volume }: VolumePlace, capacityBytes: number, wantedBytes: number): AppError {
  return new AppError({
    kind: 'invalid-input',
    code: 'volume.cannot-shrink',
    message: `${volume} cannot be made smaller: what is at its end would be lost.`,
    details: { pool, volume, capacityBytes, wantedBytes },
  })
}

export function poolFull(pool: string, neededBytes: number, availableBytes: number): AppError {
  return new AppError({
    kind: 'exhausted',
    code: 'volume.pool-full',
    message: `There is not enough room in the pool ${pool}. Make room there, or choose another pool.`,
    details: { pool, neededBytes, availableBytes },
  })
}

export function poolOff(pool: string): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'volume.pool-off',
    message: `The pool ${pool} is off. Start it first.`,
    details: { pool, expected: 'active', actual: 'off', reason: 'volume.pool-off' },
  })
}

/** What was read of it before does not belong to what it is now. */
export function volumeChanged(volume: string): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'volume.changed',
    message: `${volume} was changed meanwhile. Begin the download again.`,
    details: { volume },
  })
}

export function otherHost(pool: string): AppError {
  return new AppError({
    kind: 'invalid-input',
    code: 'volume.other-host',
    message: `The pool ${pool} is on another host. Copy within one host.`,
    details: { pool },
  })
}

export function urlWithSecrets(): AppError {
  return new AppError({
    kind: 'invalid-input',
    code: 'volume.url-with-secrets',
    message: 'The URL holds a user name or a password. They would be seen by others on the host: use a URL without.',
  })
}

export function uploadOver(state: Task['state'] | null): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'volume.upload-over',
    message: 'This upload takes no more bytes. Begin it again.',
    details: { expected: 'an upload under way', actual: state ?? 'none', reason: 'volume.upload-over' },
  })
}

export function uploadWaits(): AppError {
  return new AppError({
    kind: 'unreachable',
    code: 'volume.upload-waits',
    message: 'The upload waits for its host. Try again shortly.',
    retryAfterMs: 2_000,
  })
}

/** It is not there: nothing has to be done to be rid of it. */
export function wasRemoved(thrown: unknown): boolean {
  return toAppError(thrown).kind === 'not-found'
}
