import { z } from 'zod'
import { wireErrorSchema } from '../errors/schema.ts'
import { freshnessSchema } from './freshness.ts'
import { connectionIdSchema, hostIdSchema, networkIdSchema, poolIdSchema, workspaceIdSchema } from './ids.ts'
import { MACHINE_ACTIONS } from './machine.ts'
import { sharedPlaceSchema } from './shared-place.ts'

/** A customer, a team, a lab: connections belong to exactly one. */
export const workspaceSchema = z.object({
  id: workspaceIdSchema,
  name: z.string(),
  createdAtMs: z.number(),
  /** Holds the made-up fleet; said everywhere, removed in one click. */
  demo: z.boolean(),
})
export type Workspace = z.infer<typeof workspaceSchema>

/** Why something cannot be done: a code with parameters for the catalogue, and an English fallback. */
export const reasonSchema = z.object({ code: z.string(), text: z.string(), params: z.record(z.string(), z.string()).optional() })
export type Reason = z.infer<typeof reasonSchema>

/** What a connection can do at all, told by its provider once connected: absent means supported. */
export const providerCapabilitiesSchema = z.object({ unsupported: z.partialRecord(z.enum(MACHINE_ACTIONS), reasonSchema) })
export type ProviderCapabilities = z.infer<typeof providerCapabilitiesSchema>

export const CONNECTION_STATUSES = [
  'connecting',
  'online',
  /** Link lost or never had; tried again at `nextAttemptAtMs`. */
  'offline',
  /** A person has to act (password, host key, permission): not tried again by itself. */
  'needs-attention',
  'disabled',
] as const

export const connectionSchema = z.object({
  id: connectionIdSchema,
  workspaceId: workspaceIdSchema,
  providerId: z.string(),
  name: z.string(),
  /** The provider's non-secret configuration, as its configSchema parsed it. */
  config: z.record(z.string(), z.json()),
  revision: z.number().int(),
  observedAtMs: z.number(),
  status: z.enum(CONNECTION_STATUSES),
  freshness: freshnessSchema,
  error: wireErrorSchema.nullable(),
  nextAttemptAtMs: z.number().nullable(),
  lastOnlineAtMs: z.number().nullable(),
  /** `user@host:port`, or what names the far side best. */
  address: z.string(),
  capabilities: providerCapabilitiesSchema.nullable(),
})
export type Connection = z.infer<typeof connectionSchema>
export type ConnectionStatus = Connection['status']

/** What machines belong to. A cloud has no hosts to show: there it is the part of an account that is read and trusted as one. */
export const HOST_KINDS = ['hypervisor', 'region', 'subscription', 'project'] as const

export const hostSchema = z.object({
  id: hostIdSchema,
  connectionId: connectionIdSchema,
  nativeRef: z.string(),
  revision: z.number().int(),
  /** The last time the host as a whole confirmed what is known of it. */
  observedAtMs: z.number(),
  freshness: freshnessSchema,
  name: z.string(),
  /** Absent in what an older console kept. */
  kind: z.enum(HOST_KINDS).default('hypervisor'),
  /** The cloud's own id of the account it is part of; null: not told, or no cloud. Tells an account that was added twice. */
  account: z.string().nullable().default(null),
  hypervisor: z.string(),
  versions: z.array(z.object({ name: z.string(), version: z.string() })),
  cpuModel: z.string().nullable(),
  cpus: z.number().int().nullable(),
  sockets: z.number().int().nullable(),
  coresPerSocket: z.number().int().nullable(),
  threadsPerCore: z.number().int().nullable(),
  cpuMhz: z.number().nullable(),
  memoryKiB: z.number().nullable(),
  memoryFreeKiB: z.number().nullable(),
  cpuPercent: z.number().nullable(),
})
export type Host = z.infer<typeof hostSchema>

export const networkSchema = z.object({
  id: networkIdSchema,
  connectionId: connectionIdSchema,
  hostId: hostIdSchema,
  nativeRef: z.string(),
  revision: z.number().int(),
  observedAtMs: z.number(),
  name: z.string(),
  active: z.boolean(),
  autostart: z.boolean().nullable(),
  persistent: z.boolean(),
  /** nat, route, isolated, bridge, open, … */
  forward: z.string().nullable(),
  bridge: z.string().nullable(),
  cidrs: z.array(z.string()),
})
export type Network = z.infer<typeof networkSchema>

export const poolSchema = z.object({
  id: poolIdSchema,
  connectionId: connectionIdSchema,
  hostId: hostIdSchema,
  nativeRef: z.string(),
  revision: z.number().int(),
  observedAtMs: z.number(),
  name: z.string(),
  /** dir, logical, netfs, rbd, … */
  type: z.string(),
  active: z.boolean(),
  autostart: z.boolean().nullable(),
  persistent: z.boolean(),
  capacityBytes: z.number().nullable(),
  allocationBytes: z.number().nullable(),
  availableBytes: z.number().nullable(),
  target: z.string().nullable(),
  /** Its source, where several hosts may see the same; null: it is this host's alone. Absent: an older console kept it. */
  shared: sharedPlaceSchema.nullable().optional(),
})
export type Pool = z.infer<typeof poolSchema>
