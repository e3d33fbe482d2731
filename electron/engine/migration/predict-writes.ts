import type { MigrationMeasure } from '../../../shared/model/index.ts'

/**
 * How a guest writes to its memory. The pages that a guest writes in a while are few, and written again and again: what is dirty
 * after `t` seconds grows by `bytesPerS` at first and never beyond `setBytes`, its writable working set.
 */
export interface Writes {
  readonly bytesPerS: number
  readonly setBytes: number
}

/** Distinct bytes that are dirty after so many seconds. */
export function dirtiedIn({ bytesPerS, setBytes }: Writes, seconds: number): number {
  if (setBytes <= 0 || bytesPerS <= 0) return 0
  return setBytes * -Math.expm1((-seconds * bytesPerS) / setBytes)
}

/** A working set that is full within the shortest measurement says no more of its rate than this many times itself. */
const STEEPEST = 8
const HALVINGS = 40

/** From a measurement; null: there is none. `memoryBytes`: more than the guest's memory is never dirty. */
export function writesOf(measured: MigrationMeasure | null, memoryBytes: number): Writes | null {
  if (!measured) return null
  const points = (measured.dirtied ?? []).filter(({ seconds }) => seconds > 0).toSorted((a, b) => a.seconds - b.seconds)
  const [short, long] = [points[0], points.at(-1)]
  if (short && long && long.seconds > short.seconds) return fitted(short, long, memoryBytes)
  if (short) return { bytesPerS: short.bytes / short.seconds, setBytes: memoryBytes }
  return measured.dirtyBytesPerS === null ? null : { bytesPerS: measured.dirtyBytesPerS, setBytes: memoryBytes }
}

interface Point {
  readonly seconds: number
  readonly bytes: number
}

/** The curve through both points: with `x` the share of its set that a guest rewrites in the shorter time, `long / short = (1 − e^(−kx)) / (1 − e^(−x))`. */
function fitted(short: Point, long: Point, memoryBytes: number): Writes {
  if (long.bytes <= 0) return { bytesPerS: 0, setBytes: 0 }
  if (short.bytes <= 0) return { bytesPerS: long.bytes / long.seconds, setBytes: memoryBytes }
  const times = long.seconds / short.seconds
  const growth = long.bytes / short.bytes
  const growthAt = (x: number) => Math.expm1(-times * x) / Math.expm1(-x)
  // as fast as time itself: nothing of a set is to be seen yet
  if (growth >= growthAt(1e-3))
    return { bytesPerS: Math.max(short.bytes / short.seconds, long.bytes / long.seconds), setBytes: memoryBytes }
  let [low, high] = [1e-3, STEEPEST]
  for (let round = 0; round < HALVINGS; round += 1) {
    const middle = (low + high) / 2
    if (growthAt(middle) > growth) low = middle
    else high = middle
  }
  const setBytes = Math.min(memoryBytes, Math.max(long.bytes, short.bytes / -Math.expm1(-high)))
  return { bytesPerS: (high * setBytes) / short.seconds, setBytes }
}
