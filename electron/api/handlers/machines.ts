import type { Engine } from '../../engine/engine.ts'
import type { Handlers } from '../handlers.ts'
import { permitAction } from './permit.ts'

export function machineHandlers({ machines }: Engine): Handlers['machines'] {
  return {
    detail: ({ machineId }, { signal }) => machines.detail(machineId, signal),
    preview: ({ targets, action }) => Promise.resolve(machines.preview(targets, action)),
    deletionPlan: ({ machineIds }, { signal }) => machines.deletionPlans(machineIds, signal),
    act: async ({ targets, action, reason, token }, context) => {
      permitAction(action.action, context)
      return await machines.act(targets, action, { actor: context.actor, origin: context.origin, reason: reason ?? null }, token)
    },
  }
}
