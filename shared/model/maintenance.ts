import { z } from 'zod'
import { MAINTENANCE_STATES, reasonSchema } from './connection.ts'
import { hostIdSchema, machineIdSchema, taskIdSchema } from './ids.ts'
import { migrationFindingSchema, migrationPredictionSchema, rangeSchema } from './migration.ts'

/** Taking a host out of use: its machines go elsewhere, nothing new comes, and later they come back. */

/** A machine that was moved away: who it was, and who it became at its target. */
export const movedMachineSchema = z.object({
  machineId: machineIdSchema,
  name: z.string(),
  toHostId: hostIdSchema,
  nowMachineId: machineIdSchema,
})
export type MovedMachine = z.infer<typeof movedMachineSchema>

export const leftMachineSchema = z.object({ machineId: machineIdSchema, name: z.string(), reason: reasonSchema })
/** A machine that something was not done to, and why. */
export type LeftMachine = z.infer<typeof leftMachineSchema>

/** A host that is being emptied, or stands empty, on purpose. */
export const maintenanceSchema = z.object({
  hostId: hostIdSchema,
  sinceMs: z.number(),
  actor: z.string(),
  reason: z.string().nullable(),
  /** The task that drains it, or brings its machines back. */
  taskId: taskIdSchema.nullable(),
  state: z.enum(MAINTENANCE_STATES),
  /** How long its task takes from its beginning, as foretold. Null: not known, or there is none. */
  expectedMs: rangeSchema.nullable().default(null),
  /** Machines that the task is to move, in their order; those that have gone are not on the host any more. */
  going: z.array(movedMachineSchema).default([]),
  /** Machines that were moved away, and where they went. */
  moved: z.array(movedMachineSchema),
  /** Machines that were shut down for it. */
  stopped: z.array(movedMachineSchema.pick({ machineId: true, name: true })),
  /** Machines that run and were to go, and are here all the same. */
  stayed: z.array(leftMachineSchema),
})
export type Maintenance = z.infer<typeof maintenanceSchema>

/** What becomes of one machine when its host is emptied. */
export const drainItemSchema = z.object({
  machineId: machineIdSchema,
  name: z.string(),
  memoryKiB: z.number(),
  /** off: it does not run, so it neither goes nor is stopped. */
  what: z.enum(['move', 'shut-down', 'stays', 'off']),
  toHostId: hostIdSchema.nullable(),
  /** Of the move to that host; of one that stays, why. */
  findings: z.array(migrationFindingSchema),
  prediction: migrationPredictionSchema.nullable(),
})
export type DrainItem = z.infer<typeof drainItemSchema>

export const drainPlanSchema = z.object({
  hostId: hostIdSchema,
  /** In the order in which they go. */
  items: z.array(drainItemSchema),
  /** Of all moves, side by side as far as the limit says. Null: nothing moves, or of none is known how long it takes. */
  totalMs: rangeSchema.nullable(),
  checkedAtMs: z.number(),
})
export type DrainPlan = z.infer<typeof drainPlanSchema>

export const DRAIN_ORDERS = ['smallest-first', 'largest-first', 'name'] as const

export const drainOrderSchema = z.object({
  hostId: hostIdSchema,
  /** Null: every host of the workspace that fits. */
  targetHostIds: z.array(hostIdSchema).max(1_000).nullable().default(null),
  order: z.enum(DRAIN_ORDERS).default('smallest-first'),
  /** Moves at a time. */
  atOnce: z.number().int().min(1).max(16).default(1),
  /** What becomes of machines that cannot move live. */
  others: z.enum(['leave', 'shut-down']).default('leave'),
  /** Machines whose target a person has chosen; null: it stays. */
  chosen: z
    .array(z.object({ machineId: machineIdSchema, toHostId: hostIdSchema.nullable() }))
    .max(10_000)
    .default([]),
})
export type DrainOrder = z.infer<typeof drainOrderSchema>
export type DrainOrderInput = z.input<typeof drainOrderSchema>
