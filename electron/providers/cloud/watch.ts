import { isDeepStrictEqual } from 'node:util'
import { type AppError, toAppError } from '../../../shared/errors/index.ts'
import type { CallOptions, Clock, Logger, ProviderChange, ProviderSink } from '../provider.ts'
import type { CloudApi, KnownMachines, Place, SeenMachine } from './api.ts'
import { narrate } from './narration.ts'

/** Places read at a time: a dozen regions are no storm. */
const PLACES_AT_ONCE = 8
/** A whole list is read at least so often where the cloud can tell what changed. */
const WHOLE_MS = 300_000
const RETRY_BASE_MS = 1_000
/** So many failures in a row, and what is known of a place counts as old. */
const FAILURES_UNSEEN = 2

interface Watched {
  readonly place: Place
  readonly known: Map<string, { seen: SeenMachine; atMs: number }>
  networks: string
  networksAtMs: number
  wholeAtMs: number
  /** The last time it could be read as a whole. */
  readAtMs: number | null
  failures: number
  lastError: AppError | null
  cancel: (() => void) | null
}

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

  /** One machine was looked at by itself; null: it is gone. */
  put(ref: string, seen: SeenMachine | null): void {
    if (this.#stopped) return
    const nowMs = this.#with.clock.nowMs()
    if (!seen) {
      for (const watched of this.#places.values()) if (watched.known.has(ref)) this.#tell(watched, [], [ref], nowMs)
      return
    }
    const watched = this.#places.get(seen.facts.hostRef)
    if (watched) this.#tell(watched, [seen], [], nowMs)
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
      if (news) this.#tell(watched, news.changed, news.gone, startedAtMs)
      else {
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

  #tell(watched: Watched, machines: readonly SeenMachine[], gone: readonly string[], atMs: number): void {
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
  }

  #schedule(watched: Watched): void {
    const { api, clock } = this.#with
    watched.cancel?.()
    if (this.#stopped) return
    const isBusy = [...watched.known.values()].some(({ seen }) => seen.facts.state === 'starting' || seen.facts.state === 'stopping')
    const { busyMs, idleMs } = api.rhythm
    const retryMs = Math.min(idleMs, RETRY_BASE_MS * 2 ** Math.min(watched.failures, 10)) * clock.random()
    const delayMs = watched.failures > 0 ? Math.max(watched.lastError?.retryAfterMs ?? 0, retryMs) : isBusy ? busyMs : idleMs
    watched.cancel = clock.after(delayMs, () => void this.#tick(watched))
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

function knownIn({ known }: Watched): KnownMachines {
  return { get: (ref) => known.get(ref)?.seen, refs: () => known.keys() }
}

function watchedOf(place: Place, nowMs: number): Watched {
  return {
    place,
    known: new Map(),
    networks: '',
    networksAtMs: 0,
    wholeAtMs: nowMs,
    readAtMs: null,
    failures: 0,
    lastError: null,
    cancel: null,
  }
}
