import type { SecretStore } from '../engine/secret-store.ts'

/** Keeps secrets until the process ends. The last resort, and what tests use. */
export class MemorySecretStore implements SecretStore {
  readonly kind = 'memory'
  readonly locked = false
  readonly reason: string
  readonly #secrets = new Map<string, Map<string, string>>()

  constructor(reason: string) {
    this.reason = reason
  }

  get(connectionId: string, name: string): Promise<string | null> {
    return Promise.resolve(this.#secrets.get(connectionId)?.get(name) ?? null)
  }

  set(connectionId: string, name: string, value: string): Promise<void> {
    const kept = this.#secrets.get(connectionId) ?? new Map<string, string>()
    this.#secrets.set(connectionId, kept.set(name, value))
    return Promise.resolve()
  }

  delete(connectionId: string, name?: string): Promise<void> {
    if (name === undefined) this.#secrets.delete(connectionId)
    else this.#secrets.get(connectionId)?.delete(name)
    return Promise.resolve()
  }

  unlock(): Promise<boolean> {
    return Promise.resolve(true)
  }

  onUnlock(): () => void {
    return () => {}
  }
}
