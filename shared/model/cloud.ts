import { z } from 'zod'

export const CLOUD_IDS = ['aws', 'azure', 'gcp'] as const
export const cloudIdSchema = z.enum(CLOUD_IDS)
export type CloudId = z.infer<typeof cloudIdSchema>

export function isCloudId(providerId: string | undefined): providerId is CloudId {
  return (CLOUD_IDS as readonly (string | undefined)[]).includes(providerId)
}

interface AccountPart {
  readonly connectionId: string
  readonly nativeRef: string
  readonly account?: string | null
}

/** The connections through which a part of this one's account is seen as well: it was added twice, and each machine stands there twice. */
export function sameAccounts<C extends string>(connectionId: C, parts: Iterable<AccountPart & { readonly connectionId: C }>): C[] {
  const all = [...parts].filter(({ account }) => account !== null && account !== undefined)
  const keyOf = ({ account, nativeRef }: AccountPart) => `${account} ${nativeRef}`
  const own = new Set(all.filter((part) => part.connectionId === connectionId).map(keyOf))
  return [...new Set(all.filter((part) => part.connectionId !== connectionId && own.has(keyOf(part))).map((part) => part.connectionId))]
}

/** How its price is agreed. `spot`: it can be taken away at short notice. */
export const PURCHASES = ['on-demand', 'spot', 'reserved'] as const

/** What is paid for as it is now. `compute`: CPU and memory too, which some clouds go on charging for when it is off. `storage`: disks and addresses only. */
export const BILLINGS = ['compute', 'storage'] as const

/** What a machine of a cloud has beside what all machines have. */
export const cloudFactsSchema = z.object({
  /** The cloud's own id: `i-0abc…`, a resource id, a number. */
  id: z.string(),
  /** Such as `m7i.large`, `Standard_D2s_v5`, `e2-medium`. */
  type: z.string().nullable(),
  region: z.string(),
  zone: z.string().nullable(),
  arch: z.string().nullable(),
  /** What its licence is priced as; null: not told. */
  platform: z.enum(['linux', 'windows']).nullable(),
  image: z.object({ id: z.string(), name: z.string().nullable() }).nullable(),
  purchase: z.enum(PURCHASES).nullable(),
  billing: z.enum(BILLINGS).nullable(),
  /** A plain stop goes on charging for CPU and memory; only `deallocate` ends that. */
  stopBills: z.boolean(),
  /** It can be saved to its disk and stopped, after which CPU and memory cost nothing. Null: not told. */
  hibernates: z.boolean().nullable().default(null),
  /** It refuses to be deleted until that is taken off. Null: not told. */
  isProtected: z.boolean().nullable(),
  /** When it was made, in Unix milliseconds. */
  createdAtMs: z.number().nullable(),
  keyName: z.string().nullable(),
  /** Security groups, or what decides what may reach it. */
  groups: z.array(z.object({ id: z.string(), name: z.string() })),
  disks: z.array(
    z.object({ id: z.string(), name: z.string(), sizeBytes: z.number().nullable(), type: z.string().nullable(), boot: z.boolean() }),
  ),
  publicAddresses: z.array(z.string()),
})
export type CloudFacts = z.infer<typeof cloudFactsSchema>

/** Whether it goes on costing CPU and memory once it was stopped the plain way. Pure: the button says so before it is pressed. */
export function costsAfterStop(machine: { readonly cloud: CloudFacts | null }): boolean {
  return machine.cloud?.stopBills === true
}

/** A tag of a cloud as one string: `key=value`, or the key alone when it has no value. */
export function tagOf(key: string, value: string): string {
  return value === '' ? key : `${key}=${value}`
}

/** The first `=` divides: keys that have one themselves are not told apart, which clouds discourage. */
export function keyAndValue(tag: string): { readonly key: string; readonly value: string } {
  const at = tag.indexOf('=')
  return at < 1 ? { key: tag, value: '' } : { key: tag.slice(0, at), value: tag.slice(at + 1) }
}

/** What a missing permission takes away. */
export const CLOUD_FEATURES = [
  'inventory',
  'power',
  'delete',
  'resize',
  'tags',
  'protection',
  'disks',
  'snapshots',
  'images',
  'networks',
  'metrics',
  'create',
  'transfer',
  'serial',
  'screenshot',
  'run-command',
  'events',
  'many-at-once',
] as const
export type CloudFeature = (typeof CLOUD_FEATURES)[number]

/** One permission as the check found it. */
export const cloudPermissionSchema = z.object({
  /** In the cloud's own words: `ec2:StopInstances`. */
  name: z.string(),
  /** `unknown`: it could not be found out without doing it. */
  state: z.enum(['granted', 'missing', 'unknown']),
  features: z.array(z.enum(CLOUD_FEATURES)),
  /** Where: a subscription, a project; null: the whole account. */
  scope: z.string().nullable(),
  /** What the cloud said against it. */
  detail: z.string().nullable(),
})
export type CloudPermission = z.infer<typeof cloudPermissionSchema>

/** What can be chosen for a field of the configuration, found with the credentials that were typed in. */
export const cloudChoicesSchema = z.object({
  /** Name of the field: `regions`, `subscriptions`, `projects`. */
  field: z.string(),
  choices: z.array(z.object({ value: z.string(), label: z.string(), disabledReason: z.string().nullable() })),
})
export type CloudChoices = z.infer<typeof cloudChoicesSchema>

/** The least an account must be allowed, to copy. */
export const cloudPolicySchema = z.object({
  /** `read`: to look. `operate`: to act as well. */
  id: z.enum(['read', 'operate']),
  format: z.enum(['json', 'yaml', 'shell']),
  text: z.string(),
})
export type CloudPolicy = z.infer<typeof cloudPolicySchema>

/** A type of machine that can be chosen. */
export const machineTypeSchema = z.object({
  name: z.string(),
  vcpus: z.number(),
  memoryKiB: z.number(),
  arch: z.string().nullable(),
  family: z.string().nullable(),
  gpus: z.number(),
  /** Why a machine that was asked about cannot have it; null: it can, or nobody was asked about. */
  reason: z.string().nullable(),
})
export type MachineType = z.infer<typeof machineTypeSchema>

export const CLOUD_RESOURCE_KINDS = ['image', 'disk', 'snapshot', 'address', 'network', 'subnet', 'firewall', 'key', 'zone'] as const
export const cloudResourceKindSchema = z.enum(CLOUD_RESOURCE_KINDS)
export type CloudResourceKind = z.infer<typeof cloudResourceKindSchema>

/** Something of an account that is no machine, to read. */
export const cloudResourceSchema = z.object({
  kind: cloudResourceKindSchema,
  id: z.string(),
  name: z.string(),
  region: z.string().nullable(),
  zone: z.string().nullable(),
  /** The cloud's own word. Of a zone: why no machine can be made there; null: it can. */
  state: z.string().nullable(),
  sizeBytes: z.number().nullable(),
  createdAtMs: z.number().nullable(),
  /** References of machines that use it. */
  usedBy: z.array(z.string()),
  tags: z.array(z.string()),
  /** What is native to it, in its order: rules of a firewall, CIDRs, the type of a disk. */
  properties: z.array(z.object({ key: z.string(), value: z.string() })),
})
export type CloudResource = z.infer<typeof cloudResourceSchema>

/** A new machine of a cloud. */
export const cloudMachineSpecSchema = z.object({
  name: z.string().trim().min(1).max(63),
  zone: z.string().nullable(),
  type: z.string().min(1),
  imageId: z.string().min(1),
  /** A subnet's id, or a network's where the cloud has no subnets to choose; null: the default one. */
  subnetId: z.string().nullable(),
  groupIds: z.array(z.string()).max(16),
  publicAddress: z.boolean(),
  /** Name of a key pair the cloud has; null: none. */
  keyName: z.string().nullable(),
  /** A public key in OpenSSH's form, where the cloud takes one; null: none. */
  sshKey: z.string().max(16_384).nullable(),
  user: z.string().max(32).nullable(),
  tags: z.array(z.string()).max(50),
})
export type CloudMachineSpec = z.infer<typeof cloudMachineSpecSchema>

/** Calls to a cloud: what was used and what is allowed. */
export const callBudgetSchema = z.object({
  usedLastMinute: z.number(),
  perMinute: z.number(),
  /** The cloud asked for fewer until then. */
  throttledUntilMs: z.number().nullable(),
})
export type CallBudgetView = z.infer<typeof callBudgetSchema>

/** What a command inside a machine answered. */
export const commandOutcomeSchema = z.object({ exitCode: z.number().nullable(), stdout: z.string(), stderr: z.string() })
export type CommandOutcome = z.infer<typeof commandOutcomeSchema>
