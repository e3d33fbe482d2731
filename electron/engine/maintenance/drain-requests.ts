import type { Host, HostId, Machine, Reason } from '../../../shared/model/index.ts'
import { objectId } from '../../../shared/model/index.ts'
import { machineRequest } from '../machines/machine-task.ts'
import { moveRequest } from '../migration/move-plan.ts'
import type { Looked } from '../migration/preflight.ts'
import type { InventoryReader } from '../ports.ts'
import type { TaskRequest } from '../tasks/task-kind.ts'
import type { KnownMachine } from './maintenance-book.ts'

export const DRAIN_KIND = 'host.drain'
export const RETURN_KIND = 'host.return'
/** Why a machine stays that something else is done to just now. */
export const MACHINE_BUSY = 'migration.finding.drain-machine-busy'
/** Which host a task belongs to the maintenance of: its parameters say so. */
export const MAINTENANCE_PARAM = 'maintenance'

/** How long a guest is given to shut down. */
const SHUTDOWN_MS = 180_000

/** As the task of that host's maintenance: its places are counted there, wherever the machine comes from. */
function ofHost(host: Host, request: TaskRequest): TaskRequest {
  return { ...request, hostId: host.id, params: { ...request.params, [MAINTENANCE_PARAM]: host.id } }
}

/** Of a machine that other work has taken up. */
export function busyReason({ name }: Pick<Machine, 'name'>, task: string): Reason {
  const text = `${name} is busy with another task (${task}). Wait for it, then empty the host once more.`
  return { code: MACHINE_BUSY, text, params: { name, task } }
}

/** Looked at once more just before it moves. The warnings were in the plan. */
export function moveOf(host: Host, looked: Looked): TaskRequest {
  return ofHost(host, moveRequest(looked, true))
}

export function shutdownOf(host: Host, machine: Machine): TaskRequest {
  return ofHost(host, machineRequest(machine, { action: 'shutdown', method: 'auto', deadlineMs: SHUTDOWN_MS }))
}

export function startOf(host: Host, machine: Machine): TaskRequest {
  return ofHost(host, machineRequest(machine, { action: 'start' }))
}

/** What the whole of it is called, and on which host it is. */
export function headOf(kind: string, host: Host): Pick<TaskRequest, 'kind' | 'params' | 'target'> {
  return {
    kind,
    params: { [MAINTENANCE_PARAM]: host.id },
    target: { entity: 'host', id: host.id, name: host.name },
  }
}

/** Who a machine will be at its target. */
export function knownAfter(machine: Machine, toHostId: HostId, inventory: InventoryReader): KnownMachine {
  const { id: machineId, name, nativeRef: ref } = machine
  const target = inventory.get('host', toHostId)
  return { machineId, name, ref, toHostId, nowMachineId: target ? objectId(target.connectionId, 'm', ref) : machineId }
}
