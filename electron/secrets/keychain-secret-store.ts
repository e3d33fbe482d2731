import { randomBytes } from 'node:crypto'
import type { AsyncEntry, Credential } from '@napi-rs/keyring'
import type { SecretStore } from '../engine/secret-store.ts'
import { secretsFailed } from './secret-error.ts'

/** What is used of the keychain library. */
export interface KeychainLibrary {
  readonly AsyncEntry: typeof AsyncEntry
  readonly findCredentialsAsync: (service: string) => Promise<Credential[]>
}

const SERVICE = 'NovaCron'
/** A keychain that asks a person who is not there must not hold up the start. */
const PROBE_MS = 3_000

/**
 * The OS keychain: Keychain on macOS, Credential Manager on Windows, the Secret Service on Linux. There the library would fall
 * back to the kernel's keyring, which forgets everything at the next boot: it is pinned to the Secret Service.
 */
export class KeychainSecretStore implements SecretStore {
  readonly kind = 'keychain'
  readonly locked = false
  readonly reason = null
  readonly #library: KeychainLibrary
  readonly #service: string

  constructor(library: KeychainLibrary, service = SERVICE) {
    this.#library = library
    this.#service = service
  }

  async get(connectionId: string, name: string): Promise<string | null> {
    return await guarded(async () => (await this.#entry(`${connectionId}/${name}`).getPassword()) ?? null)
  }

  async set(connectionId: string, name: string, value: string): Promise<void> {
    await guarded(() => this.#entry(`${connectionId}/${name}`).setPassword(value))
  }

  async delete(connectionId: string, name?: string): Promise<void> {
    await guarded(async () => {
      if (name !== undefined) {
        await this.#entry(`${connectionId}/${name}`).deletePassword()
        return
      }
      for (const { account } of await this.#library.findCredentialsAsync(this.#service)) {
        if (account.startsWith(`${connectionId}/`)) await this.#entry(account).deletePassword()
      }
    })
  }

  unlock(): Promise<boolean> {
    return Promise.resolve(true)
  }

  onUnlock(): () => void {
    return () => {}
  }

  /** Writes, reads and forgets a nonsense value. Throws when that does not work, or not in time. */
  async probe(): Promise<void> {
    const value = randomBytes(12).toString('hex')
    const account = `probe/${value}`
    const work = (async () => {
      await this.set('probe', value, value)
      const read = await this.get('probe', value)
      await this.#entry(account).deletePassword()
      if (read !== value) throw secretsFailed('keychain', 'it did not give back what it was given')
    })()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(secretsFailed('keychain', 'no answer; it may be locked')), PROBE_MS)
    })
    try {
      await Promise.race([work, late])
    } finally {
      clearTimeout(timer)
      work.catch(() => {})
    }
  }

  #entry(account: string): AsyncEntry {
    return new this.#library.AsyncEntry(this.#service, account, { linux: { store: 'secret-service' } })
  }
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    throw secretsFailed('keychain', thrown)
  }
}
