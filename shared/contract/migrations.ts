import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { hostIdSchema, machineIdSchema, taskIdSchema } from '../model/ids.ts'
import {
  bandwidthSchema,
  downtimeSchema,
  measuredSampleSchema,
  mendedSchema,
  migrationLiveSchema,
  migrationMeasureSchema,
  migrationMendSchema,
  migrationRecordSchema,
  migrationSpecSchema,
  migrationTargetSchema,
  preflightSchema,
  refusedMoveSchema,
} from '../model/migration.ts'
import { acceptedFindingsSchema, plannedMoveSchema, planWhenSchema } from '../model/planned-move.ts'
import { command, done, query, stream } from './base.ts'

const spec = { machineId: 'c1.m.5d3c', targetHostId: 'c2.h.1', mode: 'live' }
const when = { kind: 'window', fromMs: 1_900_000_000_000, untilMs: 1_900_005_400_000, zone: 'Europe/Warsaw' }
const planId = z.string().min(1).max(100)
const plannedMoves = z
  .array(z.object({ spec: migrationSpecSchema, accepted: acceptedFindingsSchema.default([]) }))
  .min(1)
  .max(1_000)
const plannedAtOnce = z.number().int().min(1).max(16)
const author = { reason: z.string().max(1_000).optional(), token: z.string().max(100).optional() }

/** Moving machines between hosts, told beforehand. */
export const migrations = {
  targets: query('/migrations/targets', {
    permission: 'inventory.read',
    summary: 'Hosts that machines could move to, and why others are none',
    example: { machineIds: ['c1.m.5d3c'] },
  })
    .route({ method: 'POST' })
    .input(z.object({ machineIds: z.array(machineIdSchema).min(1).max(1_000) }))
    .output(z.array(migrationTargetSchema)),
  preflight: query('/migrations/preflight', {
    permission: 'inventory.read',
    summary: 'What would stop a move, what mends it, and how long it will take',
    example: { spec },
  })
    .route({ method: 'POST' })
    /** `beginsAtMs`: what it writes by then is looked at; all else is as it is now. */
    .input(z.object({ spec: migrationSpecSchema, beginsAtMs: z.number().int().min(0).optional() }))
    .output(preflightSchema),
  /**
   * A task that mends one finding. Throws `invalid-input` migration.mend-is-wish for one of the kind `spec`, which the caller takes over into
   * its wish, `not-found` migration.mend-gone, `unsupported` migration.cannot-make-alike.
   */
  mend: command('/migrations/mend', {
    permission: 'machine.migrate',
    summary: 'Mend what a pre-flight found',
    example: { spec, mend: { mend: 'start-pool', pool: 'vmstore' } },
    invalidates: ['migrations.preflight', 'migrations.mended'],
  })
    .input(z.object({ spec: migrationSpecSchema, mend: migrationMendSchema, ...author }))
    .output(z.object({ taskId: taskIdSchema })),
  mended: query('/migrations/mended', {
    permission: 'inventory.read',
    summary: 'What was mended for a move, and stands',
    example: { machineId: 'c1.m.5d3c', targetHostId: 'c2.h.1' },
  })
    .input(z.object({ machineId: machineIdSchema, targetHostId: hostIdSchema }))
    .output(z.array(mendedSchema)),
  /** Takes some seconds, and sends some megabytes from host to host. */
  measure: query('/migrations/measure', {
    permission: 'machine.migrate',
    summary: 'Measure how fast the guest writes to its memory, and the bandwidth between the hosts',
    example: { machineId: 'c1.m.5d3c', targetHostId: 'c2.h.1' },
  })
    .route({ method: 'POST' })
    .input(z.object({ machineId: machineIdSchema, targetHostId: hostIdSchema }))
    .output(migrationMeasureSchema),
  measured: query('/migrations/measured', {
    permission: 'inventory.read',
    summary: 'What was measured in the last half hour for a move, oldest first',
    example: { machineId: 'c1.m.5d3c', targetHostId: 'c2.h.1' },
  })
    .input(z.object({ machineId: machineIdSchema, targetHostId: hostIdSchema }))
    .output(z.array(measuredSampleSchema)),
  /**
   * One task, with a child for each machine when there are several. Judged now and anew just before each: of several the ones that cannot go
   * are `refused` and the others go. Throws when none can: `precondition` migration.blocked with the findings in `details`, migration.warned
   * or migration.new-warnings when one warns that `acceptsWarnings` does not accept, migration.none-can-move.
   */
  start: command('/migrations/start', {
    permission: 'machine.migrate',
    summary: 'Move machines to another host',
    example: { specs: [spec], acceptsWarnings: true },
    invalidates: ['migrations'],
  })
    .input(
      z.object({
        specs: z.array(migrationSpecSchema).min(1).max(1_000),
        /** True: all, those as well that only come until its turn. By machine: the ids of those that were read, and no others. */
        acceptsWarnings: z.union([z.boolean(), z.record(machineIdSchema, z.array(z.string().max(500)).max(200))]).default(false),
        /** At a time, of several. */
        atOnce: z.number().int().min(1).max(16).default(1),
        ...author,
      }),
    )
    .output(z.object({ taskId: taskIdSchema, accepted: z.number().int(), refused: z.array(refusedMoveSchema) })),
  plans: query('/migrations/plans', {
    permission: 'task.read',
    summary: 'Planned moves: what waits by its time, then what is over, newest first',
  })
    .input(z.object({ machineId: machineIdSchema.optional() }))
    .output(z.array(plannedMoveSchema)),
  /**
   * Moves that begin by the clock. The pre-flight counts that runs just before: what blocks, and what warns and is not in `accepted`, stops that
   * machine. Throws `invalid-input` migration.plan-past, migration.plan-upside-down, `conflict` migration.already-planned.
   */
  plan: command('/migrations/plan', {
    permission: 'machine.migrate',
    summary: 'Plan moves for a time or a window',
    example: { moves: [{ spec, accepted: ['clock.apart'] }], when },
    invalidates: ['migrations.plans'],
  })
    .input(
      z.object({
        moves: plannedMoves,
        when: planWhenSchema,
        /** At a time, of several. */
        atOnce: plannedAtOnce.default(1),
        ...author,
      }),
    )
    .output(z.object({ planId })),
  /**
   * While it waits. With `moves` all of it is as this says, and it goes in the name of whoever changes it. `revision`: as it was looked at. Throws
   * `not-found` migration.plan-unknown, `precondition` migration.plan-over, `conflict` migration.plan-changed, and what `plan` does.
   */
  changePlan: command('/migrations/change-plan', {
    permission: 'machine.migrate',
    summary: 'Give a planned move another time, or save over it',
    example: { planId: 'plan-1', when },
    invalidates: ['migrations.plans'],
  })
    .input(
      z.object({
        planId,
        when: planWhenSchema,
        moves: plannedMoves.optional(),
        atOnce: plannedAtOnce.optional(),
        revision: z.number().int().min(0).optional(),
      }),
    )
    .output(done),
  /** While it waits. Throws `not-found` migration.plan-unknown, `precondition` migration.plan-over. */
  cancelPlan: command('/migrations/cancel-plan', {
    permission: 'machine.migrate',
    summary: 'Cancel a planned move',
    example: { planId: 'plan-1' },
    invalidates: ['migrations.plans'],
  })
    .input(z.object({ planId }))
    .output(done),
  /** While it runs. Throws `precondition` migration.not-running. */
  tune: command('/migrations/tune', {
    permission: 'machine.migrate',
    summary: 'Change bandwidth or downtime of a running move, or switch it to post-copy',
    example: { taskId: 't1', postCopy: true },
  })
    .input(
      z.object({
        taskId: taskIdSchema,
        bandwidthBytesPerS: bandwidthSchema.optional(),
        maxDowntimeMs: downtimeSchema.optional(),
        postCopy: z.literal(true).optional(),
      }),
    )
    .output(done),
  /** Of one that broke in post-copy: at once, in place of at the next try. Throws `precondition` migration.nothing-to-resume. */
  resume: command('/migrations/resume', {
    permission: 'machine.migrate',
    summary: 'Take a move that broke in post-copy up again now',
    example: { taskId: 't1' },
  })
    .input(z.object({ taskId: taskIdSchema }))
    .output(done),
  records: query('/migrations/records', {
    permission: 'task.read',
    summary: 'Moves that ended, beside what was foretold, newest first',
  })
    .input(
      z.object({
        machineId: machineIdSchema.optional(),
        sourceHostId: hostIdSchema.optional(),
        targetHostId: hostIdSchema.optional(),
        limit: z.coerce.number().int().min(1).max(1_000).default(100),
      }),
    )
    .output(z.array(migrationRecordSchema)),
  /** The state of a move whenever it changes, at most twice a second, until it has ended; of one that ended within the last hour its last word. */
  watch: stream('/migrations/watch', { permission: 'task.read', summary: 'Follow a move', example: { taskId: 't1' } })
    .input(z.object({ taskId: taskIdSchema }))
    .output(eventIterator(migrationLiveSchema)),
}
