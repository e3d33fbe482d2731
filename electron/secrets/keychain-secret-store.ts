import { randomBytes } from 'node:crypto'
import type { AsyncEntry, Credential } from '@napi-rs/keyring'
import { isAppError } from '../../shared/errors/index.ts'
import type { SecretStore } from '../engine/secret-store.ts'
import { secretsFailed } from './secret-error.ts'

/** What is used of the keychain library. */
export interface KeychainLibrary {
  readonly AsyncEntry: typeof AsyncEntry
  readonly findCredentialsAsync: (service: string) => Promise<Credential[]>
}

const SERVICE = 'NovaCron'
/** A keychain that asks a person to unlock it must not hold up the start. */
const PROBE_MS = 1_500
/** How long that person may take. */
const ANSWER_MS = 60_000

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
    return await answered(async () => (await this.#entry(`${connectionId}/${name}`).getPassword()) ?? null)
  }

  async set(connectionId: string, name: string, value: string): Promise<void> {
    await answered(() => this.#entry(`${connectionId}/${name}`).setPassword(value))
  }

  async delete(connectionId: string, name?: string): Promise<void> {
    await answered(async () => {
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

  /**
   * Writes, reads and forgets a nonsense value. `waits`: it is there, but does not answer yet, as when it asks to be unlocked.
   * Throws when it does not work.
   */
  async probe(limitMs = PROBE_MS): Promise<'works' | 'waits'> {
    const value = randomBytes(12).toString('hex')
    const work = async (): Promise<'works'> => {
      await this.set('probe', value, value)
      const read = await this.get('probe', value)
      await this.delete('probe', value)
      if (read !== value) throw secretsFailed('keychain', new Error('it did not give back what it was given'))
      return 'works'
    }
    return await within(work(), limitMs, () => 'waits' as const)
  }

  #entry(account: string): AsyncEntry {
    return new this.#library.AsyncEntry(this.#service, account, { linux: { store: 'secret-service' } })
  }
}

async function answered<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await within(work(), ANSWER_MS, () => {
      throw new Error('no answer; it may be waiting to be unlocked')
    })
  } catch (thrown) {
    throw isAppError(thrown) ? thrown : secretsFailed('keychain', thrown)
  }
}

/** The library cannot be interrupted: what it answers late is not heard. */
async function within<T, L>(work: Promise<T>, limitMs: number, late: () => L): Promise<T | L> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), limitMs)
  })
  try {
    const first = await Promise.race([work.then((value) => ({ value })), limit])
    return first === 'late' ? late() : first.value
  } finally {
    clearTimeout(timer)
    work.catch(() => {})
  }
}
