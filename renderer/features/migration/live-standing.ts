import type { WireError } from '../../../shared/errors/index.ts'

/** How a machine stands at both ends, as the hosts told when the task stopped. Null: that end was not heard. */
export interface TwoStandings {
  readonly source: string | null
  readonly target: string | null
}

/** Errors for which both hosts were asked. */
const TELL: ReadonlySet<string> = new Set(['migration.two-truths', 'migration.torn'])

export function standingsOf(error: Pick<WireError, 'code' | 'details'> | null): TwoStandings {
  const { source, target } = error && TELL.has(error.code) ? (error.details ?? {}) : {}
  return { source: typeof source === 'string' ? source : null, target: typeof target === 'string' ? target : null }
}

/** It uses its disks there. */
const RUNS = new Set(['running', 'paused', 'outgoing', 'post-copy-failed'])

export interface Choices {
  /** Why it must not be counted as moved; null: it may. */
  readonly moved: 'not-there' | 'still-arriving' | 'runs-here' | 'in-two-parts' | null
  /** Why it must not be counted as not moved: what was made at the target would be deleted. */
  readonly stayed: 'is-there' | 'not-here' | 'in-two-parts' | null
  /** What has to be done by hand. */
  readonly advice: 'runs-twice' | 'stands-still' | 'in-two-parts' | 'look-again'
}

/** What a person may decide without losing the machine. Neither choice starts or stops anything. */
export function choicesOf({ source, target }: TwoStandings): Choices {
  if (isInTwoParts({ source, target })) return { moved: 'in-two-parts', stayed: 'in-two-parts', advice: 'in-two-parts' }
  const runsHere = source !== null && RUNS.has(source)
  const runsThere = target !== null && RUNS.has(target)
  return {
    moved: target === 'absent' ? 'not-there' : target === 'incoming' ? 'still-arriving' : runsHere ? 'runs-here' : null,
    stayed: target !== null && target !== 'absent' ? 'is-there' : source === 'absent' ? 'not-here' : null,
    advice:
      runsHere && runsThere ? 'runs-twice' : source !== null && target !== null && !runsHere && !runsThere ? 'stands-still' : 'look-again',
  }
}

const GONE: ReadonlySet<string> = new Set(['absent', 'off'])

/** Broke in post-copy: whichever part is ended, it is lost. */
function isInTwoParts({ source, target }: TwoStandings): boolean {
  const isBroken = source === 'post-copy-failed' || target === 'post-copy-failed'
  return isBroken && !GONE.has(source ?? '') && !GONE.has(target ?? '')
}
