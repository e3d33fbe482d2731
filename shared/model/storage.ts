import { z } from 'zod'
import { reasonSchema } from './connection.ts'
import { machineIdSchema, poolIdSchema } from './ids.ts'
import { sharedPlaceSchema } from './shared-place.ts'

/** Pools of storage of a host, and what is found in them. */

/** What libvirt takes as the name of a pool. */
export const poolNameSchema = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[^\s/\p{Cc}\p{Cs}.-][^/\p{Cc}\p{Cs}]*$/u, 'not-a-pool-name')
const pathSchema = z
  .string()
  .max(4_096)
  .regex(/^\/[^\p{Cc}\p{Cs}]*$/u, 'not-a-path')
const nameOnHost = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.+:/-]*$/, 'not-a-name')
const hostNameSchema = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[A-Za-z0-9][A-Za-z0-9.:-]*$/, 'not-a-host-name')

export const POOL_TYPES = ['dir', 'netfs', 'logical', 'disk', 'iscsi', 'rbd', 'zfs', 'scsi'] as const
export type PoolType = (typeof POOL_TYPES)[number]

/** Where a pool's bytes are. */
export const poolSourceSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('dir'), path: pathSchema }),
  z.object({
    type: z.literal('netfs'),
    host: hostNameSchema,
    exportPath: pathSchema,
    format: z.enum(['auto', 'nfs', 'glusterfs', 'cifs']).default('auto'),
    /** Where the host mounts it. */
    path: pathSchema,
  }),
  /** A volume group that is there, or, built, a new one on these devices. */
  z.object({ type: z.literal('logical'), group: nameOnHost, devices: z.array(pathSchema).max(32).default([]) }),
  z.object({ type: z.literal('disk'), device: pathSchema, label: z.enum(['gpt', 'dos']).default('gpt') }),
  z.object({
    type: z.literal('iscsi'),
    host: hostNameSchema,
    target: z
      .string()
      .min(1)
      .max(255)
      .regex(/^[\w.:-]+$/, 'not-an-iqn'),
  }),
  z.object({
    type: z.literal('rbd'),
    monitors: z.array(hostNameSchema).min(1).max(16),
    pool: nameOnHost,
  }),
  z.object({ type: z.literal('zfs'), pool: nameOnHost, devices: z.array(pathSchema).max(32).default([]) }),
  z.object({ type: z.literal('scsi'), adapter: nameOnHost }),
])
export type PoolSource = z.infer<typeof poolSourceSchema>

export const poolSpecSchema = z.object({
  name: poolNameSchema,
  source: poolSourceSchema,
  autostart: z.boolean().default(true),
  /** Make what is not there yet: the folder, the volume group, the partition table. */
  build: z.boolean().default(false),
  /** With `build`: devices that hold something are written over. Without it they are refused. */
  overwrite: z.boolean().default(false),
})
export type PoolSpec = z.infer<typeof poolSpecSchema>

/** What a host could make a pool of, as it was found by itself. */
export const foundSourceSchema = z.object({ label: z.string(), source: poolSourceSchema })
export type FoundSource = z.infer<typeof foundSourceSchema>

/** Null in `types`: the host can. */
export const storageAbilitiesSchema = z.object({
  types: z.record(z.enum(POOL_TYPES), reasonSchema.nullable()),
  /** Why volumes cannot be wiped; null: they can. */
  wipe: reasonSchema.nullable(),
})
export type StorageAbilities = z.infer<typeof storageAbilitiesSchema>

/** What goes with a pool, before anybody agrees. */
export const poolRemovalSchema = z.object({
  volumes: z.number().int(),
  allocationBytes: z.number().nullable(),
  /** Machines whose disks lie in it. */
  usedBy: z.array(z.object({ machineId: machineIdSchema.nullable(), name: z.string() })),
  /** Why it cannot be taken away; null: it can. Its files stay in any case, unless `deleteTarget`. */
  reason: reasonSchema.nullable(),
})
export type PoolRemoval = z.infer<typeof poolRemovalSchema>

/** One row of a pool's list: what a look at the list alone tells. */
export const volumeRowSchema = z.object({
  name: z.string(),
  path: z.string(),
  /** Machines whose definitions name it. */
  owners: z.array(z.object({ machineId: machineIdSchema.nullable(), name: z.string() })),
  /** Null: not read yet. */
  facts: z
    .object({
      format: z.string().nullable(),
      capacityBytes: z.number(),
      allocationBytes: z.number(),
      backingPath: z.string().nullable(),
    })
    .nullable(),
})
export type VolumeRow = z.infer<typeof volumeRowSchema>

/**
 * A pool's list comes at once, in pieces so that a long one holds nobody up: `total` rows in all, by name, `offset` of them before these. What
 * each volume is comes after it, what is on screen first; facts of null: it has gone meanwhile. `unread`: volumes that could not be read.
 */
export const volumeListMessageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('rows'),
    rows: z.array(volumeRowSchema),
    offset: z.number().int(),
    total: z.number().int(),
    observedAtMs: z.number(),
  }),
  z.object({ type: z.literal('facts'), facts: z.array(volumeRowSchema.pick({ name: true, facts: true })) }),
  z.object({ type: z.literal('complete'), unread: z.number().int() }),
])
export type VolumeListMessage = z.infer<typeof volumeListMessageSchema>

/** A volume that no machine, snapshot or image names: of its host, and of the others that the console knows, where they may see it. */
export const orphanSchema = z.object({
  poolId: poolIdSchema,
  pool: z.string(),
  name: z.string(),
  path: z.string(),
  format: z.string().nullable(),
  capacityBytes: z.number(),
  allocationBytes: z.number(),
  /** Of its file; null: the host does not tell. */
  modifiedAtMs: z.number().nullable(),
  /**
   * Where other hosts may see it: another host's report may name the same one. Those that the console knows have been asked; who else uses it,
   * nobody can tell. Null: it is this host's alone.
   */
  shared: sharedPlaceSchema.nullable(),
})
export type Orphan = z.infer<typeof orphanSchema>

/** A volume that its own host does not name, and of which nobody knows whether another does, for this reason. */
export const undecidedSchema = orphanSchema.extend({ reason: reasonSchema })
export type Undecided = z.infer<typeof undecidedSchema>

export const orphanReportSchema = z.object({
  orphans: z.array(orphanSchema),
  /** Not called orphaned: another host has to be asked first. */
  undecided: z.array(undecidedSchema),
  /** Of all of them, as they lie on the disk. */
  totalBytes: z.number(),
  /** Pools and machines that could not be looked into: what they hold is not said to be orphaned. */
  unseen: z.array(reasonSchema),
  observedAtMs: z.number(),
})
export type OrphanReport = z.infer<typeof orphanReportSchema>
