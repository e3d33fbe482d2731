import { z } from 'zod'
import { reasonSchema } from './connection.ts'
import { machineIdSchema, taskIdSchema } from './ids.ts'
import { migrationSpecSchema } from './migration.ts'

/** Moves that begin by the clock. */

/** An IANA name (`Europe/Warsaw`): how the times were meant by whoever planned, to be shown; what counts is the instant. */
const zoneSchema = z.string().min(1).max(64).refine(isZone, 'This is no time zone.')
const instantSchema = z.number().int().min(0).max(8_640_000_000_000_000)

/** at: then, or within ten minutes after. window: as soon as it can between the two, and no later. */
export const planWhenSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('at'), atMs: instantSchema, zone: zoneSchema }),
  z.object({ kind: z.literal('window'), fromMs: instantSchema, untilMs: instantSchema, zone: zoneSchema }),
])
export type PlanWhen = z.infer<typeof planWhenSchema>

/**
 * planned: waits for its time, or within it for a host. starting: the pre-flight runs. started: its task runs, or ran. refused: the pre-flight, or
 * something else, said no. missed: its time went by. The last four are the end.
 */
export const PLAN_STATES = ['planned', 'starting', 'started', 'refused', 'missed', 'cancelled'] as const
export type PlanState = (typeof PLAN_STATES)[number]
export const OPEN_PLAN_STATES: ReadonlySet<PlanState> = new Set<PlanState>(['planned', 'starting'])

/** Findings that warned when it was planned, and were read, by their ids: others that warn stop it. */
export const acceptedFindingsSchema = z.array(z.string().max(300)).max(200)

export const plannedMoveSchema = z.object({
  id: z.string().min(1).max(100),
  moves: z
    .array(
      z.object({
        spec: migrationSpecSchema,
        /** Names of the machine and of the target, as they were when it was planned. */
        name: z.string(),
        to: z.string(),
        accepted: acceptedFindingsSchema,
      }),
    )
    .min(1),
  when: planWhenSchema,
  /** At a time, of several. */
  atOnce: z.number().int(),
  actor: z.string(),
  origin: z.string(),
  reason: z.string().nullable(),
  plannedAtMs: z.number(),
  /** Goes up when somebody changes what is planned. */
  revision: z.number().int().default(0),
  state: z.enum(PLAN_STATES),
  /** It was tried within its time, and is tried again: when last, and what was in the way. */
  tried: z.object({ atMs: z.number(), reason: reasonSchema }).nullable(),
  /** Since when it is what it is. */
  sinceMs: z.number(),
  /** Of started. */
  taskId: taskIdSchema.nullable(),
  /** Of refused and missed: why. */
  why: reasonSchema.nullable(),
  /** Of started: machines of it that stayed, and why. */
  stayed: z.array(z.object({ machineId: machineIdSchema, name: z.string(), reason: reasonSchema })),
})
export type PlannedMove = z.infer<typeof plannedMoveSchema>

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
