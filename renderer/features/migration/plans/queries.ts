import type { PlannedMove } from '../../../../shared/model/index.ts'
import { useApiQuery } from '../../../lib/api/index.ts'

/** The engine begins them by itself: looked at again while somebody looks. */
const REFRESH_MS = 5_000

export function usePlansQuery(enabled = true, refreshMs = REFRESH_MS) {
  return useApiQuery('migrations.plans', {}, (api, signal) => api.migrations.plans({}, { signal }), { refreshMs, enabled })
}

/** Planned moves: what waits by its time, then what is over, newest first. */
export function usePlans(): readonly PlannedMove[] {
  return usePlansQuery().data ?? []
}
