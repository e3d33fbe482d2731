import { AppError } from '../../../shared/errors/index.ts'
import type { Reason, VolumePlace } from '../../../shared/model/index.ts'

/** Its host would refuse, for a reason whose code and words this has. */
export function poolRefuses(pool: string, { code, text, params }: Reason): AppError {
  const details = { pool, ...params, expected: 'free', actual: 'held', reason: code }
  return new AppError({ kind: 'precondition', code, message: text, details })
}

export function poolNameTaken(pool: string): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'pool.name-taken',
    message: `The host has a pool named ${pool} already. Choose another name.`,
    details: { pool },
  })
}

/** It was made since by that name: nobody has asked to take that one away. */
export function poolIsAnother(pool: string): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'pool.is-another',
    message: `The pool ${pool} is another one by now and stays. Take it away by itself if it is to go.`,
    details: { pool },
  })
}

export function secretLost(pool: string): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'pool.secret-lost',
    message: `The password for the pool ${pool} is not kept any more. Make the pool again from the form.`,
    details: { pool },
  })
}

export function storageUnsupported(): AppError {
  const reason = 'This kind of connection has no pools to look after.'
  return new AppError({
    kind: 'unsupported',
    code: 'pool.unsupported',
    message: reason,
    details: { expected: 'a host with storage pools', actual: 'none', reason },
  })
}

/** Nothing is destroyed of which nobody knows whether another host uses it. */
export function unknownUse({ pool, volume }: VolumePlace, { code, text, params }: Reason): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'volume.use-unknown',
    message: `${volume} stays. ${text}`,
    details: { ...params, pool, volume, expected: 'unused by every host', actual: code, reason: text },
  })
}
