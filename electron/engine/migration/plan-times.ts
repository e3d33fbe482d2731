import type { PlannedMove, PlanWhen } from '../../../shared/model/index.ts'
import { LATE_MS } from '../tasks/clockwork.ts'
import { planPast, planUpsideDown } from './plan-errors.ts'

/** Of one that waits for a host: how soon it is tried again. */
const TRY_AGAIN_MS = 15_000

export interface PlanSpan {
  readonly fromMs: number
  /** The last moment at which it may begin. */
  readonly untilMs: number
}

export function spanOf(when: PlanWhen): PlanSpan {
  return when.kind === 'window' ? { fromMs: when.fromMs, untilMs: when.untilMs } : { fromMs: when.atMs, untilMs: when.atMs + LATE_MS }
}

/** Throws `invalid-input` migration.plan-past, migration.plan-upside-down. A window that is open already will do. */
export function refuseTimes(when: PlanWhen, nowMs: number): void {
  const { fromMs, untilMs } = spanOf(when)
  if (untilMs <= fromMs) throw planUpsideDown()
  if ((when.kind === 'window' ? untilMs : fromMs) <= nowMs) throw planPast()
}

/** What is to be done with one that is planned. The time of day may have been set back since it was tried. */
export function dueOf({ when, tried }: Pick<PlannedMove, 'when' | 'tried'>, nowMs: number): 'not-yet' | 'now' | 'too-late' {
  const { fromMs, untilMs } = spanOf(when)
  if (nowMs > untilMs) return 'too-late'
  if (nowMs < fromMs) return 'not-yet'
  return tried !== null && nowMs >= tried.atMs && nowMs < tried.atMs + TRY_AGAIN_MS ? 'not-yet' : 'now'
}

/** When it is looked at next. */
export function nextLookMs({ when, tried }: Pick<PlannedMove, 'when' | 'tried'>, nowMs: number): number {
  const { fromMs, untilMs } = spanOf(when)
  if (nowMs < fromMs) return fromMs
  return Math.min(untilMs + 1, tried === null ? nowMs : tried.atMs + TRY_AGAIN_MS)
}
