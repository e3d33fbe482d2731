import type { Clock } from './clock.ts'

/** How often an idle connection is probed and how many probes may go unanswered. */
export interface KeepaliveOptions {
  readonly intervalMs: number
  readonly count: number
}

/** libvirt's own defaults: a silent peer is given up after about 30 s. */
export const DEFAULT_KEEPALIVE: KeepaliveOptions = { intervalMs: 5_000, count: 5 }

/** Numbers of the keepalive program's two messages. */
export const PING = 1
export const PONG = 2

/**
 * Sends a PING whenever nothing came for `intervalMs`, and reports the peer dead when `count` of them went unanswered for an interval
 * each. Any message counts as a sign of life. While reading is paused (a stream's consumer is slow) PINGs still go out, which keeps the
 * peer from giving us up, but their answers cannot be seen and are not missed.
 */
export class Keepalive {
  readonly #clock: Clock
  readonly #options: KeepaliveOptions
  readonly #ping: () => void
  readonly #dead: () => void
  #lastReceived = 0
  #missed = 0
  #paused = false
  #cancel: (() => void) | undefined

  constructor(clock: Clock, options: KeepaliveOptions, ping: () => void, dead: () => void) {
    this.#clock = clock
    this.#options = options
    this.#ping = ping
    this.#dead = dead
  }

  start(): void {
    if (this.#cancel !== undefined || this.#options.intervalMs <= 0) return
    this.received()
    this.#schedule(this.#options.intervalMs)
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  /** A message came, of whatever kind. */
  received(): void {
    this.#lastReceived = this.#clock.now()
    this.#missed = 0
  }

  setPaused(paused: boolean): void {
    this.#paused = paused
    this.received()
  }

  #schedule(ms: number): void {
    this.#cancel = this.#clock.after(ms, () => this.#tick())
  }

  #tick(): void {
    const idle = this.#clock.now() - this.#lastReceived
    const { intervalMs, count } = this.#options
    if (idle < intervalMs && !this.#paused) {
      this.#schedule(intervalMs - idle)
    } else if (this.#missed >= count) {
      this.#cancel = undefined
      this.#dead()
    } else {
      if (!this.#paused) this.#missed++
      this.#schedule(intervalMs)
      this.#ping()
    }
  }
}
