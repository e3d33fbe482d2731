import { z } from 'zod'
import { toAppError } from '../../../../shared/errors/index.ts'
import type { Clock, Logger } from '../../../providers/provider.ts'
import type { WriteProfileStore } from '../../../store/store.ts'
import { KEPT_DAYS, SLOT_MS, WriteProfile } from './write-profile.ts'

/** Machines that are kept in mind: about 10 MB. */
const MOST = 10_000
const WRITTEN_EVERY_MS = 2 * 3_600_000
/** Rows at a time: the loop is not to stand still for them. */
const PAGE = 200

const bodySchema = z.object({
  newest: z.number().int().min(0),
  rates: z.string().max(2_000),
  dirty: z.array(z.object({ slot: z.number().int().min(0), bytesPerS: z.number().min(0) })),
})

export interface WriteProfilesOptions {
  readonly store: WriteProfileStore
  readonly clock: Clock
  readonly log: Logger
}

/** How much each machine writes at which time, from the samples that are taken anyway. On the disk every two hours and at the end. */
export class WriteProfiles {
  readonly #options: WriteProfilesOptions
  readonly #profiles = new Map<string, WriteProfile>()
  /** Ids that are nobody's any more. */
  readonly #left = new Set<string>()
  #isLoaded = false
  #isStopped = false
  #cancel = () => {}
  #running: Promise<void> = Promise.resolve()

  constructor(options: WriteProfilesOptions) {
    this.#options = options
  }

  /** Loads beside everything else: nobody waits for it, and a sample that comes before is not missed. */
  start(): void {
    this.#running = this.#load()
    this.#arm()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancel()
    await this.#running
    await this.#write()
  }

  /** Undefined: nothing is known of it. */
  of(machineId: string): WriteProfile | undefined {
    return this.#profiles.get(machineId)
  }

  /** A sample of its disks. */
  add(machineId: string, atMs: number, bytesPerS: number | null): void {
    if (bytesPerS !== null) this.#own(machineId)?.add(atMs, bytesPerS)
  }

  /** What it writes to its memory, as it was measured. */
  measured(machineId: string, atMs: number, bytesPerS: number | null): void {
    if (bytesPerS !== null) this.#own(machineId)?.measured(atMs, bytesPerS)
  }

  /** It is another object now, at another host, and writes as it did. */
  moved(fromId: string, toId: string): void {
    const profile = this.#profiles.get(fromId)
    if (!profile || fromId === toId) return
    profile.isChanged = true
    this.#profiles.set(toId, profile)
    this.#profiles.delete(fromId)
    this.#left.add(fromId)
  }

  #own(machineId: string): WriteProfile | undefined {
    if (!this.#isLoaded) return undefined
    let profile = this.#profiles.get(machineId)
    if (!profile && this.#profiles.size < MOST) {
      profile = new WriteProfile()
      this.#profiles.set(machineId, profile)
    }
    return profile
  }

  #arm(): void {
    this.#cancel = this.#options.clock.after(WRITTEN_EVERY_MS, () => {
      if (this.#isStopped) return
      this.#running = this.#running.then(() => this.#write())
      this.#arm()
    })
  }

  async #load(): Promise<void> {
    const { store, log } = this.#options
    try {
      for (let afterId = ''; !this.#isStopped; ) {
        const rows = await store.load({ afterId, limit: PAGE })
        for (const { machineId, body } of rows) {
          const read = bodySchema.safeParse(body)
          if (read.success) this.#profiles.set(machineId, WriteProfile.from(read.data))
          else log.warn('what a machine writes at which time does not parse and is left out', { machine: machineId })
        }
        const last = rows.at(-1)
        if (!last || rows.length < PAGE) break
        afterId = last.machineId
      }
    } catch (thrown) {
      log.warn('what machines write at which time could not be read', { code: toAppError(thrown).code })
    }
    this.#isLoaded = true
  }

  /** Those that changed. One that has not written for as long as anything is kept is forgotten. */
  async #write(): Promise<void> {
    const { store, clock, log } = this.#options
    const oldest = Math.floor(clock.nowMs() / SLOT_MS) - (KEPT_DAYS * 86_400_000) / SLOT_MS
    const stale = [...this.#profiles].filter(([, { newest }]) => newest >= 0 && newest < oldest).map(([machineId]) => machineId)
    for (const machineId of stale) {
      this.#profiles.delete(machineId)
      this.#left.add(machineId)
    }
    const left = [...this.#left].filter((machineId) => !this.#profiles.has(machineId))
    const changed = [...this.#profiles].filter(([, { isChanged, newest }]) => isChanged && newest >= 0)
    try {
      if (left.length > 0) await store.remove(left)
      this.#left.clear()
      for (let at = 0; at < changed.length; at += PAGE) {
        const page = changed.slice(at, at + PAGE)
        const rows = page.map(([machineId, profile]) => ({ machineId, body: profile.body() }))
        for (const [, profile] of page) profile.isChanged = false
        await store.save(JSON.parse(JSON.stringify(rows)))
      }
    } catch (thrown) {
      for (const [, profile] of changed) profile.isChanged = true
      log.warn('what machines write at which time could not be kept', { code: toAppError(thrown).code })
    }
  }
}
