import { dirtiedIn, type Writes } from './predict-writes.ts'

/** A move of memory as QEMU makes it. Bytes, and bytes a second. */
export interface Passes {
  /** Memory that holds anything. */
  readonly memoryBytes: number
  readonly bytesPerS: number
  readonly writes: Writes
  /** The guest may stand still for so long. */
  readonly downtimeMs: number
  /** Slowed down, more and more, while it writes more than half of what is sent. */
  readonly autoConverge: boolean
  /** Switched over after the first pass, when the passes do not get less. */
  readonly postCopy: boolean
  /** What is left of a page that is sent again, 0 to 1. */
  readonly againShare: number
}

export interface PassesEnd {
  readonly converges: boolean
  readonly ms: number
  /** In the first pass, and after it. */
  readonly firstBytes: number
  readonly againBytes: number
  /** The guest stands still while these are sent. */
  readonly stopMs: number
  readonly passes: number
}

/** QEMU sends for so long before it looks what is left (`MAX_WAIT` of migration/ram.c), and measures its own rate over two of them. */
const BURST_S = 0.05
const RATE_S = 0.1
/** `throttle-trigger-threshold`, `cpu-throttle-initial`, `-increment`, `max-cpu-throttle`: qapi/migration.json. */
const THROTTLE_AT = 0.5
const THROTTLES = { first: 20, more: 10, most: 99 } as const
/** Looks at the dirty rate, and so the throttle, at most once a second. */
const LOOK_S = 1
/** A move that has not ended by then does not end by itself. */
const MOST_PASSES = 400
const MOST_S = 4 * 3_600

/**
 * Pre-copy: memory is sent from end to end, then what was written meanwhile, until what is left fits into the downtime at the rate that was
 * reached (`migration_iteration_run`: the bitmap of dirty pages is read anew whenever that seems so; when it is still so then, the guest is
 * stopped and the rest is sent).
 */
export function simulatePasses(move: Passes): PassesEnd {
  const { memoryBytes, bytesPerS, againShare } = move
  const burst = bytesPerS * BURST_S
  const limit = bytesPerS * (move.downtimeMs / 1_000)
  const again = bytesPerS / Math.max(0.05, againShare)
  // until its rate is known, nothing counts as little enough
  const first = Math.max(memoryBytes - limit + burst / 2, Math.min(memoryBytes, bytesPerS * RATE_S))
  const throttle = new Throttle(move.autoConverge)
  let seconds = first / bytesPerS
  let left = together(memoryBytes - first, dirtiedIn(move.writes, seconds), memoryBytes)
  let sent = first
  let passes = 1
  throttle.look(dirtiedIn(move.writes, seconds), first, seconds)
  while (left >= limit) {
    if (passes >= MOST_PASSES || seconds >= MOST_S || (move.postCopy && passes > 1)) return notEnded()
    // whole bursts, the last of which gets below the limit
    const bytes = Math.min(left, (Math.floor((left - limit) / burst) + 1) * burst)
    const took = bytes / again
    const dirtied = dirtiedIn(throttle.slowed(move.writes), took)
    sent += bytes
    left = together(left - bytes, dirtied, Math.max(left, move.writes.setBytes))
    seconds += took
    passes += 1
    throttle.look(dirtied, bytes, took)
  }
  const stopMs = (left / bytesPerS) * 1_000
  return ended(true, stopMs, sent + left, passes + 1)

  function notEnded(): PassesEnd {
    if (!move.postCopy) return ended(false, (left / bytesPerS) * 1_000, sent, passes)
    // what is left is sent while it runs at the target already
    seconds += left / bytesPerS
    return ended(true, 0, sent + left, passes)
  }

  function ended(converges: boolean, stop: number, all: number, rounds: number): PassesEnd {
    const firstBytes = Math.min(memoryBytes, all)
    const againBytes = (all - firstBytes) * againShare
    return { converges, ms: seconds * 1_000 + stop, firstBytes, againBytes, stopMs: stop, passes: rounds }
  }
}

/** What is written before it was sent is sent once: both lie somewhere within so many bytes. */
function together(unsent: number, dirtied: number, within: number): number {
  return within <= 0 ? 0 : unsent + dirtied * Math.max(0, 1 - unsent / within)
}

/** Auto-converge (`migration_trigger_throttle`): on the second look at which too much was written, and on every such look after it. */
class Throttle {
  readonly #isOn: boolean
  #percent = 0
  #high = 0
  #since = { dirtied: 0, sent: 0, seconds: 0 }

  constructor(isOn: boolean) {
    this.#isOn = isOn
  }

  slowed({ bytesPerS, setBytes }: Writes): Writes {
    return { bytesPerS: bytesPerS * (1 - this.#percent / 100), setBytes }
  }

  look(dirtied: number, sent: number, seconds: number): void {
    const since = { dirtied: this.#since.dirtied + dirtied, sent: this.#since.sent + sent, seconds: this.#since.seconds + seconds }
    this.#since = since.seconds < LOOK_S ? since : { dirtied: 0, sent: 0, seconds: 0 }
    if (!this.#isOn || since.seconds < LOOK_S || since.dirtied <= since.sent * THROTTLE_AT) return
    this.#high += 1
    if (this.#high < 2) return
    this.#high = 0
    const { first, more, most } = THROTTLES
    this.#percent = this.#percent === 0 ? first : Math.min(most, this.#percent + more)
  }
}
