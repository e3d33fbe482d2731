import { z } from 'zod'
import { reasonSchema } from './connection.ts'
import { hostIdSchema, machineIdSchema, taskIdSchema } from './ids.ts'
import { machineNameSchema } from './machine-spec.ts'

/** Moving a machine from one host to another: what is wished, what would stop it, how long it will take, and how it went. */

/** live: it runs meanwhile. paused: it stands still meanwhile and runs on at the target. cold: it is off, its definition and disks move. */
export const MIGRATION_MODES = ['live', 'paused', 'cold'] as const
export type MigrationMode = (typeof MIGRATION_MODES)[number]

/**
 * Who leads. client: this console, step by step; the hosts need not log in to each other, and the real error is seen. peer: the source's own
 * daemon over SSH, which goes on when the console is gone.
 */
export const MIGRATION_CONTROLS = ['client', 'peer'] as const
export type MigrationControl = (typeof MIGRATION_CONTROLS)[number]

const targetName = z.string().min(1).max(64)
/** Of a pool or a network. */
const ownName = z.string().min(1).max(255)

/** A disk by its target in the guest (`vda`). */
export const diskMoveSchema = z.object({
  target: targetName,
  /** shared: the target host sees the same file or device. copy: into a volume that is made there. leave: empty drives and such. */
  how: z.enum(['shared', 'copy', 'leave']),
  /** Of `copy`: where to. Null: the pool of the same name, and the same volume name. */
  pool: z.string().min(1).max(255).nullable().default(null),
  volume: z
    .string()
    .max(255)
    .regex(/^(?!\.{1,2}$)[^/]+$/, 'not-a-volume-name')
    .nullable()
    .default(null),
})
export type DiskMove = z.infer<typeof diskMoveSchema>

/** A card by its MAC address, and what it hangs on over there. */
export const nicMoveSchema = z.object({
  mac: z.string().min(1).max(32),
  on: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('network'),
      name: z.string().min(1).max(255),
      /** The network's group of ports, with its VLAN and its limits. Absent: as before on the network of that name. Null: none. */
      portGroup: z.string().min(1).max(255).nullable().optional(),
    }),
    z.object({ kind: z.literal('bridge'), name: z.string().min(1).max(64) }),
  ]),
})
export type NicMove = z.infer<typeof nicMoveSchema>

/** Bytes a second. libvirt keeps a limit in whole MiB/s. */
export const bandwidthSchema = z.number().int().min(1_000_000).max(1_000_000_000_000)
/** Milliseconds. */
export const downtimeSchema = z.number().int().min(1).max(2_000_000)

export const migrationSpecSchema = z.object({
  machineId: machineIdSchema,
  targetHostId: hostIdSchema,
  mode: z.enum(MIGRATION_MODES),
  /** Disks that are not named stay as they are: seen by both hosts. */
  disks: z.array(diskMoveSchema).max(256).default([]),
  /** Cards that are not named hang on what has the same name there. */
  nics: z.array(nicMoveSchema).max(256).default([]),
  /** Its name over there; null: the same. */
  rename: machineNameSchema.nullable().default(null),
  control: z.enum(MIGRATION_CONTROLS).default('client'),
  /** Through the SSH connection of the two daemons in place of a port of its own; `peer` alone can. */
  tunnelled: z.boolean().default(false),
  /** May switch over before all memory is there. A link that fails then costs the machine's memory. */
  postCopy: z.boolean().default(false),
  /** Slows the guest down, more and more, when it writes faster than is copied. */
  autoConverge: z.boolean().default(false),
  compress: z.boolean().default(false),
  /** Connections side by side; 0: one. */
  parallel: z.number().int().min(0).max(32).default(0),
  /** Null: as fast as it goes. */
  bandwidthBytesPerS: bandwidthSchema.nullable().default(null),
  /** The guest may stand still for so long at the end. Null: the hypervisor's own (300 ms). */
  maxDowntimeMs: downtimeSchema.nullable().default(null),
  /** What may be lost, as it does not come along. tpm: what an emulated TPM keeps, of a machine that is off. */
  leave: z
    .array(z.enum(['tpm']))
    .max(8)
    .optional(),
  /** Of `copy`: what becomes of the files at the source once the machine is verified at the target. */
  sourceDisks: z.enum(['delete', 'keep']).default('keep'),
})
export type MigrationSpec = z.infer<typeof migrationSpecSchema>
export type MigrationSpecInput = z.input<typeof migrationSpecSchema>

/** What is looked at, in the order of the list. A finding belongs to one. */
export const MIGRATION_CHECKS = [
  'same-host',
  'busy',
  /** What was chosen, and what does not go together. */
  'options',
  'identity',
  'name',
  'versions',
  'machine-type',
  'cpu',
  'firmware',
  'tpm',
  'memory',
  'huge-pages',
  'host-devices',
  'disks',
  'pools',
  'space',
  'cache',
  'snapshots',
  'media',
  'networks',
  'display',
  'agent',
  'clock',
  'host-names',
  'ports',
  'trust',
  'bandwidth',
  'dirty-rate',
  /** What it writes at the time at which it moves. */
  'write-peak',
  'maintenance',
] as const
export type MigrationCheck = (typeof MIGRATION_CHECKS)[number]

/** What mends a finding. `spec` and `when` change the wish alone; the others are tasks on a host. */
export const migrationMendSchema = z.discriminatedUnion('mend', [
  z.object({ mend: z.literal('spec'), set: z.partialRecord(z.string(), z.json()) }),
  /** A pool like the source's, at the target. */
  z.object({ mend: z.literal('create-pool'), pool: ownName }),
  z.object({ mend: z.literal('start-pool'), pool: ownName }),
  /** A network like the source's, at the target. */
  z.object({ mend: z.literal('create-network'), network: ownName }),
  z.object({ mend: z.literal('start-network'), network: ownName }),
  z.object({ mend: z.literal('eject-media'), target: targetName }),
  /** A disk's cache mode that is safe for migration; counts from the next start on where the hypervisor cannot change it live. */
  z.object({ mend: z.literal('safe-cache'), target: targetName }),
  /** Asks the host's own time service to set its clock. */
  /** Begins at another time. */
  z.object({ mend: z.literal('when'), atMs: z.number() }),
  z.object({ mend: z.literal('set-clock'), side: z.enum(['source', 'target']) }),
])
export type MigrationMend = z.infer<typeof migrationMendSchema>

/** What was mended for a move, and stands. */
export const mendedSchema = z.object({
  taskId: taskIdSchema,
  mend: migrationMendSchema,
  atMs: z.number(),
  actor: z.string(),
  /** Its task can be taken back. */
  undoable: z.boolean(),
})
export type Mended = z.infer<typeof mendedSchema>

export const migrationFindingSchema = z.object({
  /** The same fact has the same id in the next look: `pools.missing:vmstore`. */
  id: z.string(),
  check: z.enum(MIGRATION_CHECKS),
  /** unknown: it could not be looked at; said, and no obstacle by itself. */
  severity: z.enum(['blocks', 'warns', 'passed', 'unknown']),
  /** What and why, in words. */
  reason: reasonSchema,
  /** The hosts' own facts behind it, to be read by who knows them; null: the words say all. */
  facts: z.string().nullable(),
  mends: z.array(z.object({ label: reasonSchema, mend: migrationMendSchema })),
})
export type MigrationFinding = z.infer<typeof migrationFindingSchema>

/** Eight of ten should lie between `low` and `high`. */
export const rangeSchema = z.object({ low: z.number(), likely: z.number(), high: z.number() })

/** What a move will take, with the range in which eight of ten should lie. */
export const migrationPredictionSchema = z.object({
  madeAtMs: z.number(),
  /** From the order to the machine being verified at the target. */
  totalMs: rangeSchema,
  downtimeMs: rangeSchema,
  /** Everything that goes over the wire: memory in its passes, and disks. */
  dataBytes: rangeSchema,
  memoryBytes: z.number(),
  diskBytes: z.number(),
  /** Rounds over the memory. */
  passes: z.number().int(),
  /** False: the guest writes faster than can be copied, so that it never ends by itself. */
  converges: z.boolean(),
  /** Ways out when it does not, in words. */
  waysOut: z.array(z.object({ label: reasonSchema, set: z.partialRecord(z.string(), z.json()) })),
  /** What it was computed from. Null: not known, and the range is wider for it. */
  dirtyBytesPerS: z.number().nullable(),
  bandwidthBytesPerS: z.number().nullable(),
  bandwidthFrom: z.enum(['measured', 'learned', 'limit', 'assumed']),
  /** Earlier moves that it was learned from: of this pair of hosts, and in all. */
  learnedFrom: z.object({ pair: z.number().int(), all: z.number().int() }),
  /** What the model alone said, in bytes and milliseconds: later predictions learn from how far it was off. */
  model: z
    .object({
      /** Memory that holds anything, sent at least once. */
      memoryBytes: z.number(),
      /** Sent once more because the guest wrote to it meanwhile. */
      againBytes: z.number(),
      diskBytes: z.number(),
      /** Measured between the hosts; null: it was not. */
      linkBytesPerS: z.number().nullable(),
      memoryMs: z.number(),
      diskMs: z.number(),
      /** The last bytes, which are sent while the guest stands still. */
      stopMs: z.number(),
    })
    .optional(),
})
export type MigrationPrediction = z.infer<typeof migrationPredictionSchema>

export const moveTakeSchema = z.object({
  what: z.enum(['memory', 'huge-pages', 'pool']),
  /** Of the pool, or the size of the pages; null: memory. */
  name: z.string().nullable(),
  /** At once, and with all that it may grow to. In bytes. */
  now: z.number(),
  most: z.number(),
  /** What the target has free of it. Null: not known. */
  free: z.number().nullable(),
  /** Of a pool that gives a volume all of its room when it is made: it does not grow with what is copied. */
  madeWhole: z.literal(true).optional(),
  /** What other moves that are on their way there will still take of it, which is not in `free`, and whose they are. */
  onTheWay: z.object({ now: z.number(), most: z.number(), names: z.array(z.string()) }).optional(),
})
/** What a machine takes of one thing at its target. */
export type MoveTake = z.infer<typeof moveTakeSchema>

export const preflightSchema = z.object({
  /** The wish with all that was left open filled in: how each disk goes, on what each card hangs. */
  spec: migrationSpecSchema,
  findings: z.array(migrationFindingSchema),
  /** Null: of a cold move without a copy there is nothing to predict, or the machine does not run. */
  prediction: migrationPredictionSchema.nullable(),
  /** What it takes at the target: of several in one order it is added up. */
  takes: z.array(moveTakeSchema),
  /** Host names, and their load before and after, where known. */
  source: z.object({ hostId: hostIdSchema, name: z.string(), memoryFreeKiB: z.number().nullable() }),
  target: z.object({ hostId: hostIdSchema, name: z.string(), memoryFreeKiB: z.number().nullable() }),
  checkedAtMs: z.number(),
})
export type Preflight = z.infer<typeof preflightSchema>

export const migrationTargetSchema = z.object({
  hostId: hostIdSchema,
  name: z.string(),
  /** Why it is no target at all; null: it may be one, the pre-flight says more. */
  reason: reasonSchema.nullable(),
  memoryFreeKiB: z.number().nullable(),
  cpuPercent: z.number().nullable(),
})
export type MigrationTarget = z.infer<typeof migrationTargetSchema>

/** What was measured, in bytes a second. Null: it could not be, and why. */
export const migrationMeasureSchema = z.object({
  dirtyBytesPerS: z.number().nullable(),
  bandwidthBytesPerS: z.number().nullable(),
  /** console: of a machine that is off, from its disk to here. Absent: from host to host. */
  through: z.enum(['console']).optional(),
  /** How much of its memory the guest wrote to in so many seconds: who writes to the same pages again dirties no more of them. */
  dirtied: z.array(z.object({ seconds: z.number(), bytes: z.number() })).optional(),
  notes: z.array(reasonSchema),
  measuredAtMs: z.number(),
})
export type MigrationMeasure = z.infer<typeof migrationMeasureSchema>

/** One measurement, in bytes a second: of the guest's writes, of the way between the hosts, or of both. Null: not of that. */
export const measuredSampleSchema = z.object({
  atMs: z.number(),
  dirtyBytesPerS: z.number().nullable(),
  bandwidthBytesPerS: z.number().nullable(),
})
export type MeasuredSample = z.infer<typeof measuredSampleSchema>

/** Of several that were to move: one that cannot, and why. */
export const refusedMoveSchema = z.object({
  machineId: machineIdSchema,
  name: z.string(),
  reason: reasonSchema,
  /** Of the pre-flight, what stops it. Empty: the reason is another. */
  findings: z.array(migrationFindingSchema),
})
export type RefusedMove = z.infer<typeof refusedMoveSchema>

export const MIGRATION_PHASES = [
  'checking',
  'preparing',
  'copying-disks',
  'copying-memory',
  'switching',
  'post-copy',
  'verifying',
  'cleaning',
  'done',
  'rolled-back',
] as const
export type MigrationPhase = (typeof MIGRATION_PHASES)[number]

/** What the task of a move says of it in its `params`: as long as the task is kept, whoever asks. */
export const moveParamsSchema = z.object({
  mode: z.enum(MIGRATION_MODES),
  control: z.enum(MIGRATION_CONTROLS),
  sourceHostId: hostIdSchema.optional(),
  targetHostId: hostIdSchema,
  /** Names of the hosts. */
  from: z.string().optional(),
  to: z.string(),
  /** Disks whose bytes are sent. */
  copied: z.number().int(),
  /** Its name over there, when that is another. */
  rename: z.string().optional(),
  /** The plan that it was begun by. */
  planId: z.string().optional(),
  bandwidthBytesPerS: z.number().nullable().optional(),
  maxDowntimeMs: z.number().nullable().optional(),
  prediction: migrationPredictionSchema.omit({ waysOut: true }).nullable().optional(),
  /** Its id over there, which the task holds as well. */
  arrivesAs: machineIdSchema.optional(),
  /** What it will take over there: others that go there meanwhile have to leave it that. */
  takes: z.array(moveTakeSchema).optional(),
})
export type MoveParams = z.infer<typeof moveParamsSchema>

/** A move as it goes. Null: not known (yet). */
export const migrationLiveSchema = z.object({
  taskId: taskIdSchema,
  machineId: machineIdSchema,
  atMs: z.number(),
  startedAtMs: z.number(),
  phase: z.enum(MIGRATION_PHASES),
  memory: z.object({ total: z.number(), done: z.number(), remaining: z.number() }).nullable(),
  disk: z.object({ total: z.number(), done: z.number(), remaining: z.number() }).nullable(),
  iteration: z.number().int().nullable(),
  dirtyBytesPerS: z.number().nullable(),
  bandwidthBytesPerS: z.number().nullable(),
  /** How much of its time the guest is held back by auto-converge, in per cent. */
  throttlePercent: z.number().nullable(),
  expectedEndAtMs: z.number().nullable(),
  /**
   * It broke in post-copy: at the target, with a part of its memory at the source. Absent: it did not. `said`: why the last try came to
   * nothing, or what is waited for; null: none was made. `nextTryAtMs`: null while one is made.
   */
  broken: z
    .object({ sinceMs: z.number(), tries: z.number().int(), said: reasonSchema.nullable(), nextTryAtMs: z.number().nullable() })
    .optional(),
  /** What may be done now. Null: it may. */
  can: z.object({ bandwidth: reasonSchema.nullable(), downtime: reasonSchema.nullable(), postCopy: reasonSchema.nullable() }),
})
export type MigrationLive = z.infer<typeof migrationLiveSchema>

/** One move that ended, beside what was foretold. */
export const migrationRecordSchema = z.object({
  taskId: taskIdSchema,
  machineId: machineIdSchema,
  machineName: z.string(),
  sourceHostId: hostIdSchema,
  targetHostId: hostIdSchema,
  endedAtMs: z.number(),
  mode: z.enum(MIGRATION_MODES),
  control: z.enum(MIGRATION_CONTROLS),
  outcome: z.enum(['moved', 'stayed', 'unclear']),
  predicted: migrationPredictionSchema.nullable(),
  /** As the hypervisor counted them; null: it did not tell. */
  actual: z.object({
    totalMs: z.number(),
    downtimeMs: z.number().nullable(),
    dataBytes: z.number().nullable(),
    memoryBytesPerS: z.number().nullable(),
    passes: z.number().int().nullable(),
  }),
})
export type MigrationRecord = z.infer<typeof migrationRecordSchema>
