import { isDeepStrictEqual } from 'node:util'
import { type AppError, toAppError } from '../../../shared/errors/index.ts'
import type { CallOptions, Clock, Logger, ProviderChange, ProviderSink } from '../provider.ts'
import type { CloudApi, SeenMachine } from './api.ts'
import { narrate } from './narration.ts'
import { knownIn, pauseOf, type Watched, WHOLE_MS, watchedOf } from './watched.ts'

/** Places read at a time: a dozen regions are no storm. */
const PLACES_AT_ONCE = 8
/** So many failures in a row, and what is known of a place counts as old. */
const FAILURES_UNSEEN = 2

export interface CloudWatchOptions {
  readonly api: CloudApi
  readonly sink: ProviderSink
  readonly clock: Clock
  readonly log: Logger
  /** Ends with the link. */
  readonly signal: AbortSignal
  /** The account as a whole is lost. */
  readonly onLost: (why: AppError) => void
}

/**
 * Keeps up with all places of one account, each by itself: one that cannot be read holds up no other. Nothing of a list is applied before
 * all its pages are there, so that half a list never looks like machines that are gone.
 */
export class CloudWatch {
  readonly #with: CloudWatchOptions
  readonly #places = new Map<string, Watched>()
  #stopped = false

  constructor(options: CloudWatchOptions) {
    this.#with = options
  }

  stop(): void {
    this.#stopped = true
    for (const watched of this.#places.values()) watched.cancel?.()
  }

  /** Reads all places for the first time. Throws when none can be read. */
  async start(options: CallOptions): Promise<void> {
    const { api, clock } = this.#with
    const places = await api.places(options)
    if (this.#stopped) return
    for (const place of places) this.#places.set(place.ref, watchedOf(place, clock.nowMs()))
    this.#tellPlaces()
    await this.#readAll(options, true)
    if (this.#stopped) return
    for (const watched of this.#places.values()) this.#schedule(watched)
  }

  /** Reads everything again, and tells all of it. */
  async refresh(options: CallOptions): Promise<void> {
    const places = await this.#with.api.places(options)
    if (this.#stopped) return
    const refs = new Set(places.map(({ ref }) => ref))
    for (const [ref, watched] of this.#places) {
      if (refs.has(ref)) continue
      watched.cancel?.()
      this.#places.delete(ref)
    }
    for (const place of places) if (!this.#places.has(place.ref)) this.#places.set(place.ref, watchedOf(place, this.#with.clock.nowMs()))
    this.#tellPlaces()
    try {
      await this.#readAll(options, true)
    } finally {
      // what could not be read is tried again in its time
      if (!this.#stopped) for (const watched of this.#places.values()) this.#schedule(watched)
    }
  }

  seen(ref: string): SeenMachine | undefined {
    for (const { known } of this.#places.values()) {
      const found = known.get(ref)
      if (found) return found.seen
    }
    return undefined
  }

  has(placeRef: string): boolean {
    return this.#places.has(placeRef)
  }

  /** One machine was looked at by itself, in a look that began at that time; null: it is gone. */
  put(ref: string, seen: SeenMachine | null, atMs = this.#with.clock.nowMs()): void {
    if (this.#stopped) return
    if (!seen) {
      for (const watched of this.#places.values()) if (watched.known.has(ref)) this.#tell(watched, [], [ref], atMs)
      return
    }
    const watched = this.#places.get(seen.facts.hostRef)
    if (watched) this.#tell(watched, [seen], [], atMs)
  }

  /** That source has told of machines there, which were looked at: until it is found silent, there is less need to look. */
  told(placeRef: string, source: string): void {
    const watched = this.#places.get(placeRef)
    if (!watched || this.#stopped) return
    watched.toldBy = source
    this.#hasten(watched)
  }

  /** That source tells nothing any more. */
  silent(source: string): void {
    for (const watched of this.#places.values()) {
      if (watched.toldBy !== source) continue
      watched.toldBy = null
      this.#hasten(watched)
    }
  }

  #tellPlaces(): void {
    const places = [...this.#places.values()]
    this.#with.sink.changes([
      ...places.map(({ place }) => ({ op: 'put', entity: 'host', ref: place.ref, facts: place.facts }) as const),
      { op: 'complete', entity: 'host', hostRef: null, refs: [...this.#places.keys()] },
      ...places.map(({ place }) => ({ op: 'complete', entity: 'pool', hostRef: place.ref, refs: [] }) as const),
    ])
  }

  async #readAll(options: CallOptions, whole: boolean): Promise<void> {
    const errors: AppError[] = []
    const waiting = this.#places.values()
    const work = async () => {
      for (const watched of waiting) {
        watched.cancel?.()
        const error = await this.#read(watched, options, whole)
        if (error) errors.push(error)
      }
    }
    await Promise.all(Array.from({ length: Math.min(PLACES_AT_ONCE, this.#places.size) }, work))
    const [first] = errors
    if (first && (errors.length === this.#places.size || options.signal?.aborted === true)) throw first
    for (const watched of this.#places.values()) if (watched.lastError) this.#unseen(watched, watched.lastError)
  }

  /** Never throws: the answer is why it failed. */
  async #read(watched: Watched, options: CallOptions, whole: boolean): Promise<AppError | null> {
    const { api, clock, sink } = this.#with
    const { ref } = watched.place
    const startedAtMs = clock.nowMs()
    try {
      if (startedAtMs - watched.networksAtMs >= api.rhythm.networksMs || whole) await this.#readNetworks(watched, options)
      const isDue = whole || watched.readAtMs === null || startedAtMs - watched.wholeAtMs >= WHOLE_MS
      const news = isDue ? null : await api.changedMachines?.(ref, knownIn(watched), options)
      if (news) {
        // who tells of them all would have told of these
        if (this.#tell(watched, news.changed, news.gone, startedAtMs)) watched.toldBy = null
      } else {
        const all: SeenMachine[] = []
        for await (const page of api.machines(ref, options)) all.push(...page)
        if (this.#stopped) return null
        this.#tellWhole(watched, all, startedAtMs, whole)
        watched.wholeAtMs = startedAtMs
      }
      if (this.#stopped) return null
      watched.readAtMs = startedAtMs
      watched.failures = 0
      watched.lastError = null
      sink.confirmed(ref, startedAtMs)
      return null
    } catch (thrown) {
      const error = toAppError(thrown)
      watched.failures += 1
      watched.lastError = error
      return error
    }
  }

  async #readNetworks(watched: Watched, options: CallOptions): Promise<void> {
    const { api, clock, sink } = this.#with
    const { ref } = watched.place
    const networks = await api.networks(ref, options)
    if (this.#stopped) return
    watched.networksAtMs = clock.nowMs()
    const written = JSON.stringify(networks)
    if (written === watched.networks) return
    watched.networks = written
    sink.changes([
      ...networks.map((network) => ({ op: 'put', entity: 'network', ref: network.ref, facts: network.facts }) as const),
      { op: 'complete', entity: 'network', hostRef: ref, refs: networks.map((network) => network.ref) },
    ])
  }

  #tellWhole(watched: Watched, all: readonly SeenMachine[], startedAtMs: number, everything: boolean): void {
    const refs = new Set(all.map(({ ref }) => ref))
    // What was looked at by itself since the list was begun is newer than the list.
    const gone = [...watched.known].filter(([ref, { atMs }]) => !refs.has(ref) && atMs <= startedAtMs).map(([ref]) => ref)
    this.#tell(watched, all, gone, startedAtMs)
    if (!everything) return
    const { ref: hostRef } = watched.place
    this.#with.sink.changes([{ op: 'complete', entity: 'machine', hostRef, refs: [...watched.known.keys()] }])
  }

  /** Whether there was anything new in it. */
  #tell(watched: Watched, machines: readonly SeenMachine[], gone: readonly string[], atMs: number): boolean {
    const { sink, clock } = this.#with
    const batch: ProviderChange[] = []
    const events = []
    for (const seen of machines) {
      const before = watched.known.get(seen.ref)
      if (before && before.atMs > atMs) continue
      const isSame = before !== undefined && isDeepStrictEqual(before.seen, seen)
      watched.known.set(seen.ref, { seen: isSame ? before.seen : seen, atMs })
      if (isSame) continue
      batch.push({ op: 'put', entity: 'machine', ref: seen.ref, facts: seen.facts })
      if (before || watched.readAtMs !== null) events.push(...narrate(before?.seen ?? null, seen, clock.nowMs()))
    }
    for (const ref of gone) {
      const before = watched.known.get(ref)
      watched.known.delete(ref)
      if (!before) continue
      batch.push({ op: 'remove', entity: 'machine', ref })
      events.push(...narrate(before.seen, null, clock.nowMs()))
    }
    if (batch.length > 0) sink.changes(batch)
    for (const event of events) sink.event(event)
    return batch.length > 0
  }

  #schedule(watched: Watched): void {
    const { api, clock } = this.#with
    watched.cancel?.()
    if (this.#stopped) return
    const delayMs = pauseOf(watched, api.rhythm, clock)
    watched.dueAtMs = clock.nowMs() + delayMs
    watched.cancel = clock.after(delayMs, () => void this.#tick(watched))
  }

  /** What is known of it now may ask for a look before the one that waits; nothing ever puts that off. */
  #hasten(watched: Watched): void {
    const { api, clock } = this.#with
    if (watched.failures === 0 && watched.dueAtMs > clock.nowMs() + pauseOf(watched, api.rhythm, clock)) this.#schedule(watched)
  }

  async #tick(watched: Watched): Promise<void> {
    const { signal, log } = this.#with
    const error = await this.#read(watched, { signal }, false)
    if (this.#stopped) return
    if (error) {
      log.debug('a place of a cloud could not be read', { place: watched.place.ref, code: error.code, failures: watched.failures })
      this.#failed(watched, error)
    }
    if (!this.#stopped) this.#schedule(watched)
  }

  #failed(watched: Watched, error: AppError): void {
    if (error.kind === 'unauthenticated') {
      this.#with.onLost(error)
      return
    }
    const all = [...this.#places.values()]
    const isNowhere = all.every(({ failures, lastError }) => failures >= FAILURES_UNSEEN && lastError?.kind === 'unreachable')
    if (isNowhere) this.#with.onLost(error)
    else if (error.kind === 'forbidden' || watched.failures >= FAILURES_UNSEEN) this.#unseen(watched, error)
  }

  #unseen({ place, readAtMs }: Watched, why: AppError): void {
    const { sink, clock } = this.#with
    sink.unseen(place.ref, readAtMs ?? clock.nowMs(), why)
  }
}
