import { z } from 'zod'
import type { Json } from '../../../shared/errors/index.ts'
import { connectionIdSchema, hostIdSchema, type Machine, machineActionSchema, machineIdSchema } from '../../../shared/model/index.ts'
import { machineStep } from '../machines/machine-task.ts'
import type { InventoryReader } from '../ports.ts'
import type { TaskKind, TaskRequest } from '../tasks/task-kind.ts'

export const RESTART_KIND = 'machine.restart'

const planSchema = z.object({
  machineId: machineIdSchema,
  connectionId: connectionIdSchema,
  hostId: hostIdSchema,
  ref: z.string(),
  /** Off, and on again. */
  actions: z.array(machineActionSchema),
})

/** How long a guest is given to shut down. */
const SHUTDOWN_MS = 120_000

/** Off and on again: a restart inside the guest keeps the hardware that runs. A guest that ignores it is left running. */
export function restartRequest(machine: Machine, force: boolean): TaskRequest {
  const { id: machineId, nativeRef: ref, connectionId, hostId, name } = machine
  const off = force ? { action: 'powerOff' } : { action: 'shutdown', method: 'auto', deadlineMs: SHUTDOWN_MS }
  const actions: Json[] = [off, { action: 'start' }]
  return {
    kind: RESTART_KIND,
    plan: { machineId, connectionId, hostId, ref, actions },
    params: { force },
    target: { entity: 'machine', id: machineId, name },
    connectionId,
    hostId,
  }
}

export function restartKind(inventory: InventoryReader): TaskKind {
  return {
    kind: RESTART_KIND,
    steps(json) {
      const { actions, ...plan } = planSchema.parse(json)
      // taken back it would be off, which nobody has asked for
      return actions.map((action) => ({ ...machineStep(inventory, { ...plan, action }), undo: () => null }))
    },
  }
}
