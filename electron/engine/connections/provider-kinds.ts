import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { AppError } from '../../../shared/errors/index.ts'
import type { Connection, Workspace } from '../../../shared/model/index.ts'
import type { ProviderDefinition } from '../../providers/provider.ts'

export type Config = Connection['config']

/** The providers by id, and what an unknown one or a wrong configuration is answered with. */
export class ProviderKinds {
  readonly #byId: ReadonlyMap<string, ProviderDefinition>

  constructor(providers: readonly ProviderDefinition[]) {
    this.#byId = new Map(providers.map((provider) => [provider.id, provider]))
  }

  all(): Iterable<ProviderDefinition> {
    return this.#byId.values()
  }

  /** Throws `not-found` provider.unknown. */
  get(id: string): ProviderDefinition {
    const provider = this.#byId.get(id)
    if (provider) return provider
    throw new AppError({ kind: 'not-found', code: 'provider.unknown', message: `There is no kind of connection "${id}".`, details: { id } })
  }

  find(id: string): ProviderDefinition | undefined {
    return this.#byId.get(id)
  }

  /** Whether secrets kept for a connection may be used with that configuration: it names the same target. */
  isSameTarget(connection: Connection, provider: ProviderDefinition, config: Config): boolean {
    if (connection.providerId !== provider.id) return false
    // What an older release wrote gets the defaults of this one; what cannot be read names no target.
    const kept = provider.configSchema.safeParse(connection.config)
    if (!kept.success) return false
    const before = withoutUndefined(kept.data) as Config
    return provider.targetFields.every((field) => JSON.stringify(before[field]) === JSON.stringify(config[field]))
  }

  /** The configuration as the provider's schema gives it. Throws `invalid-input` connection.bad-config naming each field. */
  parse(provider: ProviderDefinition, config: unknown): Config {
    const parsed = provider.configSchema.safeParse(config)
    if (parsed.success) return z.record(z.string(), z.json()).parse(withoutUndefined(parsed.data))
    const issues = parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }))
    throw new AppError({
      kind: 'invalid-input',
      code: 'connection.bad-config',
      message: `The configuration does not fit: ${issues.map(({ path, message }) => `${path}: ${message}`).join('; ')}`,
      details: { issues },
    })
  }
}

/** Optional fields that a schema left as undefined are simply not there: JSON knows no undefined. */
function withoutUndefined(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown
}

/** A short id that no other has: 50 random bits. The ids of all objects behind a connection begin with it. */
export function newId(prefix: 'c' | 'w' | 'p'): string {
  const letters = '0123456789abcdefghjkmnpqrstvwxyz'
  return prefix + Array.from(randomBytes(10), (byte) => letters[byte % 32]).join('')
}

/** Throws `not-found` workspace.unknown. */
export function knownWorkspace(workspace: Workspace | undefined): Workspace {
  if (workspace) return workspace
  throw new AppError({ kind: 'not-found', code: 'workspace.unknown', message: 'This workspace is not known (any more).' })
}

/** Throws `not-found` connection.unknown. */
export function knownConnection(connection: Connection | undefined): Connection {
  if (connection) return connection
  throw new AppError({ kind: 'not-found', code: 'connection.unknown', message: 'This connection is not known (any more).' })
}
