import type { Engine } from '../../engine/engine.ts'
import type { Handlers } from '../handlers.ts'
import { permitSnapshot } from './permit.ts'

export function snapshotHandlers({ snapshots, schedules }: Engine): Handlers['snapshots'] {
  return {
    tree: ({ machineId }, { signal }) => snapshots.tree(machineId, signal),
    plan: ({ machineId, operation }, { signal }) => snapshots.plan(machineId, operation, signal),
    act: async ({ reason, token, ...asked }, context) => {
      permitSnapshot(asked.operation.operation, context)
      const author = { actor: context.actor, origin: context.origin, reason: reason ?? null }
      return await snapshots.act(asked, author, context.signal, token)
    },
    schedules: () => schedules.list(),
    retention: ({ machineId, schedule }, { signal }) => snapshots.retention(machineId, schedule, signal),
    scheduleTimes: ({ every }) => Promise.resolve({ nextAtMs: schedules.nextTimes(every) }),
    putSchedule: async ({ schedule }) => {
      await schedules.put(schedule)
      return { done: true }
    },
    removeSchedule: async ({ scheduleId }) => {
      await schedules.remove(scheduleId)
      return { done: true }
    },
  }
}
