import { toWireError } from '../../../shared/errors/index.ts'
import type { Clock, Interest, Logger, MachineSample, ProviderSink } from '../provider.ts'
import type { CloudApi, SeenMachine } from './api.ts'

/** What has come into view is gathered so long before it is asked for. */
const GATHER_MS = 300
/** What the charts show, and the engine keeps. */
const HISTORY_MS = 15 * 60_000

export interface CloudSamplesOptions {
  readonly api: CloudApi
  readonly sink: ProviderSink
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  readonly seen: (ref: string) => SeenMachine | undefined
}

/** What was asked of a machine, and what of it was told. */
interface Told {
  askedAtMs: number
  historyAskedAtMs: number
  newestMs: number
  /** Every sample that the cloud had up to then is told. */
  wholeToMs: number
  /** Times of samples after `wholeToMs` that were told as the newest, each alone. */
  readonly alone: Set<number>
}

const NEVER = Number.NEGATIVE_INFINITY

/**
 * Samples of the machines that somebody looks at, and of no other: clouds charge for each. Of the one in focus everything of the last 15
 * minutes that is not told yet, of the rest the newest alone. One question at a time.
 */
export class CloudSamples {
  readonly #with: CloudSamplesOptions
  readonly #told = new Map<string, Told>()
  #interest: Interest = { visibleRefs: new Set(), focusedRef: null }
  #cancel: (() => void) | null = null
  #asking = false
  #stopped = false

  constructor(options: CloudSamplesOptions) {
    this.#with = options
  }

  setInterest(interest: Interest): void {
    this.#interest = interest
    if (!this.#stopped) this.#schedule(GATHER_MS)
  }

  stop(): void {
    this.#stopped = true
    this.#cancel?.()
  }

  #schedule(delayMs: number): void {
    this.#cancel?.()
    this.#cancel = null
    if (this.#asking || this.#refs().length === 0) return
    this.#cancel = this.#with.clock.after(delayMs, () => void this.#askAll())
  }

  #refs(): readonly string[] {
    const { visibleRefs, focusedRef } = this.#interest
    const refs = new Set(focusedRef === null ? visibleRefs : [...visibleRefs, focusedRef])
    return [...refs].filter((ref) => this.#with.seen(ref)?.facts.state === 'running')
  }

  #of(ref: string): Told {
    let told = this.#told.get(ref)
    if (!told) {
      told = { askedAtMs: NEVER, historyAskedAtMs: NEVER, newestMs: NEVER, wholeToMs: NEVER, alone: new Set() }
      this.#told.set(ref, told)
    }
    return told
  }

  /** One that has just come into focus is asked for its history, however lately its newest sample came. */
  #dueAtMs(ref: string): number {
    const { askedAtMs, historyAskedAtMs } = this.#of(ref)
    return (ref === this.#interest.focusedRef ? historyAskedAtMs : askedAtMs) + this.#with.api.rhythm.metricsMs
  }

  async #askAll(): Promise<void> {
    const { clock, seen } = this.#with
    const nowMs = clock.nowMs()
    const { focusedRef } = this.#interest
    for (const ref of this.#told.keys()) if (!seen(ref)) this.#told.delete(ref)
    const due = this.#refs().filter((ref) => this.#dueAtMs(ref) <= nowMs)
    for (const ref of due) {
      const told = this.#of(ref)
      told.askedAtMs = nowMs
      if (ref === focusedRef) told.historyAskedAtMs = nowMs
    }
    this.#asking = true
    try {
      if (focusedRef !== null && due.includes(focusedRef)) {
        await this.#ask([focusedRef], Math.max(nowMs - HISTORY_MS, this.#of(focusedRef).wholeToMs + 1))
      }
      await this.#ask(
        due.filter((ref) => ref !== focusedRef),
        null,
      )
    } finally {
      this.#asking = false
    }
    if (this.#stopped) return
    const nextMs = Math.min(...this.#refs().map((ref) => this.#dueAtMs(ref)))
    if (nextMs < Number.POSITIVE_INFINITY) this.#schedule(Math.max(GATHER_MS, nextMs - clock.nowMs()))
  }

  async #ask(refs: readonly string[], sinceMs: number | null): Promise<void> {
    const { api, sink, log, seen, signal } = this.#with
    if (refs.length === 0 || this.#stopped) return
    try {
      const samples = await api.metrics(refs, sinceMs, { signal })
      const news = this.#news(
        samples.filter(({ ref }) => seen(ref) !== undefined),
        sinceMs,
      )
      if (!this.#stopped && news.length > 0) sink.metrics(news)
    } catch (thrown) {
      log.debug('samples of a cloud could not be read', { error: toWireError(thrown) })
    }
  }

  /** What was not told before. Of a machine the newest is its state now, what is older its past. */
  #news(samples: Awaited<ReturnType<CloudApi['metrics']>>, sinceMs: number | null): readonly MachineSample[] {
    const newest = new Map(samples.map(({ ref, metrics }) => [ref, metrics.atMs]))
    const news = samples.flatMap(({ ref, metrics }): MachineSample[] => {
      const { newestMs, wholeToMs, alone } = this.#of(ref)
      const { atMs } = metrics
      if (atMs > newestMs && atMs === newest.get(ref)) return [{ ref, metrics }]
      return sinceMs === null || atMs <= wholeToMs || alone.has(atMs) ? [] : [{ ref, metrics, isPast: true }]
    })
    for (const [ref, atMs] of newest) {
      const told = this.#of(ref)
      told.newestMs = Math.max(told.newestMs, atMs)
      if (sinceMs === null) {
        told.alone.add(atMs)
        for (const time of told.alone) if (time < atMs - HISTORY_MS) told.alone.delete(time)
      } else {
        told.wholeToMs = Math.max(told.wholeToMs, atMs)
        for (const time of told.alone) if (time <= atMs) told.alone.delete(time)
      }
    }
    return news
  }
}
