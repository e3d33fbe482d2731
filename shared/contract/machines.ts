import { z } from 'zod'
import { reasonSchema } from '../model/connection.ts'
import { machineIdSchema, taskIdSchema, workspaceIdSchema } from '../model/ids.ts'
import { deletionPlanSchema, MACHINE_ACTIONS, machineActionSchema, machineDetailSchema } from '../model/machine.ts'
import { command, query } from './base.ts'

/** By id, or all that match a query at the moment of the call. */
export const targetsSchema = z.union([
  z.object({ ids: z.array(machineIdSchema).min(1).max(100_000) }),
  z.object({ query: z.string().trim().min(1).max(10_000), workspaceId: workspaceIdSchema.optional() }),
])

export const machines = {
  detail: query('/machines/detail', {
    permission: 'inventory.read',
    summary: 'Hardware and definition of one machine',
    example: { machineId: 'c1.m.5d3c' },
  })
    .input(z.object({ machineId: machineIdSchema }))
    .output(machineDetailSchema),
  /** What each action would meet now, per target, before anybody presses it. */
  preview: query('/machines/preview', {
    permission: 'inventory.read',
    summary: 'Whether an action fits each target, and why not',
    example: { targets: { query: 'tag:prod' }, action: 'shutdown' },
  })
    .route({ method: 'POST' })
    .input(z.object({ targets: targetsSchema, action: z.enum(MACHINE_ACTIONS) }))
    .output(
      z.object({
        fits: z.array(machineIdSchema),
        refused: z.array(z.object({ machineId: machineIdSchema, name: z.string(), reason: reasonSchema })),
      }),
    ),
  deletionPlan: query('/machines/deletion-plan', {
    permission: 'inventory.read',
    summary: 'What a deletion would take away',
    example: { machineIds: ['c1.m.5d3c'] },
  })
    .route({ method: 'POST' })
    .input(z.object({ machineIds: z.array(machineIdSchema).min(1).max(1_000) }))
    .output(z.array(z.object({ machineId: machineIdSchema, plan: deletionPlanSchema.nullable(), error: z.string().nullable() }))),
  act: command('/machines/act', {
    permission: 'machine.operate',
    summary: 'Start, shut down, …: one task, with a child for each target when there are several',
    example: { targets: { ids: ['c1.m.5d3c'] }, action: { action: 'start' } },
  })
    .input(
      z.object({
        targets: targetsSchema,
        action: machineActionSchema,
        reason: z.string().max(1_000).optional(),
        /** Chosen by the caller: the same token again within a minute answers with the same task (a double click is one click). */
        token: z.string().max(100).optional(),
      }),
    )
    .output(
      z.object({
        taskId: taskIdSchema,
        accepted: z.number().int(),
        refused: z.array(z.object({ machineId: machineIdSchema, name: z.string(), reason: reasonSchema })),
      }),
    ),
}
