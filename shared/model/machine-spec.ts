import { z } from 'zod'

/**
 * What a new machine is made of, in words that every hypervisor host understands. Pools and networks go by their names, which are unique on
 * a host and can be written by hand.
 */

/** What libvirt, and file systems, take as the name of a machine or a volume everywhere. */
export const machineNameSchema = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[^\s/\p{Cc}\p{Cs}.-][^/\p{Cc}\p{Cs}]*$/u, 'not-a-machine-name')
export const volumeNameSchema = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\s/\p{Cc}\p{Cs}.-][^/\p{Cc}\p{Cs}]*$/u, 'not-a-volume-name')
const deviceName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/, 'not-a-device-name')
/** Of one card: not a group address (IEEE 802, the lowest bit of the first byte). */
const macSchema = z
  .string()
  .regex(/^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/, 'not-a-mac')
  .refine((mac) => (Number.parseInt(mac.slice(0, 2), 16) & 1) === 0, 'mac-is-multicast')
  .refine((mac) => mac !== '00:00:00:00:00:00', 'mac-is-zero')

export const volumePlaceSchema = z.object({ pool: z.string().min(1).max(200), volume: volumeNameSchema })
/** A volume by the names of its pool and its own. */
export type VolumePlace = z.infer<typeof volumePlaceSchema>

export const DISK_FORMATS = ['qcow2', 'raw'] as const
export const DISK_BUSES = ['virtio', 'scsi', 'sata', 'ide', 'usb'] as const
export const DISK_CACHES = ['default', 'none', 'writeback', 'writethrough', 'directsync', 'unsafe'] as const
const MIN_DISK_BYTES = 1_048_576
const MAX_DISK_BYTES = 2 ** 50
const sizeBytes = z.number().int().min(MIN_DISK_BYTES).max(MAX_DISK_BYTES)

export const diskSourceSchema = z.discriminatedUnion('kind', [
  /** An empty disk. */
  z.object({ kind: z.literal('new'), pool: z.string().min(1), sizeBytes, format: z.enum(DISK_FORMATS) }),
  /** From an image: a whole copy, or an overlay that keeps only what differs and needs its base for ever. */
  z.object({
    kind: z.literal('image'),
    pool: z.string().min(1),
    base: volumePlaceSchema,
    mode: z.enum(['copy', 'linked']),
    /** Null: as large as the image. Never smaller. */
    sizeBytes: sizeBytes.nullable(),
    format: z.enum(DISK_FORMATS),
  }),
  /** A volume as it stands: used, not made, and never deleted when the build is taken back. */
  z.object({ kind: z.literal('existing'), pool: z.string().min(1), volume: volumeNameSchema }),
])

export const diskSpecSchema = z.object({
  source: diskSourceSchema,
  bus: z.enum(DISK_BUSES).default('virtio'),
  cache: z.enum(DISK_CACHES).default('default'),
  /** Blocks the guest frees are freed in the image. */
  discard: z.boolean().default(true),
  /** A thread of its own for its I/O; virtio and virtio-scsi only. */
  ioThread: z.boolean().default(false),
})
export type DiskSpec = z.infer<typeof diskSpecSchema>

export const NIC_MODELS = ['virtio', 'e1000e', 'e1000', 'rtl8139'] as const
export const nicSpecSchema = z.object({
  source: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('network'), network: z.string().min(1) }),
    z.object({ kind: z.literal('bridge'), bridge: deviceName, openVSwitch: z.boolean().default(false) }),
    z.object({
      kind: z.literal('macvtap'),
      device: deviceName,
      mode: z.enum(['bridge', 'vepa', 'private', 'passthrough']).default('bridge'),
    }),
  ]),
  /** Where the host can tag it: Open vSwitch, and networks and devices made for it. */
  vlan: z.number().int().min(1).max(4_094).nullable().default(null),
  model: z.enum(NIC_MODELS).default('virtio'),
  /** Null: the console chooses one. */
  mac: macSchema.nullable().default(null),
})
export type NicSpec = z.infer<typeof nicSpecSchema>

export const FIRMWARES = ['bios', 'uefi', 'uefi-secure'] as const
export const CPU_MODES = ['host-passthrough', 'host-model', 'maximum', 'custom'] as const
export const VIDEO_MODELS = ['virtio', 'vga', 'qxl', 'bochs', 'cirrus'] as const
export const WATCHDOGS = ['none', 'reset', 'poweroff', 'pause', 'inject-nmi'] as const
export const BOOT_DEVICES = ['disk', 'cdrom', 'network'] as const

export const cpuSpecSchema = z
  .object({
    vcpus: z.number().int().min(1).max(4_096),
    mode: z.enum(CPU_MODES),
    /** Of `custom`. */
    model: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'not-a-cpu-model')
      .optional(),
    /** Of `custom`: features on top of the model, or to leave out of it. */
    features: z
      .array(z.object({ name: z.string().regex(/^[a-z0-9][a-z0-9_.-]{0,63}$/i), policy: z.enum(['require', 'disable']) }))
      .max(500)
      .default([]),
    topology: z
      .object({ sockets: z.number().int().min(1), cores: z.number().int().min(1), threads: z.number().int().min(1) })
      .nullable()
      .default(null),
  })
  .refine((cpu) => cpu.mode !== 'custom' || cpu.model !== undefined, { message: 'cpu-model-missing', path: ['model'] })
  .refine((cpu) => cpu.topology === null || cpu.topology.sockets * cpu.topology.cores * cpu.topology.threads === cpu.vcpus, {
    message: 'topology-does-not-add-up',
    path: ['topology'],
  })

export const machineSpecSchema = z.object({
  /** Id of the catalogue (resources/os-catalogue.json). */
  os: z.string().min(1).max(100),
  title: z.string().max(1_000).nullable().default(null),
  description: z.string().max(100_000).nullable().default(null),
  tags: z.array(z.string().min(1).max(100)).max(100).default([]),
  firmware: z.enum(FIRMWARES).default('bios'),
  /** An emulated TPM 2.0. */
  tpm: z.boolean().default(false),
  /** Such as `q35`; null: the host's own choice. */
  machineType: deviceName.nullable().default(null),
  cpu: cpuSpecSchema,
  memoryMiB: z
    .number()
    .int()
    .min(16)
    .max(64 * 1_048_576),
  disks: z.array(diskSpecSchema).max(32),
  /** CD images in their drives. */
  media: z.array(volumePlaceSchema).max(4).default([]),
  nics: z.array(nicSpecSchema).max(32),
  /** What it starts from, first choice first. */
  boot: z.array(z.enum(BOOT_DEVICES)).min(1).max(3).default(['disk']),
  graphics: z.enum(['vnc', 'spice', 'none']).default('vnc'),
  video: z.enum(VIDEO_MODELS).default('virtio'),
  /** The guest agent's channel. */
  agent: z.boolean().default(true),
  /** The channel of qemu-vdagent, which shares the clipboard over VNC. */
  clipboard: z.boolean().default(false),
  watchdog: z.enum(WATCHDOGS).default('none'),
  /** Randomness from the host. */
  rng: z.boolean().default(true),
  autostart: z.boolean().default(false),
})
export type MachineSpec = z.infer<typeof machineSpecSchema>
export type MachineSpecInput = z.input<typeof machineSpecSchema>
