import type { Clock } from '../../providers/provider.ts'

interface Timer {
  atMs: number
  readonly order: number
  readonly callback: () => void
}

/** Time that passes only when a test says so. */
export class FakeClock implements Clock {
  #nowMs: number
  #order = 0
  readonly #timers = new Set<Timer>()
  /** What `random()` answers: a number, or a function for a sequence. */
  randomValue: number | (() => number) = 0.5

  constructor(nowMs = 1_700_000_000_000) {
    this.#nowMs = nowMs
  }

  nowMs(): number {
    return this.#nowMs
  }

  random(): number {
    return typeof this.randomValue === 'number' ? this.randomValue : this.randomValue()
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Timers that wait now. */
  get pending(): number {
    return this.#timers.size
  }

  /** The computer sleeps: the time of day goes on, but timers do not count it, as with a monotonic clock. */
  sleep(durationMs: number): void {
    this.#nowMs += durationMs
    for (const timer of this.#timers) timer.atMs += durationMs
  }

  /** Somebody, or a time server, sets the time of day back; timers go on as they would. */
  setBack(byMs: number): void {
    this.#nowMs -= byMs
    for (const timer of this.#timers) timer.atMs -= byMs
  }

  /** Lets time pass, firing timers in order; promises settle between them. */
  async advance(durationMs: number): Promise<void> {
    const until = this.#nowMs + durationMs
    await settle()
    for (let next = this.#nextUntil(until); next; next = this.#nextUntil(until)) {
      this.#timers.delete(next)
      this.#nowMs = Math.max(this.#nowMs, next.atMs)
      next.callback()
      await settle()
    }
    this.#nowMs = until
    await settle()
  }

  #nextUntil(untilMs: number): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers) {
      if (timer.atMs > untilMs) continue
      if (!next || timer.atMs < next.atMs || (timer.atMs === next.atMs && timer.order < next.order)) next = timer
    }
    return next
  }
}

/** Lets everything that is ready run: a turn of the event loop drains all micro-tasks. */
export async function settle(turns = 2): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
}
