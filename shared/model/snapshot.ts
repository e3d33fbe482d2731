import { z } from 'zod'
import { reasonSchema } from './connection.ts'
import { machineIdSchema } from './ids.ts'
import { machineNameSchema } from './machine-spec.ts'

/**
 * Snapshots of a machine and the files beneath them. An internal snapshot lives inside a qcow2 file; an external one makes the file
 * read-only and puts an overlay on top of it, so that whoever deletes the lower file destroys everything above.
 */

/** A file name may be made of it, so it is stricter than libvirt's own rule. */
export const snapshotNameSchema = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[^\s/\p{Cc}\p{Cs}.-][^/\p{Cc}\p{Cs}]*$/u, 'not-a-snapshot-name')
const tagSchema = z.string().min(1).max(100)

export const SNAPSHOT_KINDS = ['internal', 'external'] as const

export const snapshotSchema = z.object({
  name: z.string(),
  /** Null: it is a root. */
  parent: z.string().nullable(),
  /** The machine's data go on from here. */
  isCurrent: z.boolean(),
  createdAtMs: z.number(),
  description: z.string().nullable(),
  tags: z.array(z.string()),
  /** Id of the schedule that made it; null: a person did. */
  scheduleId: z.string().nullable(),
  /** `mixed`: some disks inside, some beside. */
  kind: z.enum([...SNAPSHOT_KINDS, 'mixed']),
  /** Of the machine when it was taken: running, stopped, paused; as libvirt calls others. */
  state: z.string(),
  hasMemory: z.boolean(),
  /** The guest's file systems stood still; null: nobody noted it. */
  wasFrozen: z.boolean().nullable(),
  disks: z.array(z.object({ target: z.string(), kind: z.enum([...SNAPSHOT_KINDS, 'none']), file: z.string().nullable() })),
  /** What it takes where it can be told: VM state, memory file, or the overlays that came after it. */
  sizeBytes: z.number().nullable(),
  /** Why its data cannot be come back to, by any way; null: they can. */
  noRevert: reasonSchema.nullable(),
  /** Why it cannot be deleted without losing data; null: it can. */
  noDelete: reasonSchema.nullable(),
})
export type Snapshot = z.infer<typeof snapshotSchema>

/** One image of a disk's chain. */
export const chainFileSchema = z.object({
  path: z.string(),
  pool: z.string().nullable(),
  volume: z.string().nullable(),
  format: z.string().nullable(),
  capacityBytes: z.number().nullable(),
  allocationBytes: z.number().nullable(),
  /** When the file was written last; null: the host does not tell. */
  writtenAtMs: z.number().nullable(),
  /** The machine writes into it. */
  isActive: z.boolean(),
  /** Names of the snapshots whose data need this file: those inside it, and those that it froze. */
  snapshots: z.array(z.string()),
  /** Names of other machines that stand on it. */
  usedBy: z.array(z.string()),
  /** Missing, moved, unreadable, a cycle; null: nothing is wrong. */
  problem: reasonSchema.nullable(),
})
export type ChainFile = z.infer<typeof chainFileSchema>

export const diskChainSchema = z.object({
  target: z.string(),
  /** The file that is written first, its bases after it. Branches that other snapshots need are in `others`. */
  files: z.array(chainFileSchema),
  /**
   * Files that are not beneath the active one: those that snapshots of this machine need, and those that stand on one of its files without any
   * snapshot needing them: what was written before the machine went back, and images of others. `base` is the path each stands on.
   */
  others: z.array(chainFileSchema.extend({ base: z.string().nullable() })),
})
export type DiskChain = z.infer<typeof diskChainSchema>

export const snapshotTreeSchema = z.object({
  /** Of the tree, the chains and the definition together; a command that is based on another one is refused. */
  revision: z.string(),
  snapshots: z.array(snapshotSchema),
  chains: z.array(diskChainSchema),
  /** Why a snapshot of that kind cannot be taken now; null: it can. */
  offers: z.object({
    internal: reasonSchema.nullable(),
    external: reasonSchema.nullable(),
    memory: reasonSchema.nullable(),
    freeze: reasonSchema.nullable(),
  }),
  /** A job that works on a disk now. */
  jobs: z.array(z.object({ target: z.string(), kind: z.string(), doneBytes: z.number(), totalBytes: z.number() })),
  observedAtMs: z.number(),
})
export type SnapshotTree = z.infer<typeof snapshotTreeSchema>

export const snapshotOperationSchema = z.discriminatedUnion('operation', [
  z.object({
    operation: z.literal('create'),
    name: snapshotNameSchema,
    description: z.string().max(10_000).nullable().default(null),
    tags: z.array(tagSchema).max(50).default([]),
    kind: z.enum(SNAPSHOT_KINDS),
    /** With what is in its memory: coming back, it runs on. */
    memory: z.boolean().default(false),
    /** Ask the guest to bring its file systems to rest; refused when its agent does not answer. */
    freeze: z.boolean().default(false),
  }),
  /**
   * The machine goes back. What it has written since is lost, unless `keepAs` names a snapshot that is taken first. Where libvirt cannot
   * revert, the console puts fresh overlays on the frozen files, and nothing of the chain is deleted.
   */
  z.object({
    operation: z.literal('revert'),
    name: snapshotNameSchema,
    keepAs: snapshotNameSchema.nullable().default(null),
    start: z.boolean().default(false),
  }),
  /** The snapshot alone; children then hang on its parent. Their data and those of the machine stay. */
  z.object({ operation: z.literal('delete'), name: snapshotNameSchema }),
  /** Writes files of a chain into the one beneath them (block commit): from `top` down into `base`. */
  z.object({ operation: z.literal('merge'), target: z.string().min(1).max(64), top: z.string().max(4_096), base: z.string().max(4_096) }),
  /** Draws everything beneath into the active file (block pull), which then stands alone. */
  z.object({ operation: z.literal('flatten'), target: z.string().min(1).max(64) }),
  /**
   * Deletes what was left behind when the machine went back: this file, on which nothing stands, and those beneath it that nothing else needs.
   * What was written there is lost for good.
   */
  z.object({ operation: z.literal('discard'), target: z.string().min(1).max(64), path: z.string().min(1).max(4_096) }),
  /** Another machine with the disks as they were then, whole copies. */
  z.object({ operation: z.literal('clone'), name: snapshotNameSchema, as: machineNameSchema }),
  z.object({
    operation: z.literal('describe'),
    name: snapshotNameSchema,
    description: z.string().max(10_000).nullable(),
    tags: z.array(tagSchema).max(50),
  }),
])
export type SnapshotOperation = z.infer<typeof snapshotOperationSchema>
export type SnapshotOperationInput = z.input<typeof snapshotOperationSchema>

/** A file of a branch that is discarded, as far as it is known what goes with it. */
export const branchFileSchema = chainFileSchema.pick({ path: true, pool: true, allocationBytes: true, writtenAtMs: true }).extend({
  /** Snapshots that lie inside the image and that no tree names any more; null: nobody could look. */
  inside: z.array(z.string()).nullable(),
  /** Snapshots that froze the file beneath: what is in this one was written since. */
  since: z.array(z.string()),
})
export type BranchFile = z.infer<typeof branchFileSchema>

/** What an operation would do, before anybody agrees to it. */
export const snapshotPlanSchema = z.object({
  /** Why it is refused; null: it is not. */
  reason: reasonSchema.nullable(),
  /** Where it is refused and another way leads to the same: that one. */
  instead: z.array(snapshotOperationSchema),
  /** In order, each in words: code and parameters. */
  steps: z.array(reasonSchema),
  /** What is lost for good: since when, which disks, which files. Empty: nothing. */
  losses: z.array(reasonSchema),
  warnings: z.array(reasonSchema),
  /** Files that go. */
  deletes: z.array(z.string()),
  freesBytes: z.number().nullable(),
  /** Of `discard`: those files with what is known of them, the uppermost first. */
  branch: z.array(branchFileSchema),
  /** Space that it needs in each pool, and what there is. */
  needs: z.array(z.object({ pool: z.string(), bytes: z.number(), availableBytes: z.number().nullable() })),
  /** The machine is off, or paused, meanwhile. */
  interrupts: z.enum(['no', 'paused', 'off']),
})
export type SnapshotPlan = z.infer<typeof snapshotPlanSchema>

/** Snapshots that are taken by the clock, and how many of them are kept. */
export const snapshotScheduleSchema = z.object({
  id: z.string(),
  name: z.string().min(1).max(200),
  isEnabled: z.boolean(),
  /** Machines by the query language at the time it runs: `tag:daily`. */
  query: z.string().trim().min(1).max(10_000),
  every: z.discriminatedUnion('unit', [
    z.object({ unit: z.literal('hours'), count: z.number().int().min(1).max(24) }),
    /** At this minute of the day, local time of the console; weekdays 1 (Monday) to 7. */
    z.object({
      unit: z.literal('days'),
      minuteOfDay: z.number().int().min(0).max(1_439),
      weekdays: z.array(z.number().int().min(1).max(7)).min(1).max(7),
    }),
  ]),
  kind: z.enum(SNAPSHOT_KINDS),
  freeze: z.boolean(),
  /** Given to each snapshot. */
  tag: tagSchema,
  /** Of its own snapshots of a machine, the newest are kept: so many, and besides one of each of the last days and weeks. */
  keep: z.object({
    last: z.number().int().min(1).max(1_000),
    days: z.number().int().min(0).max(366),
    weeks: z.number().int().min(0).max(520),
  }),
})
export type SnapshotSchedule = z.infer<typeof snapshotScheduleSchema>

export const RETENTION_RULES = ['last', 'days', 'weeks'] as const

/** Of one machine: what the next run of a schedule keeps and what goes. The newest first. */
export const retentionSchema = z.object({
  snapshots: z.array(
    z.object({
      /** Null: the one that the next run takes. */
      name: z.string().nullable(),
      atMs: z.number(),
      /** By which part of `keep`. Empty: it goes, unless `stays` says why not. */
      keptBy: z.array(z.enum(RETENTION_RULES)),
      /** Why it stays though nothing keeps it: its deletion is refused, or would lose data. */
      stays: reasonSchema.nullable(),
      /** What comes free when it goes; null: not known, or it stays. */
      freesBytes: z.number().nullable(),
    }),
  ),
  /** The next three times. */
  nextAtMs: z.array(z.number()),
})
export type Retention = z.infer<typeof retentionSchema>

export const scheduleRunSchema = z.object({
  scheduleId: z.string(),
  atMs: z.number(),
  /** Machines that were found, and those of which no snapshot could be taken. */
  machines: z.number().int(),
  failed: z.array(z.object({ machineId: machineIdSchema, name: z.string(), reason: reasonSchema })),
  taskId: z.string().nullable(),
})
export type ScheduleRun = z.infer<typeof scheduleRunSchema>
