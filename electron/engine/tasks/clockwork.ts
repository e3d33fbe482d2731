import type { Clock } from '../../providers/provider.ts'

/** Looked at least so often, for the time of day may be set, and a computer may sleep. */
const LOOK_MS = 60_000
/** A time that is met later than this was missed: the console was off, or the computer slept. */
export const LATE_MS = 10 * 60_000

export interface ClockworkOptions {
  readonly clock: Clock
  /** Does what is due. Must not throw. */
  readonly look: () => Promise<void>
  /** When something is due next, by the time of day; null: nothing waits. */
  readonly nextAtMs: () => number | null
}

/** Drives what happens by the clock: looks when something is due, once a minute at least, and never twice at a time. */
export class Clockwork {
  readonly #options: ClockworkOptions
  #cancel = () => {}
  #stopped = false
  /** Looks and changes, one after the other. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: ClockworkOptions) {
    this.#options = options
  }

  get isStopped(): boolean {
    return this.#stopped
  }

  /** Resolves after the first look: what was due while the console was off. */
  async start(): Promise<void> {
    await this.inTurn(this.#options.look)
    this.arm()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancel()
    await this.#last
  }

  /** A change beside which nothing is looked at. */
  inTurn<T>(run: () => Promise<T>): Promise<T> {
    const next = this.#last.then(run)
    this.#last = next.catch(() => undefined)
    return next
  }

  /** After every change of what is due. */
  arm(): void {
    this.#cancel()
    if (this.#stopped) return
    const { clock, look, nextAtMs } = this.#options
    const nextMs = nextAtMs()
    const waitMs = nextMs === null ? LOOK_MS : Math.min(LOOK_MS, Math.max(0, nextMs - clock.nowMs()))
    this.#cancel = clock.after(waitMs, () => {
      void this.inTurn(look).finally(() => this.arm())
    })
  }
}
