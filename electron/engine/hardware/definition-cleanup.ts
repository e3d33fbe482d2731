import { z } from 'zod'
import { toAppError } from '../../../shared/errors/index.ts'
import type { Clock, Logger } from '../../providers/provider.ts'
import type { DefinitionStore, KeyValueStore } from '../../store/store.ts'
import type { InventoryReader } from '../ports.ts'

const GONE_KEY = 'definitions.gone'
const DAY_MS = 86_400_000
/** How long the definitions of a machine that is gone are kept: it can be defined again from them. */
export const KEPT_DAYS = 90
const FIRST_MS = 5 * 60_000
const EVERY_MS = 6 * 3_600_000
const PAGE = 500

/** Since when each machine has been missing. */
const goneSchema = z.record(z.string(), z.number())

export interface DefinitionCleanupOptions {
  readonly inventory: Pick<InventoryReader, 'get'>
  readonly store: Pick<DefinitionStore, 'machineIds' | 'forget'>
  /** What the engine notes for itself. */
  readonly noted: KeyValueStore
  readonly clock: Clock
  readonly log: Logger
}

/** Forgets the definitions of machines that have been gone for long. */
export class DefinitionCleanup {
  readonly #options: DefinitionCleanupOptions
  #cancel = () => {}
  #running: Promise<unknown> = Promise.resolve()
  #stopped = false

  constructor(options: DefinitionCleanupOptions) {
    this.#options = options
  }

  /** The inventory has been read by then: what it does not hold is gone. */
  start(): void {
    this.#arm(FIRST_MS)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancel()
    await this.#running
  }

  #arm(delayMs: number): void {
    if (this.#stopped) return
    this.#cancel = this.#options.clock.after(delayMs, () => {
      this.#running = this.sweep().finally(() => this.#arm(EVERY_MS))
    })
  }

  /** Notes who is gone since now, and forgets who has been for long. Answers how many were forgotten. */
  async sweep(): Promise<number> {
    const { noted, store, clock, log } = this.#options
    try {
      const nowMs = clock.nowMs()
      const read = goneSchema.safeParse((await noted.get(GONE_KEY)) ?? {})
      const before = read.success ? read.data : {}
      const gone: Record<string, number> = {}
      let forgotten = 0
      for (const id of await this.#missing()) {
        const sinceMs = before[id] ?? nowMs
        if (nowMs - sinceMs < KEPT_DAYS * DAY_MS) gone[id] = sinceMs
        else {
          await store.forget(id)
          forgotten += 1
        }
      }
      if (JSON.stringify(gone) !== JSON.stringify(before)) await noted.set(GONE_KEY, gone)
      return forgotten
    } catch (thrown) {
      log.warn('definitions of machines that are gone could not be looked through', { code: toAppError(thrown).code })
      return 0
    }
  }

  async #missing(): Promise<readonly string[]> {
    const { inventory, store } = this.#options
    const missing: string[] = []
    for (let afterId = ''; ; ) {
      const ids = await store.machineIds({ afterId, limit: PAGE })
      missing.push(...ids.filter((id) => inventory.get('machine', id) === undefined))
      const last = ids.at(-1)
      if (ids.length < PAGE || last === undefined || this.#stopped) return missing
      afterId = last
    }
  }
}
