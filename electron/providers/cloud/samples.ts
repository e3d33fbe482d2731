import { toWireError } from '../../../shared/errors/index.ts'
import type { Clock, Interest, Logger, ProviderSink } from '../provider.ts'
import type { CloudApi, SeenMachine } from './api.ts'

/** What has come into view is gathered so long before it is asked for. */
const GATHER_MS = 300

export interface CloudSamplesOptions {
  readonly api: CloudApi
  readonly sink: ProviderSink
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  readonly seen: (ref: string) => SeenMachine | undefined
}

/** Samples of the machines that somebody looks at, and of no other: clouds charge for each. One question at a time. */
export class CloudSamples {
  readonly #with: CloudSamplesOptions
  readonly #askedAtMs = new Map<string, number>()
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
    this.#cancel = this.#with.clock.after(delayMs, () => void this.#ask())
  }

  #refs(): readonly string[] {
    const { visibleRefs, focusedRef } = this.#interest
    const refs = new Set(focusedRef === null ? visibleRefs : [...visibleRefs, focusedRef])
    return [...refs].filter((ref) => this.#with.seen(ref)?.facts.state === 'running')
  }

  async #ask(): Promise<void> {
    const { api, sink, clock, log, signal } = this.#with
    const nowMs = clock.nowMs()
    const refs = this.#refs()
    const due = refs.filter((ref) => nowMs - (this.#askedAtMs.get(ref) ?? Number.NEGATIVE_INFINITY) >= api.rhythm.metricsMs)
    for (const ref of due) this.#askedAtMs.set(ref, nowMs)
    for (const ref of this.#askedAtMs.keys()) if (!refs.includes(ref)) this.#askedAtMs.delete(ref)
    this.#asking = true
    try {
      if (due.length > 0) {
        const samples = await api.metrics(due, { signal })
        if (!this.#stopped) sink.metrics(samples.filter(({ ref }) => this.#with.seen(ref) !== undefined))
      }
    } catch (thrown) {
      log.debug('samples of a cloud could not be read', { error: toWireError(thrown) })
    } finally {
      this.#asking = false
    }
    if (this.#stopped) return
    const nextMs = Math.min(...this.#refs().map((ref) => (this.#askedAtMs.get(ref) ?? nowMs) + api.rhythm.metricsMs))
    if (Number.isFinite(nextMs)) this.#schedule(Math.max(GATHER_MS, nextMs - clock.nowMs()))
  }
}
