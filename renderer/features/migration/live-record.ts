import { FINAL_TASK_STATES, type MigrationRecord, type MoveParams, type Task } from '../../../shared/model/index.ts'
import { useApiQuery } from '../../lib/api/index.ts'

/** Moves of a pair of hosts lie between this one and now, at most. */
const LOOKED_THROUGH = 200
/** It is noted soon after the task has ended. */
const NOTED_WITHIN_MS = 10_000
const LOOK_AGAIN_MS = 1_000

/** How this move was counted by the hypervisor; null: that is not kept, or not yet. */
export function useMoveRecord({ id, state, endedAtMs }: Task, { sourceHostId, targetHostId }: MoveParams): MigrationRecord | null {
  const input = { sourceHostId, targetHostId, limit: LOOKED_THROUGH }
  const { data } = useApiQuery('migrations.records', { ...input, taskId: id }, (api, signal) => api.migrations.records(input, { signal }), {
    enabled: FINAL_TASK_STATES.has(state),
    refreshMs: (answeredAtMs) => (answeredAtMs < (endedAtMs ?? 0) + NOTED_WITHIN_MS ? LOOK_AGAIN_MS : Number.POSITIVE_INFINITY),
  })
  return data?.find(({ taskId }) => taskId === id) ?? null
}
