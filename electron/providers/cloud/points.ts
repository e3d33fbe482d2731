import type { MachineMetrics } from '../../../shared/model/index.ts'

export type Figure = Exclude<keyof MachineMetrics, 'atMs'>

/** One value of one figure, in the unit of {@link MachineMetrics}. */
export interface Point {
  readonly atMs: number
  readonly value: number
}

const NOTHING: Omit<MachineMetrics, 'atMs'> = {
  cpuPercent: null,
  memoryUsedKiB: null,
  diskReadBytesPerS: null,
  diskWriteBytesPerS: null,
  netRxBytesPerS: null,
  netTxBytesPerS: null,
}

/**
 * The samples of one machine, oldest first, of what a cloud tells figure by figure, in any order. Only those since `sinceMs`, that time
 * included; null: the newest alone. Figures come unequally late: in the newest sample each has the last value that is known of it.
 */
export function samplesFrom(figures: Iterable<readonly [Figure, readonly Point[]]>, sinceMs: number | null): readonly MachineMetrics[] {
  const byTime = new Map<number, Partial<Record<Figure, number>>>()
  const last = new Map<Figure, Point>()
  for (const [figure, points] of figures) {
    for (const point of points) {
      const values = byTime.get(point.atMs) ?? {}
      values[figure] = point.value
      byTime.set(point.atMs, values)
      if (point.atMs > (last.get(figure)?.atMs ?? Number.NEGATIVE_INFINITY)) last.set(figure, point)
    }
  }
  const times = [...byTime.keys()].toSorted((a, b) => a - b)
  const newestMs = times.at(-1)
  if (newestMs === undefined) return []
  const latest = Object.fromEntries([...last].map(([figure, { value }]) => [figure, value]))
  const past = sinceMs === null ? [] : times.filter((atMs) => atMs >= sinceMs && atMs < newestMs)
  const samples = past.map((atMs): MachineMetrics => ({ ...NOTHING, ...byTime.get(atMs), atMs }))
  return sinceMs !== null && newestMs < sinceMs ? [] : [...samples, { ...NOTHING, ...latest, atMs: newestMs }]
}
