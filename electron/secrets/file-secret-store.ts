import { chmod, open, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import type { SecretStore } from '../engine/secret-store.ts'
import type { Logger } from '../providers/provider.ts'
import { boxSchema, deriveKey, type KdfCost, kdfSchema, newKdf, STRONG, seal, unseal } from './sealed-box.ts'
import { secretsDamaged, secretsFailed, secretsLocked } from './secret-error.ts'

const fileSchema = z.object({
  format: z.literal('novacron-secrets'),
  version: z.literal(1),
  kdf: kdfSchema,
  /** Opens with the right passphrase. */
  check: boxSchema,
  /** By connection, then by name. Names are plain, so that it is known what is there, and can be forgotten, while locked. */
  entries: z.record(z.string(), z.record(z.string(), boxSchema)),
})
type SealedFile = z.infer<typeof fileSchema>

const CHECK_LABEL = 'novacron-secrets/1/check'
const CHECK_TEXT = 'open'

export interface FileSecretStoreOptions {
  readonly path: string
  /** Why there is no keychain. */
  readonly reason: string
  readonly log: Logger
  readonly nowMs?: () => number
  readonly cost?: KdfCost
}

/** Secrets in one file, each sealed by itself (XChaCha20-Poly1305) under a key from a passphrase (argon2id). */
export class FileSecretStore implements SecretStore {
  readonly kind = 'file'
  readonly reason: string
  readonly #path: string
  readonly #options: FileSecretStoreOptions
  #file: SealedFile | null
  #damaged: boolean
  #key: Uint8Array | null = null
  #writes: Promise<void> = Promise.resolve()
  #unlocking: Promise<unknown> = Promise.resolve()
  readonly #listeners = new Set<() => void>()

  private constructor(options: FileSecretStoreOptions, file: SealedFile | null, damaged: boolean) {
    this.#options = options
    this.#path = options.path
    this.reason = options.reason
    this.#file = file
    this.#damaged = damaged
  }

  /** Reads the file, if there is one. What cannot be read as one of ours is never overwritten: see `unlock`. */
  static async open(options: FileSecretStoreOptions): Promise<FileSecretStore> {
    let text: string
    try {
      text = await readFile(options.path, 'utf8')
      await chmod(options.path, 0o600)
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return new FileSecretStore(options, null, false)
      throw secretsFailed('secrets file', thrown)
    }
    const file = parseFile(text)
    if (!file) options.log.error('the secrets file is damaged', { path: options.path })
    return new FileSecretStore(options, file ?? null, !file)
  }

  get locked(): boolean {
    return this.#key === null
  }

  async get(connectionId: string, name: string): Promise<string | null> {
    if (this.#damaged) throw secretsDamaged('The secrets file')
    const box = this.#file?.entries[connectionId]?.[name]
    if (!box) return null
    if (!this.#key) throw secretsLocked()
    const value = unseal(this.#key, labelOf(connectionId, name), box)
    if (value === undefined) throw secretsDamaged(`The kept secret "${name}"`)
    return await Promise.resolve(value)
  }

  async set(connectionId: string, name: string, value: string): Promise<void> {
    const key = this.#key
    const file = this.#file
    if (!key || !file) throw secretsLocked()
    const box = seal(key, labelOf(connectionId, name), value)
    await this.#change({ ...file, entries: { ...file.entries, [connectionId]: { ...file.entries[connectionId], [name]: box } } })
  }

  async delete(connectionId: string, name?: string): Promise<void> {
    const file = this.#file
    const kept = file?.entries[connectionId]
    if (!file || !kept) return
    const { [connectionId]: _, ...others } = file.entries
    const left = name === undefined ? [] : Object.entries(kept).filter(([each]) => each !== name)
    await this.#change({ ...file, entries: left.length === 0 ? others : { ...others, [connectionId]: Object.fromEntries(left) } })
  }

  /** The first passphrase ever creates the file. A damaged file is put aside under another name, and a new one begun. */
  unlock(passphrase: string): Promise<boolean> {
    // One after the other: two that both found no file would each begin one.
    const unlocked = this.#unlocking.then(() => this.#unlock(passphrase))
    this.#unlocking = unlocked.catch(() => {})
    return unlocked
  }

  async #unlock(passphrase: string): Promise<boolean> {
    if (this.#damaged) await this.#putAside()
    const file = this.#file
    const kdf = file?.kdf ?? newKdf(this.#options.cost ?? STRONG)
    const key = await deriveKey(passphrase, kdf)
    if (file) {
      if (unseal(key, CHECK_LABEL, file.check) !== CHECK_TEXT) return false
    } else {
      await this.#change({ format: 'novacron-secrets', version: 1, kdf, check: seal(key, CHECK_LABEL, CHECK_TEXT), entries: {} })
    }
    this.#key = key
    for (const listener of this.#listeners) listener()
    return true
  }

  onUnlock(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async #putAside(): Promise<void> {
    const aside = `${this.#path}.damaged-${(this.#options.nowMs ?? Date.now)()}`
    await rename(this.#path, aside)
    this.#options.log.warn('a damaged secrets file was put aside', { path: aside })
    this.#damaged = false
  }

  /** One write after the other; what is in memory follows what is on disk. */
  async #change(file: SealedFile): Promise<void> {
    const before = this.#file
    this.#file = file
    const write = this.#writes.then(() => writeWhole(this.#path, JSON.stringify(file)))
    this.#writes = write.catch(() => {})
    try {
      await write
    } catch (thrown) {
      if (this.#file === file) this.#file = before
      throw secretsFailed('secrets file', thrown)
    }
  }
}

function labelOf(connectionId: string, name: string): string {
  return `novacron-secrets/1/entry/${JSON.stringify([connectionId, name])}`
}

function parseFile(text: string): SealedFile | undefined {
  try {
    const parsed = fileSchema.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}

/** All or nothing, readable by the owner alone, also after a power cut. */
async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`)
  try {
    await rm(temporary, { force: true })
    const handle = await open(temporary, 'wx', 0o600)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, path)
  } catch (thrown) {
    await rm(temporary, { force: true }).catch(() => {})
    throw thrown
  }
  await syncFolder(dirname(path))
}

/** Windows cannot open a folder: there the rename is as durable as it gets. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (thrown) {
    if (process.platform !== 'win32') throw thrown
  }
}
