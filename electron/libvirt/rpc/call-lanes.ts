import type { PendingCall } from './pending-call.ts'

/**
 * How many calls may be unanswered at once. A daemon reads at most `max_client_requests` (5 by default) calls of one client, the one it is
 * reading included, and then nothing more, keepalive included, until one is answered. Changes can take minutes, so only four of them may be
 * on their way; reads are answered soon and go deeper, which hides the round trip.
 */
export interface LaneLimits {
  readonly maxInFlight: number
  readonly maxChangesInFlight: number
}

export const DEFAULT_LIMITS: LaneLimits = { maxInFlight: 32, maxChangesInFlight: 4 }

/** The calls that wait for their turn, oldest first in each lane. */
export class CallLanes {
  readonly #limits: LaneLimits
  readonly #reads = new Set<PendingCall>()
  readonly #changes = new Set<PendingCall>()
  #inFlight = 0
  #changesInFlight = 0

  constructor(limits: LaneLimits) {
    this.#limits = limits
  }

  get queued(): number {
    return this.#reads.size + this.#changes.size
  }

  get inFlight(): number {
    return this.#inFlight
  }

  add(call: PendingCall): void {
    this.#lane(call).add(call)
  }

  /** Takes the next call that may be sent; it counts as on its way until {@link release}. */
  take(): PendingCall | undefined {
    if (this.#inFlight >= this.#limits.maxInFlight) return undefined
    const lane = this.#changesInFlight < this.#limits.maxChangesInFlight && this.#changes.size > 0 ? this.#changes : this.#reads
    const [next] = lane
    if (next === undefined) return undefined
    lane.delete(next)
    this.#inFlight++
    if (!next.call.idempotent) this.#changesInFlight++
    return next
  }

  /** The daemon answered it, late or not. */
  release(call: PendingCall): void {
    this.#inFlight--
    if (!call.call.idempotent) this.#changesInFlight--
  }

  /** Forgets a call that was given up before its turn. */
  remove(call: PendingCall): void {
    this.#lane(call).delete(call)
  }

  /** Empties the lanes. */
  drain(): readonly PendingCall[] {
    const all = [...this.#changes, ...this.#reads]
    this.#changes.clear()
    this.#reads.clear()
    return all
  }

  #lane(call: PendingCall): Set<PendingCall> {
    return call.call.idempotent ? this.#reads : this.#changes
  }
}
