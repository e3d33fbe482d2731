import { AppError } from '../../../shared/errors/index.ts'
import { type Connection, FINAL_TASK_STATES, type Workspace } from '../../../shared/model/index.ts'
import type { Inventory } from '../inventory/inventory.ts'

/** Throws `conflict` connection.duplicate where the workspace has that target already. */
export function refuseDuplicate(inventory: Inventory, workspace: Workspace, providerId: string, address: string): void {
  // made-up sites may well be alike
  if (workspace.demo) return
  for (const id of inventory.idsBy('connection', 'workspaceId', workspace.id)) {
    const other = inventory.get('connection', id)
    if (other?.providerId !== providerId || other.address !== address) continue
    throw new AppError({
      kind: 'conflict',
      code: 'connection.duplicate',
      message: `${address} is in ${workspace.name} already, as ${other.name}.`,
      details: { connectionId: other.id, name: other.name, address },
    })
  }
}

/** Throws `precondition` connection.busy while tasks run on one of them. */
export function refuseWhileBusy(inventory: Inventory, connections: readonly Connection[]): void {
  for (const connection of connections) {
    const running = [...inventory.idsBy('task', 'connectionId', connection.id)].filter((id) => {
      const task = inventory.get('task', id)
      return task && !FINAL_TASK_STATES.has(task.state) && task.state !== 'needs-attention'
    })
    if (running.length === 0) continue
    throw new AppError({
      kind: 'precondition',
      code: 'connection.busy',
      message: `${running.length} tasks run on ${connection.name}. Wait for them or cancel them.`,
      details: { name: connection.name, tasks: running.length, expected: 0, actual: running.length, reason: 'tasks-running' },
    })
  }
}

/** What needs a link of a connection that is switched off. */
export function disabled(connection: Connection): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'connection.disabled',
    message: `${connection.name} is switched off. Switch it on to connect.`,
    details: { expected: 'enabled', actual: 'disabled', reason: 'connection.disabled' },
  })
}
