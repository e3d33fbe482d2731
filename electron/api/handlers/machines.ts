import type { Permission } from '../../../shared/contract/index.ts'
import { AppError } from '../../../shared/errors/index.ts'
import type { MachineActionId } from '../../../shared/model/index.ts'
import type { Engine } from '../../engine/engine.ts'
import type { CallContext, Handlers } from '../handlers.ts'

/** Actions that need more than `machine.operate`, which the contract asks for already. */
const NEEDS: Partial<Record<MachineActionId, Permission>> = {
  delete: 'machine.delete',
  rename: 'machine.modify',
  setMetadata: 'machine.modify',
  setAutostart: 'machine.modify',
}

export function machineHandlers({ machines }: Engine): Handlers['machines'] {
  return {
    detail: ({ machineId }, { signal }) => machines.detail(machineId, signal),
    preview: ({ targets, action }) => Promise.resolve(machines.preview(targets, action)),
    deletionPlan: ({ machineIds }, { signal }) => machines.deletionPlans(machineIds, signal),
    act: async ({ targets, action, reason, token }, context) => {
      permit(action.action, context)
      return await machines.act(targets, action, { actor: context.actor, origin: context.origin, reason: reason ?? null }, token)
    },
  }
}

function permit(action: MachineActionId, context: CallContext): void {
  const permission = NEEDS[action] ?? 'machine.operate'
  if (context.permissions.has(permission)) return
  throw new AppError({
    kind: 'forbidden',
    code: 'auth.forbidden',
    message: `You may not do this: it needs the permission ${permission}.`,
    details: { permission },
  })
}
