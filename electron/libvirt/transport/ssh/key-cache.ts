import { createHmac, randomBytes } from 'node:crypto'
import type { ParsedKey } from 'ssh2'
import { type KeyFile, unlockKey } from './keys.ts'

/**
 * Keys that were unlocked already, so that two hundred hosts with one key cost one unlocking. Holds private keys in memory, as an agent
 * does: `forget` when the person locks the console.
 */
export class KeyCache {
  readonly #secret = randomBytes(32)
  readonly #keys = new Map<string, Promise<ParsedKey>>()

  /** As {@link unlockKey}; what fails is not kept. */
  unlock(file: KeyFile, passphrase: string | undefined): Promise<ParsedKey> {
    if (!file.encrypted || passphrase === undefined) return unlockKey(file, passphrase)
    const id = createHmac('sha256', this.#secret).update(file.data).update('\0').update(passphrase).digest('hex')
    const known = this.#keys.get(id)
    if (known) return known
    const unlocking = unlockKey(file, passphrase)
    this.#keys.set(id, unlocking)
    unlocking.catch(() => this.#keys.delete(id))
    return unlocking
  }

  forget(): void {
    this.#keys.clear()
  }
}
