import { AppError } from '../../../shared/errors/index.ts'
import type { SecretStore } from '../secret-store.ts'

/** Secrets in memory that can be sealed. */
export class FakeSecrets implements SecretStore {
  readonly kind = 'file'
  readonly reason = 'a test'
  locked = false
  readonly #values = new Map<string, string>()
  readonly #listeners = new Set<() => void>()

  names(): string[] {
    return [...this.#values.keys()]
  }

  get(connectionId: string, name: string): Promise<string | null> {
    const value = this.#values.get(`${connectionId}/${name}`)
    if (value !== undefined && this.locked) return Promise.reject(sealed())
    return Promise.resolve(value ?? null)
  }

  set(connectionId: string, name: string, value: string): Promise<void> {
    if (this.locked) return Promise.reject(sealed())
    this.#values.set(`${connectionId}/${name}`, value)
    return Promise.resolve()
  }

  delete(connectionId: string, name?: string): Promise<void> {
    for (const key of this.#values.keys()) {
      if (name === undefined ? key.startsWith(`${connectionId}/`) : key === `${connectionId}/${name}`) this.#values.delete(key)
    }
    return Promise.resolve()
  }

  unlock(): Promise<boolean> {
    this.locked = false
    for (const listener of this.#listeners) listener()
    return Promise.resolve(true)
  }

  onUnlock(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

function sealed(): AppError {
  return new AppError({ kind: 'precondition', code: 'secrets.locked', message: 'Sealed.' })
}
