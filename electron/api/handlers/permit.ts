import type { Permission } from '../../../shared/contract/index.ts'
import { AppError } from '../../../shared/errors/index.ts'
import { MACHINE_ACTIONS, type MachineActionId } from '../../../shared/model/index.ts'
import { BUILD_KINDS, IMPORT_KIND } from '../../engine/build/plan.ts'
import { CREATE_KIND } from '../../engine/clouds/create-kind.ts'
import { kindOf } from '../../engine/machines/machine-task.ts'
import { EXPORT_KIND } from '../../engine/ova/export-plan.ts'
import type { CallContext } from '../handlers.ts'

/** Actions that need more than `machine.operate`, which the contract asks for already. What takes one back needs the same. */
const NEEDS: Partial<Record<MachineActionId, Permission>> = {
  delete: 'machine.delete',
  rename: 'machine.modify',
  setMetadata: 'machine.modify',
  setAutostart: 'machine.modify',
  addDisplay: 'machine.modify',
  resize: 'machine.modify',
  setProtection: 'machine.delete',
  attachDisk: 'machine.modify',
  detachDisk: 'machine.modify',
  growDisk: 'machine.modify',
}

const ACTION_OF_KIND: ReadonlyMap<string, MachineActionId> = new Map(MACHINE_ACTIONS.map((action) => [kindOf(action), action]))

const MAKES: ReadonlySet<string> = new Set([...BUILD_KINDS, IMPORT_KIND, CREATE_KIND])

/** Throws `forbidden` auth.forbidden naming the permission that is missing. */
export function permitAction(action: MachineActionId, context: CallContext): void {
  need(NEEDS[action] ?? 'machine.operate', context)
}

/** Deleting the package is deleting a volume. */
export function permitImport(removesPackage: boolean, context: CallContext): void {
  if (removesPackage) need('volume.write', context)
}

function need(permission: Permission, context: CallContext): void {
  if (context.permissions.has(permission)) return
  throw new AppError({
    kind: 'forbidden',
    code: 'auth.forbidden',
    message: `You may not do this: it needs the permission ${permission}.`,
    details: { permission },
  })
}

/** Whoever lets a task do something again, or take it back, does it: the right to steer tasks is not enough. */
export function permitTask(kind: string, context: CallContext): void {
  const action = ACTION_OF_KIND.get(kind)
  if (action) permitAction(action, context)
  if (MAKES.has(kind)) need('machine.create', context)
  if (kind === EXPORT_KIND) need('volume.read', context)
  if (kind.startsWith('volume.') || kind.startsWith('pool.')) need('volume.write', context)
}
