import { z } from 'zod'
import { hostIdSchema, taskIdSchema } from '../model/ids.ts'
import { drainOrderSchema, drainPlanSchema, leftMachineSchema, maintenanceSchema } from '../model/maintenance.ts'
import { command, nothing, query } from './base.ts'

const order = { hostId: 'c1.h.1', order: 'largest-first', atOnce: 2 }
const author = { reason: z.string().max(1_000).optional(), token: z.string().max(100).optional() }

/** Taking hosts out of use, and back into it. */
export const maintenance = {
  list: query('/maintenance', { permission: 'inventory.read', summary: 'Hosts in maintenance, and where their machines are' })
    .input(nothing)
    .output(z.array(maintenanceSchema)),
  /** Looks at every machine with each host that it could go to: it takes a moment for each. Only reads. */
  plan: query('/maintenance/plan', {
    permission: 'inventory.read',
    summary: 'What would become of each machine if a host were emptied',
    example: { order },
  })
    .route({ method: 'POST' })
    .input(z.object({ order: drainOrderSchema }))
    .output(drainPlanSchema),
  /**
   * Closes the host for new work, then moves its machines away as one task with a child for each. Asked once more of a host in maintenance it
   * tries again with what is still there. What cannot go where it was to go is tried with other hosts by another task, of which `list` tells the
   * id. A null task: nothing has to go. Throws `conflict` maintenance.busy.
   */
  drain: command('/maintenance/drain', {
    permission: 'machine.migrate',
    summary: 'Put a host into maintenance: move its machines away',
    example: { order },
    invalidates: ['maintenance'],
  })
    .input(z.object({ order: drainOrderSchema, ...author }))
    .output(z.object({ taskId: taskIdSchema.nullable() })),
  /**
   * Opens the host again; with `bringBack` the machines that were moved away come back, and those that were shut down start. What cannot come
   * is named and stays where it is. Throws `precondition` maintenance.not-there, `conflict` maintenance.busy, and `unreachable` link.not-live
   * when they are to come back to a host that is not there yet.
   */
  leave: command('/maintenance/leave', {
    permission: 'machine.migrate',
    summary: 'End the maintenance of a host',
    example: { hostId: 'c1.h.1', bringBack: true },
    invalidates: ['maintenance'],
  })
    .input(z.object({ hostId: hostIdSchema, bringBack: z.boolean(), ...author }))
    .output(z.object({ taskId: taskIdSchema.nullable(), left: z.array(leftMachineSchema) })),
}
