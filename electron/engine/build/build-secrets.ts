import { AppError } from '../../../shared/errors/index.ts'
import type { SecretStore } from '../ports.ts'
import type { SeedContent } from './seed-content.ts'

const HASH = 'password-hash'
const USER_DATA = 'user-data'

/** What a seed needs that must not lie in a journal: kept from the order until the seed is made, or its task has ended. */
export class BuildSecrets {
  readonly #store: SecretStore

  constructor(store: SecretStore) {
    this.#store = store
  }

  /** Throws `precondition` secrets.locked. */
  async keep(uuid: string, secrets: { readonly passwordHash: string | undefined; readonly userData: string | undefined }): Promise<void> {
    if (secrets.passwordHash !== undefined) await this.#store.set(keyOf(uuid), HASH, secrets.passwordHash)
    if (secrets.userData !== undefined) await this.#store.set(keyOf(uuid), USER_DATA, secrets.userData)
  }

  /** Throws `precondition` build.seed-lost when they are gone, or secrets.locked. */
  async read(uuid: string, { withPassword, withUserData }: SeedContent): Promise<{ passwordHash?: string; userData?: string }> {
    const passwordHash = withPassword ? await this.#store.get(keyOf(uuid), HASH) : undefined
    const userData = withUserData ? await this.#store.get(keyOf(uuid), USER_DATA) : undefined
    if (passwordHash === null || userData === null) {
      throw new AppError({
        kind: 'precondition',
        code: 'build.seed-lost',
        message: 'The password or the user-data for this machine is not kept any more. Make the machine again from the form.',
      })
    }
    return { ...(passwordHash !== undefined && { passwordHash }), ...(userData !== undefined && { userData }) }
  }

  async forget(uuid: string): Promise<void> {
    await this.#store.delete(keyOf(uuid))
  }
}

const keyOf = (uuid: string) => `build:${uuid}`
