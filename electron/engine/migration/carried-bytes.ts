import type { ActProgress, MoveProgress } from '../../providers/provider.ts'

/** A rate counts from here on: bytes of the first moment are in somebody's buffers. */
const LEAST_MS = 1_000

/**
 * How far the disks are that this console carries, from what the step of one of them tells: as a hypervisor tells of those that it copies. A byte
 * counts as done when it was sent and read back, so that what is left over the rate is the time that is left.
 */
export class CarriedBytes {
  readonly #before: number
  readonly #own: number
  readonly #total: number
  #since: { readonly atMs: number; readonly fraction: number } | null = null

  /** Of each disk, the bytes that it takes at the source; the step is that of number `index`. */
  constructor(bytes: readonly number[], index: number) {
    const sum = (some: readonly number[]) => some.reduce((all, one) => all + one, 0)
    this.#before = sum(bytes.slice(0, index))
    this.#own = bytes[index] ?? 0
    this.#total = sum(bytes)
  }

  /** Null: it does not tell how far it is. */
  told({ fraction }: ActProgress, nowMs: number): MoveProgress | null {
    if (fraction === undefined) return null
    this.#since ??= { atMs: nowMs, fraction }
    const ms = nowMs - this.#since.atMs
    const done = Math.round(this.#before + fraction * this.#own)
    return {
      phase: 'copying-disks',
      memory: null,
      disk: { total: this.#total, done, remaining: this.#total - done },
      iteration: null,
      dirtyBytesPerS: null,
      bandwidthBytesPerS: ms < LEAST_MS ? null : Math.round((((fraction - this.#since.fraction) * this.#own) / ms) * 1_000),
      throttlePercent: null,
    }
  }
}
