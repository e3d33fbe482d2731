import type { PoolId } from '../../../shared/model/index.ts'
import type { Clock, VolumeFactsOf } from '../../providers/provider.ts'

/** What was read of a volume this long ago is told again without asking its host. */
const KEPT_MS = 60_000
/** Pools whose volumes are remembered; the one that was looked at least lately goes. */
const MOST_POOLS = 50

interface Known {
  readonly facts: VolumeFactsOf
  readonly atMs: number
}

/** What the volumes of pools were a moment ago, so that whoever scrolls or comes back waits for what is new only. */
export class FactsMemory {
  readonly #clock: Clock
  readonly #pools = new Map<PoolId, Map<string, Known>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** What of these is known still, by name. */
  known(poolId: PoolId, names: readonly string[]): Map<string, VolumeFactsOf> {
    const kept = this.#pools.get(poolId)
    const since = this.#clock.nowMs() - KEPT_MS
    const answer = new Map<string, VolumeFactsOf>()
    for (const name of names) {
      const one = kept?.get(name)
      if (one && one.atMs >= since) answer.set(name, one.facts)
    }
    return answer
  }

  put(poolId: PoolId, facts: ReadonlyMap<string, VolumeFactsOf | null>): void {
    const kept = this.#pools.get(poolId) ?? new Map<string, Known>()
    // Set anew, it is the youngest.
    this.#pools.delete(poolId)
    this.#pools.set(poolId, kept)
    const atMs = this.#clock.nowMs()
    for (const [name, one] of facts) {
      if (one) kept.set(name, { facts: one, atMs })
      else kept.delete(name)
    }
    const [oldest] = this.#pools.keys()
    if (this.#pools.size > MOST_POOLS && oldest !== undefined) this.#pools.delete(oldest)
  }

  /** Something was done to it: nothing of what was read before is told again. */
  forget(poolId: PoolId): void {
    this.#pools.delete(poolId)
  }
}
