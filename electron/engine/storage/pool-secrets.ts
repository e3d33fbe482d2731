import type { SecretStore } from '../ports.ts'
import { secretLost } from './storage-errors.ts'

const PASSWORD = 'password'

/** What a pool logs in with, which must not lie in a journal: kept from the order until its task has ended. The host keeps it then. */
export class PoolSecrets {
  readonly #store: SecretStore

  constructor(store: SecretStore) {
    this.#store = store
  }

  /** Throws `precondition` secrets.locked. */
  async keep(uuid: string, password: string): Promise<void> {
    await this.#store.set(keyOf(uuid), PASSWORD, password)
  }

  /** Throws `precondition` pool.secret-lost when it is gone, or secrets.locked. */
  async read(uuid: string, pool: string): Promise<string> {
    const password = await this.#store.get(keyOf(uuid), PASSWORD)
    if (password === null) throw secretLost(pool)
    return password
  }

  async forget(uuid: string): Promise<void> {
    await this.#store.delete(keyOf(uuid))
  }
}

const keyOf = (uuid: string) => `pool:${uuid}`
