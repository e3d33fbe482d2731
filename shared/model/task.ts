import { z } from 'zod'
import { wireErrorSchema } from '../errors/schema.ts'
import { taskIdSchema } from './ids.ts'

export const TASK_STATES = ['queued', 'running', 'cancelling', 'succeeded', 'partly', 'failed', 'cancelled', 'needs-attention'] as const
export type TaskState = (typeof TASK_STATES)[number]
/** States in which nothing more happens by itself. `partly`: a bulk in which some targets failed. */
export const FINAL_TASK_STATES: ReadonlySet<TaskState> = new Set<TaskState>(['succeeded', 'partly', 'failed', 'cancelled'])

export const entityRefSchema = z.object({
  entity: z.enum(['workspace', 'connection', 'host', 'machine', 'network', 'pool', 'volume', 'task']),
  id: z.string(),
  name: z.string(),
})
export type EntityRef = z.infer<typeof entityRefSchema>

export const taskStepSchema = z.object({
  id: z.string(),
  state: z.enum(['pending', 'running', 'done', 'skipped', 'failed', 'undoing', 'undone', 'unknown']),
  startedAtMs: z.number().nullable(),
  endedAtMs: z.number().nullable(),
  /** Share of the whole task, any unit; fractions are computed from the sum. */
  weight: z.number(),
  cancel: z.enum(['now', 'boundary', 'never']),
  error: wireErrorSchema.nullable(),
})

export const progressSchema = z.object({
  /** 0 to 1. */
  fraction: z.number(),
  bytesDone: z.number().nullable(),
  bytesTotal: z.number().nullable(),
  bytesPerS: z.number().nullable(),
  /** What is waited for, a catalogue code such as `waiting-for-guest`. */
  note: z.string().nullable(),
})
export type TaskProgress = z.infer<typeof progressSchema>

export const taskSchema = z.object({
  id: taskIdSchema,
  parentId: taskIdSchema.nullable(),
  revision: z.number().int(),
  /** `machine.start`, `machine.delete`, …; a bulk has its children's kind. */
  kind: z.string(),
  /** Parameters worth showing; never a secret. */
  params: z.record(z.string(), z.json()),
  target: entityRefSchema.nullable(),
  connectionId: z.string().nullable(),
  /** Who asked, from where (page, cli, api, schedule), and their words why. */
  actor: z.string(),
  origin: z.string(),
  reason: z.string().nullable(),
  state: z.enum(TASK_STATES),
  steps: z.array(taskStepSchema),
  progress: progressSchema,
  createdAtMs: z.number(),
  startedAtMs: z.number().nullable(),
  endedAtMs: z.number().nullable(),
  error: wireErrorSchema.nullable(),
  /** Offered after the end: a code such as `powerOff` after a guest ignored its shutdown. */
  offers: z.array(z.string()),
  undoable: z.boolean(),
  /** Of a bulk: how its targets stand. */
  children: z
    .object({ total: z.number(), succeeded: z.number(), failed: z.number(), cancelled: z.number(), running: z.number() })
    .nullable(),
})
export type Task = z.infer<typeof taskSchema>
