import type { AppError, ErrorKind } from '../../../shared/errors/index.ts'

export const BASE_MS = 1_000
export const CAP_MS = 60_000
/** Deadline of one attempt. */
export const ATTEMPT_MS = 30_000
/** Past its own deadline a provider gets so long to say so itself. */
export const GRACE_MS = 5_000
/** Even the luckiest draw leaves the far side this much air. */
const FLOOR_MS = 100
/** Something that speaks nonsense, or a fault of our own, does not get better by asking for ever. */
const FEW_ATTEMPTS = 4

/** What follows a failed attempt or a lost link, by the kind of the error alone. */
const ANSWER: Readonly<Record<ErrorKind, 'again' | 'few-times' | 'ask'>> = {
  unreachable: 'again',
  timeout: 'again',
  'rate-limited': 'again',
  'remote-failure': 'again',
  exhausted: 'again',
  indeterminate: 'again',
  cancelled: 'again',
  protocol: 'few-times',
  bug: 'few-times',
  // such as another host key than before
  conflict: 'ask',
  unauthenticated: 'ask',
  forbidden: 'ask',
  unsupported: 'ask',
  precondition: 'ask',
  'invalid-input': 'ask',
  'not-found': 'ask',
}

export type NextAttempt = { readonly again: true; readonly delayMs: number } | { readonly again: false }

/**
 * When to try again after `attempt` failures in a row (1 for the first), if at all: exponential with full jitter
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), never before the far side's own wish.
 */
export function nextAttempt(error: Pick<AppError, 'kind' | 'retryAfterMs'>, attempt: number, random: number): NextAttempt {
  const answer = ANSWER[error.kind]
  if (answer === 'ask' || (answer === 'few-times' && attempt >= FEW_ATTEMPTS)) return { again: false }
  const ceiling = Math.min(CAP_MS, BASE_MS * 2 ** Math.min(attempt - 1, 10))
  return { again: true, delayMs: Math.max(FLOOR_MS, error.retryAfterMs ?? 0, Math.round(ceiling * random)) }
}

/** Kinds that a lost network of our own would show as. */
export function looksLikeNetwork(kind: ErrorKind): boolean {
  return kind === 'unreachable' || kind === 'timeout'
}
