/** What the connection needs of time; tests pass their own. */
export interface Clock {
  /** Milliseconds from any fixed point, never going back. */
  now(): number
  /** Calls once after `ms` milliseconds; returns what cancels it. */
  after(ms: number, call: () => void): () => void
}

/** setTimeout holds a signed 32-bit count of milliseconds; a longer wait would fire at once. */
const LONGEST_TIMEOUT_MS = 0x7fff_ffff

/** The process's own clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, Math.min(ms, LONGEST_TIMEOUT_MS))
    return () => clearTimeout(timer)
  },
}
