import { z } from 'zod'
import { cloudFactsSchema } from './cloud.ts'
import { connectionIdSchema, hostIdSchema, machineIdSchema, networkIdSchema } from './ids.ts'
import { templateSchema } from './template.ts'

/** The normalised states of a machine, the same for every provider. The native one stands beside it. */
export const MACHINE_STATES = [
  'running',
  'stopped',
  'paused',
  /** Suspended by the guest itself (S3). */
  'suspended',
  /** Off, with its memory kept on disk by managed save: a start resumes it. */
  'saved',
  'starting',
  'stopping',
  'migrating',
  'crashed',
  'unknown',
] as const
export const machineStateSchema = z.enum(MACHINE_STATES)
export type MachineState = z.infer<typeof machineStateSchema>

/** Something that wants a person's eye while the machine runs on: code and parameters, worded by the page. */
export const attentionSchema = z.object({ code: z.string(), text: z.string() })

/** Rates and levels of the last sample. null: not known, never 0. */
export const machineMetricsSchema = z.object({
  atMs: z.number(),
  /** Share of all its vCPUs, 0 to 100. */
  cpuPercent: z.number().nullable(),
  /** What the guest uses of its memory, from the balloon; null without statistics. */
  memoryUsedKiB: z.number().nullable(),
  diskReadBytesPerS: z.number().nullable(),
  diskWriteBytesPerS: z.number().nullable(),
  netRxBytesPerS: z.number().nullable(),
  netTxBytesPerS: z.number().nullable(),
})
export type MachineMetrics = z.infer<typeof machineMetricsSchema>

export const machineSchema = z.object({
  id: machineIdSchema,
  connectionId: connectionIdSchema,
  hostId: hostIdSchema,
  /** The provider's own reference; for libvirt the UUID. */
  nativeRef: z.string(),
  /** Counts up with each change the engine has seen. */
  revision: z.number().int(),
  /** When this record last changed or was confirmed by itself. See `seenAtMs` for the age shown in the page. */
  observedAtMs: z.number(),
  name: z.string(),
  state: machineStateSchema,
  /** The hypervisor's own words, such as `running (booted)`. */
  nativeState: z.string(),
  title: z.string().nullable(),
  description: z.string().nullable(),
  tags: z.array(z.string()),
  notes: z.string().nullable(),
  vcpus: z.number().int(),
  /** What it has now. */
  memoryKiB: z.number(),
  /** What it may grow to. */
  maxMemoryKiB: z.number(),
  os: z.string().nullable(),
  addresses: z.array(z.string()),
  networkIds: z.array(networkIdSchema),
  autostart: z.boolean().nullable(),
  /** A definition on disk exists: it survives being stopped. */
  persistent: z.boolean(),
  hasManagedSave: z.boolean(),
  /** The guest agent's channel: connected, there but silent, or not configured; null: not known. */
  agent: z.enum(['connected', 'disconnected', 'none']).nullable(),
  startedAtMs: z.number().nullable(),
  /** Set: machines are made from it, and it is not started itself. Absent in what an older console kept. */
  template: templateSchema.nullable().default(null),
  /** Of a machine of a cloud. Absent in what an older console kept. */
  cloud: cloudFactsSchema.nullable().default(null),
  attention: attentionSchema.nullable(),
  metrics: machineMetricsSchema.nullable(),
})
export type Machine = z.infer<typeof machineSchema>

/** What only machines of clouds know. */
export const CLOUD_ACTIONS = [
  'deallocate',
  'resize',
  'setProtection',
  'attachDisk',
  'detachDisk',
  'growDisk',
  'snapshotDisk',
  'createImage',
] as const

/** What can be done to a machine. One list for the page, the command line, the API and the providers. */
export const MACHINE_ACTIONS = [
  'start',
  'shutdown',
  'reboot',
  'reset',
  'powerOff',
  'suspend',
  'resume',
  'managedSave',
  'restore',
  'discardSave',
  'setAutostart',
  'rename',
  'setMetadata',
  'addDisplay',
  ...CLOUD_ACTIONS,
  'delete',
] as const
export const machineActionIdSchema = z.enum(MACHINE_ACTIONS)
export type MachineActionId = z.infer<typeof machineActionIdSchema>

/** An action with its parameters, as it goes to a provider. */
export const machineActionSchema = z.discriminatedUnion('action', [
  z.object({ action: z.literal('start') }),
  /** Asks the guest: agent first, then the ACPI power button. `method` narrows it to one. */
  z.object({
    action: z.literal('shutdown'),
    method: z.enum(['auto', 'agent', 'acpi']).default('auto'),
    /** How long the guest may take; afterwards the task fails with an offer to power off. Never escalates by itself. */
    deadlineMs: z.number().int().min(1_000).max(3_600_000).default(180_000),
    /** Where a stopped machine would go on costing (`cloud.stopBills`), give its CPU and memory back as well. Elsewhere it says nothing. */
    deallocate: z.boolean().optional(),
  }),
  z.object({ action: z.literal('reboot'), method: z.enum(['auto', 'agent', 'acpi']).default('auto') }),
  z.object({ action: z.literal('reset') }),
  z.object({ action: z.literal('powerOff') }),
  z.object({ action: z.literal('suspend') }),
  z.object({ action: z.literal('resume') }),
  z.object({ action: z.literal('managedSave') }),
  z.object({ action: z.literal('restore') }),
  z.object({ action: z.literal('discardSave') }),
  z.object({ action: z.literal('setAutostart'), autostart: z.boolean() }),
  z.object({ action: z.literal('rename'), name: z.string().min(1).max(255) }),
  /** Only the named fields change. Kept in the machine's own definition so that other consoles see them. */
  z.object({
    action: z.literal('setMetadata'),
    title: z.string().max(1_000).nullable().optional(),
    description: z.string().max(100_000).nullable().optional(),
    notes: z.string().max(100_000).nullable().optional(),
    /** A cloud's are `key=value`: 128 and 256 characters at most. */
    tags: z.array(z.string().min(1).max(400)).max(100).optional(),
    addTags: z.array(z.string().min(1).max(400)).max(100).optional(),
    removeTags: z.array(z.string().min(1).max(400)).max(100).optional(),
  }),
  /** A VNC display on the host's loopback, in the definition that the next start reads. One that is there already is enough. */
  z.object({ action: z.literal('addDisplay') }),
  /** Off, and its CPU and memory given back, so that they cost no more. A dynamic address may be another one afterwards. */
  z.object({ action: z.literal('deallocate') }),
  z.object({ action: z.literal('resize'), type: z.string().min(1).max(100) }),
  z.object({ action: z.literal('setProtection'), isProtected: z.boolean() }),
  /** Disks by their ids in the cloud. */
  z.object({ action: z.literal('attachDisk'), diskId: z.string().min(1).max(1_000) }),
  z.object({ action: z.literal('detachDisk'), diskId: z.string().min(1).max(1_000) }),
  /** Never smaller. The guest's file system is the guest's to grow. */
  z.object({ action: z.literal('growDisk'), diskId: z.string().min(1).max(1_000), sizeBytes: z.number().int().min(1_073_741_824) }),
  z.object({ action: z.literal('snapshotDisk'), diskId: z.string().min(1).max(1_000), name: z.string().min(1).max(63) }),
  /** A private image of the machine, to make others from. */
  z.object({ action: z.literal('createImage'), name: z.string().min(1).max(63) }),
  z.object({
    action: z.literal('delete'),
    /** Paths or keys of the disks to delete with it, as the deletion plan named them; the others stay. */
    diskKeys: z.array(z.string()).default([]),
    /** Of several machines each one's own, which then count in place of `diskKeys`: the same path may be another file elsewhere. */
    diskKeysOf: z.record(machineIdSchema, z.array(z.string())).optional(),
    /** Snapshots and checkpoints: what libvirt knows of them, not the data in the disks. */
    withSnapshots: z.boolean().default(false),
    withNvram: z.boolean().default(false),
    /** The emulated TPM's state: keys of disks that the guest encrypted may be in it. */
    withTpm: z.boolean().default(false),
    withManagedSave: z.boolean().default(false),
  }),
])
export type MachineAction = z.infer<typeof machineActionSchema>
/** What a hypervisor is asked for. */
export type HypervisorAction = Exclude<MachineAction, { readonly action: (typeof CLOUD_ACTIONS)[number] }>
export type MachineActionInput = z.input<typeof machineActionSchema>

export const TPM_FATES = ['chosen', 'goes', 'stays'] as const

/** What a deletion would take away, before anybody agrees to it. */
export const deletionPlanSchema = z.object({
  machineId: machineIdSchema,
  name: z.string(),
  state: machineStateSchema,
  disks: z.array(
    z.object({
      /** Name it in `diskKeys` to have it deleted. */
      key: z.string(),
      target: z.string(),
      format: z.string().nullable(),
      capacityBytes: z.number().nullable(),
      allocationBytes: z.number().nullable(),
      /** Other machines that use the same file: it must not go. */
      sharedWith: z.array(z.string()),
      deletable: z.boolean(),
      reason: z.string().nullable(),
    }),
  ),
  snapshots: z.array(z.string()),
  /** Points that incremental backups start from. They hold up a deletion as snapshots do, and go with them. */
  checkpoints: z.array(z.string()),
  nvram: z.string().nullable(),
  /**
   * What becomes of an emulated TPM's state: `chosen` by `withTpm`; or, where the host's libvirt leaves no choice, it goes or stays in any
   * case. Null: there is none.
   */
  tpm: z.enum(TPM_FATES).nullable(),
  hasManagedSave: z.boolean(),
  /** What could not be looked into for images that stand on a disk: pools that are off, and images that are in use by name. None where left out. */
  unseen: z.object({ pools: z.array(z.string()), images: z.array(z.string()) }).optional(),
})
export type DeletionPlan = z.infer<typeof deletionPlanSchema>

/** Virtual hardware, read-only, in the order of the definition. */
export const hardwareSchema = z.object({
  machineType: z.string().nullable(),
  arch: z.string().nullable(),
  firmware: z.string().nullable(),
  secureBoot: z.boolean(),
  cpu: z.object({
    model: z.string(),
    vcpus: z.number(),
    maxVcpus: z.number(),
    sockets: z.number().nullable(),
    cores: z.number().nullable(),
    threads: z.number().nullable(),
  }),
  memoryKiB: z.number(),
  maxMemoryKiB: z.number(),
  bootOrder: z.array(z.string()),
  devices: z.array(
    z.object({
      kind: z.string(),
      /** Target or alias: vda, vnet0, ua-… */
      name: z.string(),
      summary: z.string(),
      properties: z.array(z.object({ key: z.string(), value: z.string() })),
    }),
  ),
})
export type Hardware = z.infer<typeof hardwareSchema>

export const machineDetailSchema = z.object({
  hardware: hardwareSchema,
  /** The definition as the hypervisor gives it, unknown elements untouched; of a cloud the machine's own JSON. */
  xml: z.string(),
  format: z.enum(['xml', 'json']).default('xml'),
  inactiveXml: z.string().nullable(),
  observedAtMs: z.number(),
})
export type MachineDetail = z.infer<typeof machineDetailSchema>
