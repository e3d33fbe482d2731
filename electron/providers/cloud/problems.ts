import { AppError, type ErrorDetails, type ErrorKind, type RemoteTruth } from '../../../shared/errors/index.ts'
import type { MachineAction, MachineState, Reason } from '../../../shared/model/index.ts'

/** What can go wrong with any cloud, in the product's words. What is native to one stands in `remote`. */

interface More {
  readonly details?: ErrorDetails
  readonly remote?: RemoteTruth | undefined
  readonly retryAfterMs?: number | undefined
  readonly cause?: unknown
}

function problem(kind: ErrorKind, code: string, message: string, { remote, retryAfterMs, ...more }: More = {}): AppError {
  return new AppError({ kind, code, message, ...more, ...(remote && { remote }), ...(retryAfterMs !== undefined && { retryAfterMs }) })
}

export function credentialsRefused(cloud: string, more?: More): AppError {
  return problem('unauthenticated', 'cloud.credentials-refused', `${cloud} refuses these credentials. Check them, or make new ones.`, more)
}

export function credentialsExpired(cloud: string, more?: More): AppError {
  return problem(
    'unauthenticated',
    'cloud.credentials-expired',
    `The credentials for ${cloud} have expired. Log in anew, or give new ones.`,
    more,
  )
}

/** Signatures carry the time: a clock that is off by minutes is refused like a wrong key. */
export function clockSkew(cloud: string, more?: More): AppError {
  return problem(
    'unauthenticated',
    'cloud.clock-skew',
    `This computer's clock differs from that of ${cloud} by more than it allows. Set the clock, then try again.`,
    more,
  )
}

export function permissionMissing(cloud: string, permission: string, more: More = {}): AppError {
  return problem('forbidden', 'cloud.permission-missing', `${cloud} does not allow this: ${permission} is missing. Add it to the role.`, {
    ...more,
    details: { ...more.details, permission },
  })
}

export function throttled(cloud: string, more?: More): AppError {
  return problem('rate-limited', 'cloud.throttled', `${cloud} asks for fewer calls. The console waits and goes on by itself.`, more)
}

export function placeNotEnabled(place: string, more: More = {}): AppError {
  return problem(
    'forbidden',
    'cloud.place-not-enabled',
    `${place} is not enabled for this account. Enable it there, or leave it out here.`,
    {
      ...more,
      details: { ...more.details, place },
    },
  )
}

export function unreachable(cloud: string, more?: More): AppError {
  return problem('unreachable', 'cloud.unreachable', `${cloud} cannot be reached. Check the network, a proxy, or the endpoint.`, more)
}

export function timedOut(cloud: string, afterMs: number): AppError {
  return problem('timeout', 'cloud.timeout', `${cloud} did not answer within ${Math.round(afterMs / 1_000)} s.`)
}

export function failedThere(cloud: string, said: string, more?: More): AppError {
  return problem('remote-failure', 'cloud.failed-there', `${cloud} says: ${said}`, more)
}

export function notUnderstood(cloud: string, what: string, more?: More): AppError {
  return problem('protocol', 'cloud.not-understood', `${cloud} answered with something that is not understood: ${what}`, more)
}

export function noCapacity(cloud: string, type: string, more: More = {}): AppError {
  return problem('exhausted', 'cloud.no-capacity', `${cloud} has no room for ${type} there now. Try another zone or type, or later.`, {
    ...more,
    details: { ...more.details, type },
  })
}

export function quotaReached(cloud: string, quota: string, more: More = {}): AppError {
  return problem('exhausted', 'cloud.quota', `The account's quota is reached: ${quota}. Ask ${cloud} to raise it.`, {
    ...more,
    details: { ...more.details, quota },
  })
}

/** A link in an answer points to another server: nothing is sent there. */
export function foreignLink(cloud: string, host: string): AppError {
  return problem('protocol', 'cloud.foreign-link', `${cloud} answered with a link to ${host}, another server. It was not followed.`, {
    details: { host },
  })
}

export function machineNotFound(): AppError {
  return problem('not-found', 'machine.not-found', 'There is no such machine any more.')
}

export function wrongState(name: string, state: MachineState, needs: readonly MachineState[]): AppError {
  return problem('precondition', 'machine.wrong-state', `${name} is ${state}; this needs it ${needs.join(' or ')}.`, {
    details: { name, state, needs: [...needs] },
  })
}

export function isProtected(name: string, more: More = {}): AppError {
  return problem('precondition', 'machine.protected', `${name} is protected against deletion. Take the protection off first.`, {
    ...more,
    details: { name },
  })
}

export function unsupportedAction(action: MachineAction['action'], reason: Reason): AppError {
  return problem('unsupported', reason.code, reason.text, { details: { action } })
}

/** Titles, descriptions and notes have no place there. */
export function noTexts(cloud: string): AppError {
  return problem('unsupported', 'cloud.no-texts', `${cloud} keeps tags of a machine, but no title, description or notes.`)
}

export function tagRefused(tag: string, why: string): AppError {
  return problem('invalid-input', 'cloud.tag-refused', `The tag “${tag}” cannot be set: ${why}`, { details: { tag } })
}

export function diskNotDeletable(key: string): AppError {
  return problem('invalid-input', 'cloud.disk-not-there', `${key} is no disk of this machine that could be deleted with it.`, {
    details: { key },
  })
}

export function neverEnded(name: string, action: string, afterMs: number): AppError {
  return problem(
    'timeout',
    'cloud.operation-never-ended',
    `${name}: the cloud took “${action}” on, and was not done after ${Math.round(afterMs / 1_000)} s. It may still end; look there before trying again.`,
    { details: { name, action } },
  )
}

export function replyLost(what: string): AppError {
  return problem('indeterminate', 'cloud.reply-lost', `The request “${what}” left, and no answer came. Whether it was done is looked up.`, {
    details: { what },
  })
}

export function linkClosed(): AppError {
  return problem('unreachable', 'link.closed', 'This connection is closed.')
}

export function cancelled(): AppError {
  return problem('cancelled', 'cancelled', 'Cancelled.')
}

export function noAgent(name: string): AppError {
  return problem('precondition', 'guest.no-agent', `The console has no agent in ${name}. Clouds have their own: use “Run a command”.`)
}
