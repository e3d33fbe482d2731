import type { PoolId, TaskId } from '../../../shared/model/index.ts'

/** Tasks of this page on several volumes at once, by the pools they lie in: a bulk itself names none. */
const begun = new Map<PoolId, Set<TaskId>>()
const NONE: ReadonlySet<TaskId> = new Set()

export function noteBegun(poolIds: Iterable<PoolId>, taskId: TaskId): void {
  for (const poolId of poolIds) begun.set(poolId, (begun.get(poolId) ?? new Set()).add(taskId))
}

export function begunOn(poolId: PoolId): ReadonlySet<TaskId> {
  return begun.get(poolId) ?? NONE
}
