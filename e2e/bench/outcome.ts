import type { JudgedFigure } from './measure.ts'

/** A group that could not run here. */
export interface LeftOut {
  readonly name: string
  /** Why, and the command that would help. */
  readonly reason: string
}

export interface BenchRun {
  readonly figures: readonly JudgedFigure[]
  readonly leftOut: readonly LeftOut[]
  /** Whether the groups were asked for by name. */
  readonly named: boolean
  /** Nothing may be left out. */
  readonly ci: boolean
}

/**
 * The last lines of a run and its exit code: 1 when a budget is missed, and when a group was left out that was asked for by
 * name, or any with CI=true; also when nothing was measured at all.
 */
export function outcomeOf({ figures, leftOut, named, ci }: BenchRun): { readonly lines: readonly string[]; readonly exitCode: 0 | 1 } {
  const judged = figures.filter((figure) => figure.budget !== null)
  const missed = judged.filter((figure) => !figure.within)
  const incomplete = leftOut.length > 0 && (named || ci || figures.length === 0)
  return {
    lines: [
      `${judged.length - missed.length} of ${judged.length} within budget`,
      ...leftOut.map(({ name, reason }) => `left out: ${name}. ${reason}`),
    ],
    exitCode: missed.length > 0 || incomplete ? 1 : 0,
  }
}
