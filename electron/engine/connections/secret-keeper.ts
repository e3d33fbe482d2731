import { toAppError } from '../../../shared/errors/index.ts'
import type { ConnectionId } from '../../../shared/model/index.ts'
import type { ProviderDefinition, Secrets } from '../../providers/provider.ts'
import type { SecretStore } from '../secret-store.ts'

/** The secrets of connections: kept ones from the secret store, others for this run only. */
export class SecretKeeper {
  readonly #store: SecretStore
  readonly #session = new Map<ConnectionId, Map<string, string>>()

  constructor(store: SecretStore) {
    this.#store = store
  }

  /** All a provider asks for that is there. Throws `precondition` secrets.locked when some is sealed. */
  async read(id: ConnectionId, provider: ProviderDefinition): Promise<Secrets> {
    const session = this.#session.get(id)
    const secrets: Record<string, string> = {}
    for (const { name } of provider.secretFields) {
      const value = session?.get(name) ?? (await this.#store.get(id, name))
      if (value !== null && value !== undefined) secrets[name] = value
    }
    return secrets
  }

  /** Which of them are there, sealed ones included. */
  async names(id: ConnectionId, provider: ProviderDefinition): Promise<readonly string[]> {
    const names: string[] = []
    for (const { name } of provider.secretFields) {
      const isSession = this.#session.get(id)?.has(name) ?? false
      if (isSession || (await this.#isStored(id, name))) names.push(name)
    }
    return names
  }

  /** An empty value forgets that secret. Throws what the secret store throws; then nothing of it counts. */
  async write(id: ConnectionId, secrets: Secrets, remember: boolean): Promise<void> {
    for (const [name, value] of Object.entries(secrets)) {
      if (value === '') {
        await this.#store.delete(id, name)
        this.#session.get(id)?.delete(name)
      } else if (remember) {
        await this.#store.set(id, name, value)
        this.#session.get(id)?.delete(name)
      } else {
        const session = this.#session.get(id) ?? new Map<string, string>()
        this.#session.set(id, session.set(name, value))
      }
    }
  }

  async #isStored(id: ConnectionId, name: string): Promise<boolean> {
    try {
      return (await this.#store.get(id, name)) !== null
    } catch (thrown) {
      if (toAppError(thrown).code === 'secrets.locked') return true
      throw thrown
    }
  }

  async forget(id: ConnectionId): Promise<void> {
    this.#session.delete(id)
    await this.#store.delete(id)
  }
}
