import { z } from 'zod'
import { cloudInitSchema } from './cloud-init.ts'
import { reasonSchema } from './connection.ts'
import { hostIdSchema, machineIdSchema, poolIdSchema } from './ids.ts'
import {
  CPU_MODES,
  FIRMWARES,
  machineNameSchema,
  machineSpecSchema,
  nicSpecSchema,
  VIDEO_MODELS,
  volumePlaceSchema,
} from './machine-spec.ts'
import { templateSchema } from './template.ts'

/** A choice, and why it cannot be made on this host; null: it can. */
const choice = <T extends readonly [string, ...string[]]>(names: T) => z.object({ id: z.enum(names), reason: reasonSchema.nullable() })

/** What a host can build, from its own words, and what it would choose. */
export const buildOptionsSchema = z.object({
  hostId: hostIdSchema,
  hostName: z.string(),
  arch: z.string(),
  /** kvm, or qemu where the host has no virtualisation of its own: slow. */
  hypervisor: z.string(),
  machineTypes: z.array(z.string()),
  firmwares: z.array(choice(FIRMWARES)),
  tpm: reasonSchema.nullable(),
  cpuModes: z.array(choice(CPU_MODES)),
  cpuModels: z.array(z.string()),
  hostCpuModel: z.string().nullable(),
  maxVcpus: z.number().int(),
  hostCpus: z.number().int().nullable(),
  hostMemoryMiB: z.number().int().nullable(),
  hostMemoryFreeMiB: z.number().int().nullable(),
  diskBuses: z.array(z.string()),
  videoModels: z.array(z.enum(VIDEO_MODELS)),
  graphics: z.array(choice(['vnc', 'spice', 'none'] as const)),
  clipboard: reasonSchema.nullable(),
  rng: reasonSchema.nullable(),
  pools: z.array(
    z.object({
      id: poolIdSchema,
      name: z.string(),
      type: z.string(),
      active: z.boolean(),
      availableBytes: z.number().nullable(),
      path: z.string().nullable(),
    }),
  ),
  networks: z.array(z.object({ name: z.string(), active: z.boolean(), forward: z.string().nullable(), cidrs: z.array(z.string()) })),
  bridges: z.array(z.object({ name: z.string(), openVSwitch: z.boolean() })),
  /** Network devices that a macvtap card can sit on. */
  devices: z.array(z.string()),
  /** A machine of sensible choices; the operating system's own needs are not in it. */
  defaults: machineSpecSchema,
})
export type BuildOptions = z.infer<typeof buildOptionsSchema>

/** A pattern such as `web-{nn}`: `{n}` counts, with as many digits at least as there are n. Without one the name is the only one's. */
export const namePatternSchema = z
  .string()
  .min(1)
  .max(128)
  .refine((pattern) => machineNameSchema.safeParse(pattern.replace(/\{n+\}/, '0')).success, 'not-a-machine-name')

/** The name of each of `count` machines. Without a place for a number, one gets it as it is and several get `-1`, `-2`, … */
export function namesOf(pattern: string, count: number, first: number): string[] {
  const place = /\{(n+)\}/.exec(pattern)
  if (!place) return count === 1 ? [pattern] : Array.from({ length: count }, (_, index) => `${pattern}-${first + index}`)
  const digits = place[1]?.length ?? 1
  return Array.from({ length: count }, (_, index) => pattern.replace(place[0], String(first + index).padStart(digits, '0')))
}

const { shape } = cloudInitSchema
/** cloud-init without what each machine gets of its own: host name, card, address. The password and the raw text are secrets, see the contract. */
export const cloudInitChoicesSchema = z.object({
  packages: shape.packages,
  upgrade: shape.upgrade,
  guestAgent: shape.guestAgent,
  locale: shape.locale,
  keyboard: shape.keyboard,
  timezone: shape.timezone,
  /** Added to the name where a full name is wanted: `example.org`. */
  domain: z.string().max(200).optional(),
  network: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('dhcp') }),
      z.object({
        kind: z.literal('static'),
        /** Of the first machine, with its prefix; the others count up from it. */
        address: z.union([z.cidrv4(), z.cidrv6()]),
        gateway: z.union([z.ipv4(), z.ipv6()]).optional(),
        dns: z
          .array(z.union([z.ipv4(), z.ipv6()]))
          .max(8)
          .default([]),
      }),
    ])
    .optional(),
})

/** One thing that stands in the way, or that one should know, before anything is made. */
export const buildFindingSchema = z.object({
  /** Stable: `build.name-taken`, `build.pool-too-small`, … */
  code: z.string(),
  severity: z.enum(['blocks', 'warns']),
  /** Of the request, such as `spec.disks.0.source.pool`; null: of the whole. */
  field: z.string().nullable(),
  text: z.string(),
  params: z.record(z.string(), z.string()),
  /** What would mend it with one click: a value for a field of the request. */
  mend: z.object({ code: z.string(), field: z.string(), value: z.json() }).nullable(),
})
export type BuildFinding = z.infer<typeof buildFindingSchema>

export const buildPreviewSchema = z.object({
  /** The first machine's. */
  name: z.string(),
  xml: z.string(),
  /** With the host's own defaults for this system, to show the differences to. Of a clone: the definition it comes from. */
  baseXml: z.string(),
  /** What the hypervisor itself says against it; null: it takes it, or says nothing before. */
  complaint: reasonSchema.nullable(),
})
export type BuildPreview = z.infer<typeof buildPreviewSchema>

/** What a clone may have that its original has not. Absent: as the original. */
export const cloneChangesSchema = z.object({
  vcpus: z.number().int().min(1).max(4_096).optional(),
  memoryMiB: z.number().int().min(16).optional(),
  /** By target such as `vda`; only larger. */
  diskSizes: z.record(z.string(), z.number().int().min(1)).optional(),
  /** Every card, in the original's order. */
  nics: z.array(nicSpecSchema).max(32).optional(),
  tags: z.array(z.string().min(1).max(100)).max(100).optional(),
  description: z.string().max(100_000).nullable().optional(),
})
export type CloneChanges = z.infer<typeof cloneChangesSchema>

/** What a machine is to its clones. */
export const cloneSourceSchema = z.object({
  machineId: machineIdSchema,
  name: z.string(),
  vcpus: z.number().int(),
  memoryMiB: z.number().int(),
  disks: z.array(
    z.object({
      target: z.string(),
      /** Null: it is in no pool, and cannot be copied. */
      place: volumePlaceSchema.nullable(),
      format: z.string().nullable(),
      capacityBytes: z.number().nullable(),
      allocationBytes: z.number().nullable(),
      /** Shared or read-only disks are used as they are. */
      copied: z.boolean(),
      /** Why it cannot be the base of an overlay; null: it can. */
      linkReason: reasonSchema.nullable(),
    }),
  ),
  nics: z.array(nicSpecSchema),
  firmware: z.enum(FIRMWARES),
  template: templateSchema.nullable(),
  /** What a clone will not have, and why one should care: host devices, a TPM's state. */
  warnings: z.array(reasonSchema),
})
export type CloneSource = z.infer<typeof cloneSourceSchema>
