import type { PlannedMove } from '../../../../shared/model/index.ts'
import type { I18n } from '../../../lib/i18n/index.ts'
import { paths } from '../../../lib/paths.ts'
import { usePermissions } from '../../../lib/session/index.ts'
import { useNowMs } from '../../../lib/time/ticker.ts'
import { usePlansQuery } from './queries.ts'
import { beginMsOf, whenWords, whyWords } from './when.ts'

/** Begins within so long. */
const SOON_MS = 3_600_000
/** What became of one is told for so long, unless it is planned anew. */
const TOLD_MS = 24 * 3_600_000
/** The bell is on every page. */
const REFRESH_MS = 30_000
const NAMED = 3

export interface PlanNotice {
  readonly id: string
  readonly title: string
  readonly text: string
  readonly path: string
  /** False: it is to be known, and nobody has to do anything. */
  readonly waits: boolean
}

/** For the bell: planned moves that are soon, that cannot begin, and that did not. */
export function usePlanNotices(i18n: I18n): readonly PlanNotice[] {
  const may = usePermissions()
  const nowMs = useNowMs(REFRESH_MS)
  const { data } = usePlansQuery(may('task.read'), REFRESH_MS)
  return planNotices(data ?? [], nowMs, i18n)
}

export function planNotices(plans: readonly PlannedMove[], nowMs: number, i18n: I18n): readonly PlanNotice[] {
  return plans.flatMap((plan) => {
    const kind = kindOf(plan, plans, nowMs)
    if (kind === null) return []
    const { id, moves, when } = plan
    const names = moves
      .slice(0, NAMED)
      .map(({ name }) => name)
      .join(', ')
    const more = moves.length > NAMED ? ` ${i18n.t('act.and-more', { count: moves.length - NAMED })}` : ''
    const to = [...new Set(moves.map((move) => move.to))].join(', ')
    const title = i18n.t(`notices.plan.${kind}`, { names: `${names}${more}`, to })
    const why = whyWords(plan, i18n)
    const text = why ?? whenWords(when, i18n)
    return [{ id, title, text, path: paths.plan(id), waits: kind !== 'soon' }]
  })
}

type Kind = 'soon' | 'held-up' | 'refused' | 'missed' | 'partly'

function kindOf(plan: PlannedMove, plans: readonly PlannedMove[], nowMs: number): Kind | null {
  const { state, when, tried, stayed, sinceMs } = plan
  if (state === 'planned') return tried ? 'held-up' : beginMsOf(when) - nowMs <= SOON_MS ? 'soon' : null
  const over = state === 'refused' || state === 'missed' ? state : state === 'started' && stayed.length > 0 ? 'partly' : null
  return over !== null && nowMs - sinceMs < TOLD_MS && !isPlannedAnew(plan, plans) ? over : null
}

/** All that did not move of it is in a plan that was made later. */
function isPlannedAnew({ state, moves, stayed, sinceMs }: PlannedMove, plans: readonly PlannedMove[]): boolean {
  const left = state === 'started' ? stayed.map(({ machineId }) => machineId) : moves.map(({ spec }) => spec.machineId)
  const later = plans.filter(({ plannedAtMs }) => plannedAtMs > sinceMs).flatMap((plan) => plan.moves.map(({ spec }) => spec.machineId))
  return left.every((machineId) => later.includes(machineId))
}
