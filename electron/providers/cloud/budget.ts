import { AppError } from '../../../shared/errors/index.ts'
import type { CallBudgetView } from '../../../shared/model/index.ts'
import type { Clock } from '../provider.ts'

const MINUTE_MS = 60_000
/** After a throttle the rate is halved, and comes back by this share of what is allowed for every quiet minute. */
const RECOVERY_SHARE = 0.25
const FLOOR_SHARE = 0.1
const DEFAULT_PAUSE_MS = 2_000

/**
 * How many calls an account makes: a bucket that fills with time. A cloud that asks for fewer gets fewer at once, and more again bit by
 * bit. Whoever waits is let in in the order of coming.
 */
export class CallBudget {
  readonly perMinute: number
  readonly #clock: Clock
  /** Calls that may be made at once. */
  readonly #burst: number
  #tokens: number
  #share = 1
  #filledAtMs: number
  #throttledUntilMs: number | null = null
  #lastThrottleMs = 0
  readonly #recent: number[] = []
  #queue: Promise<void> = Promise.resolve()

  constructor(clock: Clock, perMinute: number, burst = Math.max(1, Math.ceil(perMinute / 6))) {
    this.#clock = clock
    this.perMinute = perMinute
    this.#burst = burst
    this.#tokens = burst
    this.#filledAtMs = clock.nowMs()
  }

  /** Resolves when a call may be made. Throws `cancelled` when the signal ends the wait. */
  admit(signal: AbortSignal | undefined): Promise<void> {
    const turn = this.#queue.then(() => this.#admit(signal))
    this.#queue = turn.catch(() => undefined)
    return turn
  }

  /** The cloud has said that it is too much. */
  throttled(retryAfterMs: number = DEFAULT_PAUSE_MS): void {
    const nowMs = this.#clock.nowMs()
    this.#share = Math.max(FLOOR_SHARE, this.#share / 2)
    this.#lastThrottleMs = nowMs
    this.#throttledUntilMs = Math.max(this.#throttledUntilMs ?? 0, nowMs + retryAfterMs)
    this.#tokens = 0
    this.#filledAtMs = nowMs
  }

  view(): CallBudgetView {
    const nowMs = this.#clock.nowMs()
    this.#forget(nowMs)
    const until = this.#throttledUntilMs
    return {
      usedLastMinute: this.#recent.length,
      perMinute: Math.round(this.perMinute * this.#share),
      throttledUntilMs: until !== null && until > nowMs ? until : null,
    }
  }

  async #admit(signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      if (signal?.aborted) throw new AppError({ kind: 'cancelled', code: 'cancelled', message: 'Cancelled.' })
      const nowMs = this.#clock.nowMs()
      const waitMs = this.#waitMs(nowMs)
      if (waitMs <= 0) {
        this.#tokens -= 1
        this.#forget(nowMs)
        this.#recent.push(nowMs)
        return
      }
      await this.#pause(waitMs, signal)
    }
  }

  #waitMs(nowMs: number): number {
    if (this.#throttledUntilMs !== null && nowMs < this.#throttledUntilMs) return this.#throttledUntilMs - nowMs
    const quietMinutes = Math.floor((nowMs - this.#lastThrottleMs) / MINUTE_MS)
    if (this.#share < 1 && quietMinutes > 0) {
      this.#share = Math.min(1, this.#share + RECOVERY_SHARE * quietMinutes)
      this.#lastThrottleMs = nowMs
    }
    const perMs = (this.perMinute * this.#share) / MINUTE_MS
    this.#tokens = Math.min(this.#burst, this.#tokens + (nowMs - this.#filledAtMs) * perMs)
    this.#filledAtMs = nowMs
    return this.#tokens >= 1 ? 0 : (1 - this.#tokens) / perMs
  }

  #forget(nowMs: number): void {
    while (this.#recent[0] !== undefined && this.#recent[0] <= nowMs - MINUTE_MS) this.#recent.shift()
  }

  #pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        cancel()
        signal?.removeEventListener('abort', end)
        resolve()
      }
      const cancel = this.#clock.after(Math.ceil(ms), end)
      signal?.addEventListener('abort', end)
    })
  }
}
