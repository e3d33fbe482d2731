import type { AppError } from '../../../shared/errors/index.ts'
import type { Clock } from '../provider.ts'
import type { KnownMachines, Place, Rhythm, SeenMachine } from './api.ts'

/** A whole list is read at least so often where the cloud can tell what changed. */
export const WHOLE_MS = 300_000
const RETRY_BASE_MS = 1_000

/** One place of an account, and what is known of it. */
export interface Watched {
  readonly place: Place
  readonly known: Map<string, { seen: SeenMachine; atMs: number }>
  networks: string
  networksAtMs: number
  wholeAtMs: number
  /** The last time it could be read as a whole. */
  readAtMs: number | null
  failures: number
  lastError: AppError | null
  /** What told of its machines lately, with nothing found by a look that it had kept back. */
  toldBy: string | null
  dueAtMs: number
  cancel: (() => void) | null
}

export function watchedOf(place: Place, nowMs: number): Watched {
  return {
    place,
    known: new Map(),
    networks: '',
    networksAtMs: 0,
    wholeAtMs: nowMs,
    readAtMs: null,
    failures: 0,
    lastError: null,
    toldBy: null,
    dueAtMs: 0,
    cancel: null,
  }
}

export function knownIn({ known }: Watched): KnownMachines {
  return { get: (ref) => known.get(ref)?.seen, refs: () => known.keys() }
}

/** In how long it is looked at again. */
export function pauseOf(watched: Watched, { idleMs, busyMs, toldMs = idleMs }: Rhythm, clock: Clock): number {
  const { failures, lastError, known, toldBy, wholeAtMs } = watched
  if (failures > 0) {
    return Math.max(lastError?.retryAfterMs ?? 0, Math.min(idleMs, RETRY_BASE_MS * 2 ** Math.min(failures, 10)) * clock.random())
  }
  if ([...known.values()].some(({ seen }) => seen.facts.state === 'starting' || seen.facts.state === 'stopping')) return busyMs
  return toldBy === null ? idleMs : Math.max(idleMs, Math.min(toldMs, wholeAtMs + WHOLE_MS - clock.nowMs()))
}
