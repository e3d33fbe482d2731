import { onTestFinished } from 'vitest'
import type { Clock } from '../../provider.ts'

interface Timer {
  readonly atMs: number
  readonly order: number
  readonly run: () => void
}

export interface RacingClock extends Clock {
  /** Timers that wait now. */
  readonly pending: number
  /** Lets time stand still for good. */
  stop(): void
}

/**
 * A clock on which time jumps to the next timer as soon as nothing else is to be done: hours pass in milliseconds, always
 * in the same order. Starts at a fixed day, a Monday noon, and ends with the test that made it.
 */
export function createRacingClock(startMs = Date.UTC(2026, 10, 23, 12)): RacingClock {
  let nowMs = startMs
  let order = 0
  let running = true
  const timers = new Set<Timer>()
  const next = () => {
    let first: Timer | undefined
    for (const timer of timers) {
      if (!first || timer.atMs < first.atMs || (timer.atMs === first.atMs && timer.order < first.order)) first = timer
    }
    return first
  }
  const turn = () => {
    if (!running) return
    const timer = next()
    if (timer) {
      timers.delete(timer)
      nowMs = Math.max(nowMs, timer.atMs)
      timer.run()
    }
    setImmediate(turn)
  }
  setImmediate(turn)
  const stop = () => {
    running = false
    timers.clear()
  }
  // one that went on would turn for ever under the faked timers of the next file
  onTestFinished(stop)
  return {
    get pending() {
      return timers.size
    },
    nowMs: () => nowMs,
    after: (delayMs, callback) => {
      const timer: Timer = { atMs: nowMs + Math.max(0, delayMs), order: order++, run: callback }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    random: () => 0.5,
    stop,
  }
}
