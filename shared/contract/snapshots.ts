import { z } from 'zod'
import { machineIdSchema, taskIdSchema } from '../model/ids.ts'
import {
  retentionSchema,
  scheduleRunSchema,
  snapshotOperationSchema,
  snapshotPlanSchema,
  snapshotScheduleSchema,
  snapshotTreeSchema,
} from '../model/snapshot.ts'
import { command, done, nothing, query } from './base.ts'

const machine = z.object({ machineId: machineIdSchema })
const example = { machineId: 'c1.m.5d3c' }
const operation = { operation: 'create', name: 'before-upgrade', kind: 'external' }

/** Snapshots, the files beneath them, and what takes them by the clock. */
export const snapshots = {
  tree: query('/snapshots/tree', {
    permission: 'inventory.read',
    summary: 'Snapshots of a machine and the chain of files of each disk',
    example,
  })
    .input(machine)
    .output(snapshotTreeSchema),
  plan: query('/snapshots/plan', {
    permission: 'inventory.read',
    summary: 'What an operation on snapshots would do, lose and need, and why it is refused',
    example: { ...example, operation },
  })
    .route({ method: 'POST' })
    .input(machine.extend({ operation: snapshotOperationSchema }))
    .output(snapshotPlanSchema),
  /**
   * One task. Throws `conflict` snapshot.changed-meanwhile when `revision` is not the tree's any more, `precondition` with the chain in
   * `details` when it would lose data that nobody agreed to lose.
   */
  act: command('/snapshots/act', {
    permission: 'machine.modify',
    summary: 'Create, revert, delete, merge, flatten, discard a branch, or clone',
    example: { ...example, operation, revision: 'b3a1' },
    invalidates: ['snapshots'],
  })
    .input(
      machine.extend({
        operation: snapshotOperationSchema,
        revision: z.string().min(1).max(200),
        /** The losses that the plan named were shown and agreed to. */
        acceptsLosses: z.boolean().default(false),
        reason: z.string().max(1_000).optional(),
        token: z.string().max(100).optional(),
      }),
    )
    .output(z.object({ taskId: taskIdSchema })),
  schedules: query('/snapshots/schedules', { permission: 'inventory.read', summary: 'What takes snapshots by the clock, and how it went' })
    .input(nothing)
    .output(z.array(snapshotScheduleSchema.extend({ nextAtMs: z.number().nullable(), lastRun: scheduleRunSchema.nullable() }))),
  /** By the clock of the console, whose time zone may be another than that of who looks. */
  scheduleTimes: query('/snapshots/schedule-times', {
    permission: 'inventory.read',
    summary: 'The next three times of a schedule, kept or not',
    example: { every: { unit: 'hours', count: 6 } },
  })
    .route({ method: 'POST' })
    .input(z.object({ every: snapshotScheduleSchema.shape.every }))
    .output(z.object({ nextAtMs: z.array(z.number()) })),
  /** Of a schedule that is kept, or one that is being thought of. Its own snapshots are judged, those of nobody else. */
  retention: query('/snapshots/retention', {
    permission: 'inventory.read',
    summary: 'What the next run of a schedule keeps on a machine, by which rule, and what goes',
    example: {
      ...example,
      schedule: { id: 's1', every: { unit: 'hours', count: 6 }, tag: 'nightly', keep: { last: 3, days: 7, weeks: 4 } },
    },
  })
    .route({ method: 'POST' })
    .input(machine.extend({ schedule: snapshotScheduleSchema.pick({ id: true, every: true, tag: true, keep: true }) }))
    .output(retentionSchema),
  putSchedule: command('/snapshots/put-schedule', {
    permission: 'machine.modify',
    summary: 'Add or change a schedule',
    example: {
      schedule: {
        id: 's1',
        name: 'Nightly',
        isEnabled: true,
        query: 'tag:nightly',
        every: { unit: 'days', minuteOfDay: 120, weekdays: [1, 2, 3, 4, 5] },
        kind: 'external',
        freeze: false,
        tag: 'nightly',
        keep: { last: 3, days: 7, weeks: 4 },
      },
    },
    invalidates: ['snapshots.schedules'],
  })
    .input(z.object({ schedule: snapshotScheduleSchema }))
    .output(done),
  removeSchedule: command('/snapshots/remove-schedule', {
    permission: 'machine.modify',
    summary: 'End a schedule; its snapshots stay',
    example: { scheduleId: 's1' },
    invalidates: ['snapshots.schedules'],
  })
    .input(z.object({ scheduleId: z.string().min(1).max(200) }))
    .output(done),
}
