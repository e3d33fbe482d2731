/**
 * Where passwords, passphrases and keys are kept. Never in the database, never in a log, never on their way back to the page.
 * Implementations in electron/secrets: the OS keychain, a file sealed with a passphrase, memory.
 */
export interface SecretStore {
  readonly kind: 'keychain' | 'file' | 'memory'
  /** A passphrase has to open it first. Only a file can be locked. */
  readonly locked: boolean
  /** Why it is not the keychain, in English; null when it is. */
  readonly reason: string | null
  /** null: nothing is kept under that name. Throws `precondition` secrets.locked when there is something but it is sealed. */
  get(connectionId: string, name: string): Promise<string | null>
  /** Throws `precondition` secrets.locked. */
  set(connectionId: string, name: string, value: string): Promise<void>
  /** Forgets one secret, or all of a connection. Works while locked. */
  delete(connectionId: string, name?: string): Promise<void>
  /** Opens (or first creates) the sealed file. False: wrong passphrase. True where nothing is locked. */
  unlock(passphrase: string): Promise<boolean>
  /** Called when it has been opened. The answer unsubscribes. */
  onUnlock(listener: () => void): () => void
}
