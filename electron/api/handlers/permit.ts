import type { Permission } from '../../../shared/contract/index.ts'
import { AppError } from '../../../shared/errors/index.ts'
import { type HardwareEdit, MACHINE_ACTIONS, type MachineActionId, type SnapshotOperation, type Task } from '../../../shared/model/index.ts'
import { BUILD_KINDS, IMPORT_KIND } from '../../engine/build/plan.ts'
import { CREATE_KIND } from '../../engine/clouds/create-kind.ts'
import { EDIT_KIND } from '../../engine/hardware/hardware-task.ts'
import { RESTART_KIND } from '../../engine/hardware/restart-kind.ts'
import { kindOf } from '../../engine/machines/machine-task.ts'
import { MIGRATE_KIND } from '../../engine/migration/move-plan.ts'
import { EXPORT_KIND } from '../../engine/ova/export-plan.ts'
import { SCHEDULED_KIND } from '../../engine/snapshots/schedule-task.ts'
import { SNAPSHOT_KIND } from '../../engine/snapshots/snapshot-task.ts'
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

/** A new disk is a new volume. */
export function permitEdit(edit: HardwareEdit, context: CallContext): void {
  if (edit.edit === 'addDisk' && edit.disk.source.kind !== 'existing') need('volume.write', context)
  if (edit.edit === 'resizeDisk') need('volume.write', context)
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

/** A clone of a snapshot is a machine like any other; discarding a branch deletes volumes that nothing brings back. */
export function permitSnapshot(operation: SnapshotOperation['operation'], context: CallContext): void {
  if (operation === 'clone') need('machine.create', context)
  if (operation === 'discard') need('volume.write', context)
}

/** Whoever lets a task do something again, or take it back, does it: the right to steer tasks is not enough. */
export function permitTask({ kind, params }: Pick<Task, 'kind' | 'params'>, context: CallContext): void {
  const action = ACTION_OF_KIND.get(kind)
  if (action) permitAction(action, context)
  if (MAKES.has(kind)) need('machine.create', context)
  if (kind === EDIT_KIND) need('machine.modify', context)
  if (kind === SNAPSHOT_KIND || kind === SCHEDULED_KIND) need('machine.modify', context)
  if (kind === MIGRATE_KIND) need('machine.migrate', context)
  if (kind === SNAPSHOT_KIND && params['operation'] === 'discard') permitSnapshot('discard', context)
  if (kind === RESTART_KIND) need('machine.operate', context)
  if (kind === EXPORT_KIND) need('volume.read', context)
  if (kind.startsWith('volume.') || kind.startsWith('pool.')) need('volume.write', context)
  if (kind.startsWith('network.')) need('network.write', context)
}
