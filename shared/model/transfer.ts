import { z } from 'zod'
import { reasonSchema } from './connection.ts'
import { hostIdSchema, machineIdSchema } from './ids.ts'
import { machineNameSchema } from './machine-spec.ts'
import { diskMoveSchema, migrationFindingSchema, nicMoveSchema } from './migration.ts'

/** Moving a machine that is off between worlds: hosts that do not reach each other, packages, clouds. */

/**
 * What becomes of the machine at the source once it is verified at the target. delete: its disks go as well; of one that went into a cloud only
 * once the cloud says that it runs there. A machine of a cloud is always kept: it is deleted there.
 */
export const TRANSFER_SOURCES = ['keep', 'undefine', 'delete'] as const
export const transferSourceSchema = z.enum(TRANSFER_SOURCES)
export type TransferSource = z.infer<typeof transferSourceSchema>

export const transferSpecSchema = z.object({
  machineId: machineIdSchema,
  /** A host, or the part of a cloud's account that stands for one. */
  targetHostId: hostIdSchema,
  /** Of a cloud: where in it; null: the first region the connection reads. */
  region: z.string().min(1).max(64).nullable().default(null),
  /** Of a cloud: what the machine shall be there; null, in each field: the smallest type that has its processors and memory, the default network. */
  cloud: z
    .object({
      zone: z.string().max(64).nullable().default(null),
      type: z.string().min(1).max(128).nullable().default(null),
      subnetId: z.string().max(512).nullable().default(null),
      publicAddress: z.boolean().default(false),
    })
    .nullable()
    .default(null),
  /** Disks that are not named are copied, unless both hosts see them. Of a cloud's machine they go by their names there. */
  disks: z.array(diskMoveSchema).max(256).default([]),
  /** Where disks go for which `disks` names no pool; null: the pool of the same name, or of a cloud's machine the one with the most room. */
  pool: z.string().min(1).max(255).nullable().default(null),
  nics: z.array(nicMoveSchema).max(256).default([]),
  /** What cards hang on that `nics` does not name; null: what has the same name, or of a cloud's machine the host's usual network. */
  network: nicMoveSchema.shape.on.nullable().default(null),
  rename: machineNameSchema.nullable().default(null),
  source: transferSourceSchema.default('keep'),
})
export type TransferSpec = z.infer<typeof transferSpecSchema>
export type TransferSpecInput = z.input<typeof transferSpecSchema>

/** console: streamed through this console. package: as an OVA. image-import: by a cloud's own import; image-export: by its export. */
export const TRANSFER_WAYS = ['console', 'package', 'image-import', 'image-export'] as const
export type TransferWay = (typeof TRANSFER_WAYS)[number]

/** What will be another than before. */
export const TRANSFER_TOPICS = [
  'drivers',
  'firmware',
  'disk-format',
  'network',
  'agent',
  'licence',
  'identity',
  'snapshots',
  'size',
] as const

export const transferStepSchema = z.object({
  id: z.string(),
  what: reasonSchema,
  /** Who does it: this console, by the task that it starts or by what it has a button for, or a person with the command. */
  by: z.enum(['console', 'person']),
  /** To be pasted into a shell; null: there is none. */
  command: z.string().nullable(),
  /** A command that shows that it was done, and what it has to show. */
  check: z.object({ command: z.string(), shows: z.string() }).nullable(),
  /** How much it sends or writes; null: nothing worth telling, or not known. */
  bytes: z.number().nullable(),
})
export type TransferStep = z.infer<typeof transferStepSchema>

export const transferCostSchema = z.object({
  what: reasonSchema,
  /** Null: no price is known here; the words say what is charged for. */
  usdPerMonth: z.number().nullable(),
  /** Where the figure is from, and of when. */
  source: z.string().nullable(),
})
export type TransferCost = z.infer<typeof transferCostSchema>

export const transferWaySchema = z.object({
  way: z.enum(TRANSFER_WAYS),
  /** task: `transfers.start` does all of it. elsewhere: other parts of the console do. run-book: a person does, with commands and checks. */
  done: z.enum(['task', 'elsewhere', 'run-book']),
  /** Why it cannot be gone; null: it can, as far as the findings let it. */
  obstacle: reasonSchema.nullable(),
  steps: z.array(transferStepSchema),
  costs: z.array(transferCostSchema),
  differs: z.array(z.object({ topic: z.enum(TRANSFER_TOPICS), reason: reasonSchema })),
  findings: z.array(migrationFindingSchema),
})
export type TransferWayPlan = z.infer<typeof transferWaySchema>

export const transferPlanSchema = z.object({
  /** The wish with all that was left open filled in. */
  spec: transferSpecSchema,
  machine: z.string(),
  source: z.object({ hostId: hostIdSchema, name: z.string(), providerId: z.string() }),
  target: z.object({ hostId: hostIdSchema, name: z.string(), providerId: z.string() }),
  /** Null: not known. */
  disks: z.array(
    z.object({
      target: z.string(),
      format: z.string().nullable(),
      capacityBytes: z.number().nullable(),
      allocationBytes: z.number().nullable(),
    }),
  ),
  /** The best one first. */
  ways: z.array(transferWaySchema),
  madeAtMs: z.number(),
})
export type TransferPlan = z.infer<typeof transferPlanSchema>
