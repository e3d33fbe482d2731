import type { PlannedMove } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { usePlansQuery } from '../plans/queries.ts'
import type { Wish } from './wish.ts'

/** A saved plan that was opened, as it is now. */
export interface OpenedPlan {
  /** Null: there is none of that id (any more), or it is not known yet. */
  readonly plan: PlannedMove | null
  /** waits: as it was opened. changed: somebody has saved over it since. over: it begins, began, or is over. gone: there is no such plan. */
  readonly stands: 'unknown' | 'waits' | 'changed' | 'over' | 'gone'
  /** Why it cannot be saved over; undefined: it can. */
  readonly why: string | undefined
}

/** Null: none was opened. */
export function useOpenedPlan(opened: Wish['plan']): OpenedPlan | null {
  const { t } = useI18n()
  const { data } = usePlansQuery(opened !== null)
  if (opened === null) return null
  if (!data) return { plan: null, stands: 'unknown', why: undefined }
  const plan = data.find(({ id }) => id === opened.id) ?? null
  const stands = !plan ? 'gone' : plan.state !== 'planned' ? 'over' : plan.revision !== opened.revision ? 'changed' : 'waits'
  return { plan, stands, why: stands === 'waits' ? undefined : t(`migrate.opened.why.${stands}`) }
}
