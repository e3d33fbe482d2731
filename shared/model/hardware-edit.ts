import { z } from 'zod'
import { reasonSchema } from './connection.ts'
import {
  cpuSpecSchema,
  DISK_BUSES,
  DISK_CACHES,
  DISK_FORMATS,
  diskSpecSchema,
  NIC_MODELS,
  nicSpecSchema,
  volumePlaceSchema,
} from './machine-spec.ts'

/**
 * Changes of a machine's virtual hardware. A machine has up to two definitions: what runs, and what the next start reads. A device goes by
 * its key, which the provider chooses (`disk:vda`, `nic:52:54:00:…`): the same device has the same key in both definitions.
 */

/**
 * When a change counts: in the machine that runs, from the next start on, or both. `split`: both for the fields that can, the others from the
 * next start on. Of a machine that is off only `next-start`.
 */
export const EDIT_TIMES = ['now', 'next-start', 'both', 'split'] as const
export const editTimeSchema = z.enum(EDIT_TIMES)
export type EditTime = z.infer<typeof editTimeSchema>

export const deviceKeySchema = z.string().min(1).max(300)
/** A password of a display in it would stand in journals and histories: it stays as it is, and is set on the host. */
const definitionXmlSchema = z
  .string()
  .min(1)
  .max(2_000_000)
  .refine((xml) => !/\spasswd\s*=\s*["']/.test(xml), 'definition-with-password')
/** As the kernel writes lists of processors and nodes: `0-3,8,^2`. */
const idListSchema = z
  .string()
  .regex(/^\^?\d{1,5}(-\d{1,5})?(,\^?\d{1,5}(-\d{1,5})?)*$/, 'not-an-id-list')
  .max(1_000)
const kib = z
  .number()
  .int()
  .min(1_024)
  .max(2 ** 46)
const limit = z
  .number()
  .int()
  .min(1)
  .max(2 ** 50)
  .nullable()
  .default(null)

/** Of a disk; null: no limit. A total excludes the two it is the sum of. */
export const ioLimitsSchema = z
  .object({
    totalBytesPerS: limit,
    readBytesPerS: limit,
    writeBytesPerS: limit,
    totalIops: limit,
    readIops: limit,
    writeIops: limit,
  })
  .refine((io) => io.totalBytesPerS === null || (io.readBytesPerS === null && io.writeBytesPerS === null), {
    message: 'total-excludes-parts',
    path: ['totalBytesPerS'],
  })
  .refine((io) => io.totalIops === null || (io.readIops === null && io.writeIops === null), {
    message: 'total-excludes-parts',
    path: ['totalIops'],
  })
export type IoLimits = z.infer<typeof ioLimitsSchema>

/** Of one direction of a card, in KiB a second and KiB; null: no limit. `inbound` is what the guest receives. */
const rateSchema = z.object({
  averageKiBPerS: z.number().int().min(1),
  peakKiBPerS: z.number().int().min(1).nullable(),
  burstKiB: z.number().int().min(1).nullable(),
})
export const nicLimitsSchema = z.object({ inbound: rateSchema.nullable().default(null), outbound: rateSchema.nullable().default(null) })
export type NicLimits = z.infer<typeof nicLimitsSchema>

/** What a drive may hold. */
export const mediaSchema = z.union([
  volumePlaceSchema,
  z.object({
    path: z
      .string()
      .regex(/^\/[^\p{Cc}\p{Cs}]+$/u, 'not-a-path')
      .max(4_096),
  }),
])

export const NUMA_MODES = ['strict', 'preferred', 'interleave', 'restrictive'] as const

/** Fields that are left out stay as they are. */
export const hardwareEditSchema = z.discriminatedUnion('edit', [
  z.object({
    edit: z.literal('setVcpus'),
    vcpus: z.number().int().min(1).max(4_096),
    maxVcpus: z.number().int().min(1).max(4_096).optional(),
  }),
  z.object({ edit: z.literal('setCpu'), cpu: cpuSpecSchema }),
  z.object({ edit: z.literal('setMemory'), memoryKiB: kib, maxMemoryKiB: kib.optional() }),
  /** First choice first. Devices that are not named are not started from. */
  z.object({ edit: z.literal('setBoot'), order: z.array(deviceKeySchema).max(64), menu: z.boolean().optional() }),
  /** Host processors for each vCPU that is named, and for the emulator; null: any. */
  z.object({
    edit: z.literal('setPinning'),
    vcpus: z.array(z.object({ vcpu: z.number().int().min(0), cpus: idListSchema.nullable() })).max(4_096),
    emulator: idListSchema.nullable().optional(),
  }),
  /** `nodes` null: no binding. */
  z.object({ edit: z.literal('setNuma'), mode: z.enum(NUMA_MODES), nodes: idListSchema.nullable() }),
  /** Null takes a limit away. */
  z.object({
    edit: z.literal('setTune'),
    cpuShares: z.number().int().min(2).max(262_144).nullable().optional(),
    /** Of one host processor for each vCPU, in percent. */
    cpuQuotaPercent: z.number().min(1).max(100).nullable().optional(),
    memoryHardLimitKiB: kib.nullable().optional(),
    memorySoftLimitKiB: kib.nullable().optional(),
    ioWeight: z.number().int().min(10).max(1_000).nullable().optional(),
  }),
  /** A volume that is there, or a new one of that name, which is made first. `name` only for a new one; null: the console chooses. */
  z.object({
    edit: z.literal('addDisk'),
    disk: diskSpecSchema,
    name: volumePlaceSchema.shape.volume.nullable().default(null),
    readOnly: z.boolean().default(false),
  }),
  /** A drive with or without something in it. */
  z.object({ edit: z.literal('addDrive'), bus: z.enum(DISK_BUSES), media: mediaSchema.nullable() }),
  z.object({
    edit: z.literal('changeDisk'),
    device: deviceKeySchema,
    bus: z.enum(DISK_BUSES).optional(),
    cache: z.enum(DISK_CACHES).optional(),
    discard: z.boolean().optional(),
    readOnly: z.boolean().optional(),
    shareable: z.boolean().optional(),
    limits: ioLimitsSchema.optional(),
  }),
  /** Never smaller. */
  z.object({
    edit: z.literal('resizeDisk'),
    device: deviceKeySchema,
    capacityBytes: z
      .number()
      .int()
      .min(1_048_576)
      .max(2 ** 50),
  }),
  /** Null takes out what is in it. `force`: even if the guest has locked the drive. */
  z.object({ edit: z.literal('setMedia'), device: deviceKeySchema, media: mediaSchema.nullable(), force: z.boolean().default(false) }),
  z.object({
    edit: z.literal('addNic'),
    nic: nicSpecSchema,
    filter: z.string().min(1).max(200).nullable().default(null),
    limits: nicLimitsSchema.default({ inbound: null, outbound: null }),
  }),
  z.object({
    edit: z.literal('changeNic'),
    device: deviceKeySchema,
    /** Whether its cable is in. */
    linkUp: z.boolean().optional(),
    source: nicSpecSchema.shape.source.optional(),
    model: z.enum(NIC_MODELS).optional(),
    filter: z.string().min(1).max(200).nullable().optional(),
    limits: nicLimitsSchema.optional(),
  }),
  /** A device of the host, by its name in the options. */
  z.object({ edit: z.literal('addHostDevice'), hostDevice: z.string().min(1).max(300) }),
  /** Of a disk its file stays. */
  z.object({ edit: z.literal('removeDevice'), device: deviceKeySchema }),
  z.object({ edit: z.literal('addDevice'), xml: definitionXmlSchema }),
  z.object({ edit: z.literal('changeDevice'), device: deviceKeySchema, xml: definitionXmlSchema }),
  /** The whole definition that the next start reads. */
  z.object({ edit: z.literal('setDefinition'), xml: definitionXmlSchema }),
])
export type HardwareEdit = z.infer<typeof hardwareEditSchema>
export type HardwareEditInput = z.input<typeof hardwareEditSchema>
export type HardwareEditId = HardwareEdit['edit']

const editableDiskSchema = z.object({
  key: deviceKeySchema,
  target: z.string(),
  device: z.enum(['disk', 'cdrom', 'floppy', 'lun']),
  bus: z.string().nullable(),
  /** Path, device or network name; null: nothing is in it. */
  source: z.string().nullable(),
  /** Where that is a volume of a pool. */
  place: volumePlaceSchema.nullable(),
  format: z.string().nullable(),
  cache: z.enum(DISK_CACHES),
  discard: z.boolean(),
  readOnly: z.boolean(),
  shareable: z.boolean(),
  limits: ioLimitsSchema,
  /** Null: not known. */
  capacityBytes: z.number().nullable(),
})
const editableNicSchema = z.object({
  key: deviceKeySchema,
  mac: z.string(),
  model: z.string().nullable(),
  /** network, bridge, direct, user, … */
  kind: z.string(),
  source: z.string().nullable(),
  linkUp: z.boolean(),
  filter: z.string().nullable(),
  limits: nicLimitsSchema,
  /** On the host, while it runs: vnet0. */
  target: z.string().nullable(),
})
const otherDeviceSchema = z.object({ key: deviceKeySchema, kind: z.string(), name: z.string(), summary: z.string(), xml: z.string() })

/** What can be edited in one definition. */
export const editableHardwareSchema = z.object({
  vcpus: z.number().int(),
  maxVcpus: z.number().int(),
  cpu: z.object({
    mode: z.string().nullable(),
    model: z.string().nullable(),
    topology: z.object({ sockets: z.number(), cores: z.number(), threads: z.number() }).nullable(),
  }),
  memoryKiB: z.number(),
  maxMemoryKiB: z.number(),
  boot: z.object({ order: z.array(deviceKeySchema), menu: z.boolean() }),
  pinning: z.object({ vcpus: z.array(z.object({ vcpu: z.number().int(), cpus: z.string() })), emulator: z.string().nullable() }),
  numa: z.object({ mode: z.string(), nodes: z.string() }).nullable(),
  tune: z.object({
    cpuShares: z.number().nullable(),
    cpuQuotaPercent: z.number().nullable(),
    memoryHardLimitKiB: z.number().nullable(),
    memorySoftLimitKiB: z.number().nullable(),
    ioWeight: z.number().nullable(),
  }),
  disks: z.array(editableDiskSchema),
  nics: z.array(editableNicSchema),
  /** Devices of the host and all others; their XML by itself. */
  others: z.array(otherDeviceSchema),
})
export type EditableHardware = z.infer<typeof editableHardwareSchema>
export type EditableDisk = EditableHardware['disks'][number]
export type EditableNic = EditableHardware['nics'][number]

export const hardwareViewSchema = z.object({
  /** Of both definitions together: what an edit is based on. Another console's edit gives another one. */
  revision: z.string(),
  /** Null: it is off. */
  running: editableHardwareSchema.nullable(),
  /** What the next start reads; null: it has no definition on disk and is gone once it is off. */
  kept: editableHardwareSchema.nullable(),
  runningXml: z.string().nullable(),
  keptXml: z.string().nullable(),
  /** What the next start will change, in the order of the definition. */
  pending: z.array(
    z.object({
      /** Null: it is no device's. */
      device: deviceKeySchema.nullable(),
      /** Dotted: `memoryKiB`, `disk.cache`, `nic.source`, `device` for one that comes or goes. */
      field: z.string(),
      running: z.string().nullable(),
      kept: z.string().nullable(),
    }),
  ),
  /** What the guest that runs was told from here to make do with, as long as it has not got there; null: nothing that is known of. */
  memoryAskedKiB: z.number().nullable(),
  observedAtMs: z.number(),
})
export type HardwareView = z.infer<typeof hardwareViewSchema>
export type PendingChange = HardwareView['pending'][number]

export const HOST_DEVICE_KINDS = ['pci', 'usb', 'mdev'] as const
export const hostDeviceSchema = z.object({
  /** As the host calls it: pci_0000_00_1f_2. */
  name: z.string(),
  kind: z.enum(HOST_DEVICE_KINDS),
  /** 0000:00:1f.2, 1-4, a UUID. */
  address: z.string(),
  vendor: z.string().nullable(),
  product: z.string().nullable(),
  driver: z.string().nullable(),
  iommuGroup: z.number().int().nullable(),
  /** Devices of the same IOMMU group, which the host loses along with it. */
  groupMates: z.array(z.object({ name: z.string(), product: z.string().nullable(), driver: z.string().nullable() })),
  /** Name of the machine whose definition holds it. */
  usedBy: z.string().nullable(),
  /** Why it cannot be given away; null: it can. */
  reason: reasonSchema.nullable(),
})
export type HostDevice = z.infer<typeof hostDeviceSchema>

/** What this host can give to this machine. */
export const hardwareOptionsSchema = z.object({
  /** Why it cannot be edited at all; null: it can. */
  reason: reasonSchema.nullable(),
  maxVcpus: z.number().int(),
  hostMemoryKiB: z.number().nullable(),
  cells: z.array(z.object({ id: z.number().int(), cpus: z.array(z.number().int()), memoryKiB: z.number().nullable() })),
  diskBuses: z.array(z.string()),
  diskFormats: z.array(z.enum(DISK_FORMATS)),
  nicModels: z.array(z.string()),
  filters: z.array(z.string()),
  hostDevices: z.array(hostDeviceSchema),
})
export type HardwareOptions = z.infer<typeof hardwareOptionsSchema>

const possibleSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true) }),
  z.object({ ok: z.literal(false), reason: reasonSchema }),
])
export const hardwarePreviewSchema = z.object({
  /** Whether it can be done to the machine that runs, as far as can be told without doing it. */
  now: possibleSchema,
  nextStart: possibleSchema,
  /** What should be known before: `memory.below-used`, `host-device.group`, … */
  warnings: z.array(reasonSchema),
  /** Definitions before and after; null: that one does not change. */
  kept: z.object({ before: z.string(), after: z.string() }).nullable(),
  running: z.object({ before: z.string(), after: z.string() }).nullable(),
  /** Of an edit that cannot be done to the machine that runs as a whole, while some of its fields can; null: of no other. */
  split: z
    .object({
      /** Fields that can count now, as `pending` names them. */
      now: z.array(z.string()),
      rest: z.array(z.object({ field: z.string(), reason: reasonSchema })),
      running: z.object({ before: z.string(), after: z.string() }).nullable(),
    })
    .nullable(),
})
export type HardwarePreview = z.infer<typeof hardwarePreviewSchema>

/** One definition as it was before a change. */
export const definitionVersionSchema = z.object({
  id: z.string(),
  /** When it was replaced. */
  atMs: z.number(),
  actor: z.string().nullable(),
  /** Where the change came from; `outside`: not from this console. */
  origin: z.string(),
  taskId: z.string().nullable(),
  /** The edit or action that replaced it, such as `setMemory` or `rename`; `outside` when it is not known. */
  edit: z.string(),
  /** Which of the two it is: what the next start reads, or what ran. Only the former can be taken back. */
  definition: z.enum(['kept', 'running']),
})
export type DefinitionVersion = z.infer<typeof definitionVersionSchema>
