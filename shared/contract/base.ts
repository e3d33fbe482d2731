import { oc } from '@orpc/contract'
import { z } from 'zod'

/** What a caller must be allowed to do. Roles are sets of these. */
export const PERMISSIONS = [
  'system.read',
  'settings.read',
  'settings.write',
  'inventory.read',
  'connection.write',
  'machine.operate',
  'machine.modify',
  'machine.create',
  'machine.delete',
  'machine.console',
  'machine.migrate',
  'volume.read',
  'volume.write',
  'network.write',
  'task.read',
  'task.control',
  'event.read',
  'audit.read',
  'view.write',
] as const
export type Permission = (typeof PERMISSIONS)[number]

export interface MethodMeta {
  /** query: reads. command: changes something, audited. stream: an async iterator until the caller stops. */
  readonly kind: 'query' | 'command' | 'stream'
  readonly permission: Permission
  /** Dotted prefixes of queries whose cached answers are void after this command, such as `views`. */
  readonly invalidates: readonly string[]
  /** A valid input, shown in the documentation and tried by a test against the schema. */
  readonly example: unknown
}

/** Marks a schema as secret: its values are redacted from logs and the audit by type, and no output may hold one. */
export const secretRegistry = z.registry<{ readonly secret: true }>()

/** A password, passphrase or key. Travels from the page to the engine once and never comes back. */
export const secretSchema = z.string().max(100_000).register(secretRegistry, { secret: true })

/** To what was asked while logging in: one for each question, used once; null refuses to answer. */
export const answers = z.array(secretSchema).max(100).nullable()

/** A host key as a person has confirmed it. */
export const hostKeyChoiceSchema = z.object({ host: z.string(), port: z.number().int(), keyType: z.string(), fingerprint: z.string() })

const base = oc.$meta<MethodMeta>({ kind: 'query', permission: 'system.read', invalidates: [], example: {} })

type Options = {
  readonly permission: Permission
  readonly summary: string
  readonly example?: unknown
  readonly invalidates?: readonly string[]
}

/** `GET`-like: reads, may be repeated. */
export function query(path: `/${string}`, options: Options) {
  return base
    .meta({ kind: 'query', permission: options.permission, invalidates: [], example: options.example ?? {} })
    .route({ method: 'GET', path, summary: options.summary, tags: [path.split('/')[1] ?? ''] })
}

/** Changes something; parsed, permitted, audited. */
export function command(path: `/${string}`, options: Options) {
  return base
    .meta({ kind: 'command', permission: options.permission, invalidates: options.invalidates ?? [], example: options.example ?? {} })
    .route({ method: 'POST', path, summary: options.summary, tags: [path.split('/')[1] ?? ''] })
}

/** An endless or long answer as an async iterator; over HTTP as server-sent events. */
export function stream(path: `/${string}`, options: Options) {
  return base
    .meta({ kind: 'stream', permission: options.permission, invalidates: [], example: options.example ?? {} })
    .route({ method: 'POST', path, summary: options.summary, tags: [path.split('/')[1] ?? ''] })
}

/** Input of methods that take nothing. */
export const nothing = z.object({})
export const done = z.object({ done: z.literal(true) })

/** Pages: `cursor` is opaque and comes from the previous answer. */
export const pageInput = { limit: z.coerce.number().int().min(1).max(1_000).default(100), cursor: z.string().max(200).optional() }
