import type { WireError } from '../../../shared/errors/index.ts'

/** How a machine stands at both ends, as the hosts told when the task stopped. Null: that end was not heard. */
export interface TwoStandings {
  readonly source: string | null
  readonly target: string | null
}

export function standingsOf(error: Pick<WireError, 'code' | 'details'> | null): TwoStandings {
  const { source, target } = error?.code === 'migration.two-truths' ? (error.details ?? {}) : {}
  return { source: typeof source === 'string' ? source : null, target: typeof target === 'string' ? target : null }
}

/** It uses its disks there. */
const RUNS = new Set(['running', 'paused', 'outgoing', 'post-copy-failed'])

export interface Choices {
  /** Why it must not be counted as moved; null: it may. */
  readonly moved: 'not-there' | 'still-arriving' | 'runs-here' | null
  /** Why it must not be counted as not moved: what was made at the target would be deleted. */
  readonly stayed: 'is-there' | 'not-here' | null
  /** What has to be done by hand. */
  readonly advice: 'runs-twice' | 'stands-still' | 'look-again'
}

/** What a person may decide without losing the machine. Neither choice starts or stops anything. */
export function choicesOf({ source, target }: TwoStandings): Choices {
  const runsHere = source !== null && RUNS.has(source)
  const runsThere = target !== null && RUNS.has(target)
  return {
    moved: target === 'absent' ? 'not-there' : target === 'incoming' ? 'still-arriving' : runsHere ? 'runs-here' : null,
    stayed: target !== null && target !== 'absent' ? 'is-there' : source === 'absent' ? 'not-here' : null,
    advice:
      runsHere && runsThere ? 'runs-twice' : source !== null && target !== null && !runsHere && !runsThere ? 'stands-still' : 'look-again',
  }
}
