import type { Engine } from '../../engine/engine.ts'
import type { Handlers } from '../handlers.ts'

export function migrationHandlers({ migrations, mends, plannedMoves }: Engine): Handlers['migrations'] {
  return {
    targets: ({ machineIds }) => Promise.resolve(migrations.targets(machineIds)),
    preflight: ({ spec, beginsAtMs }, { signal }) => migrations.preflight(spec, signal, beginsAtMs),
    measure: ({ machineId, targetHostId }, { signal }) => migrations.measure(machineId, targetHostId, signal),
    mend: async ({ spec, mend, reason, token }, context) => {
      const author = { actor: context.actor, origin: context.origin, reason: reason ?? null }
      return await mends.mend(spec, mend, author, context.signal, token)
    },
    mended: ({ machineId, targetHostId }) => mends.mended(machineId, targetHostId),
    start: async ({ specs, reason, ...options }, context) => {
      const author = { actor: context.actor, origin: context.origin, reason: reason ?? null }
      return await migrations.start(specs, options, author, context.signal)
    },
    measured: ({ machineId, targetHostId }) => Promise.resolve(migrations.measured(machineId, targetHostId)),
    plans: ({ machineId }) => Promise.resolve(plannedMoves.list(machineId)),
    plan: async ({ reason, ...order }, { actor, origin }) => await plannedMoves.plan(order, { actor, origin, reason: reason ?? null }),
    changePlan: async ({ planId, ...change }, { actor, origin }) => {
      await plannedMoves.change(planId, change, { actor, origin })
      return { done: true }
    },
    cancelPlan: async ({ planId }) => {
      await plannedMoves.cancel(planId)
      return { done: true }
    },
    tune: async ({ taskId, ...change }, { signal }) => {
      await migrations.tune(taskId, change, signal)
      return { done: true }
    },
    resume: async ({ taskId }) => {
      await migrations.resume(taskId)
      return { done: true }
    },
    records: async (wish) => [...(await migrations.records(wish))],
    watch: ({ taskId }, { signal }) => migrations.watch(taskId, signal),
  }
}
