import { useEffect, useMemo, useState } from 'react'
import type { MachineMetrics } from '../../../shared/model/index.ts'
import { useApiQuery } from '../../lib/api/index.ts'
import { useLive } from '../../lib/live/index.ts'

/** What the charts show, in milliseconds. */
export const WINDOW_MS = 15 * 60_000
/** A pause longer than this between two samples is a gap in the line, not a straight stretch. */
const GAP_MS = 75_000
const NONE: readonly MachineMetrics[] = []

/** Both lists in one, oldest first, each sample once, nothing older than the window before the newest. */
export function mergeSamples(a: readonly MachineMetrics[], b: readonly MachineMetrics[]): readonly MachineMetrics[] {
  const byTime = new Map<number, MachineMetrics>()
  for (const sample of [...a, ...b]) byTime.set(sample.atMs, sample)
  const sorted = [...byTime.values()].sort((x, y) => x.atMs - y.atMs)
  const newest = sorted.at(-1)?.atMs ?? 0
  return sorted.filter((sample) => sample.atMs > newest - WINDOW_MS)
}

/** Samples of the last 15 minutes, growing with the stream. */
export function useSamples(machineId: string): readonly MachineMetrics[] {
  const { store } = useLive()
  const past = useApiQuery(
    'inventory.recentMetrics',
    { machineId },
    (api, signal) => api.inventory.recentMetrics({ machineId }, { signal }),
    { staleMs: 0 },
  )
  const [fresh, setFresh] = useState<readonly MachineMetrics[]>(NONE)
  useEffect(
    () =>
      store.subscribeObject('machine', machineId, () => {
        const metrics = store.get('machine', machineId)?.metrics
        if (!metrics) return
        setFresh((before) => (before.at(-1)?.atMs === metrics.atMs ? before : [...before.slice(-2_000), metrics]))
      }),
    [store, machineId],
  )
  return useMemo(() => mergeSamples(past.data?.samples ?? NONE, fresh), [past.data, fresh])
}

/** Columns for a chart: times in seconds, then a column a field. A pause gets an empty point, so that the line breaks. */
export function columnsOf(
  samples: readonly MachineMetrics[],
  fields: ReadonlyArray<(sample: MachineMetrics) => number | null>,
): { readonly times: number[]; readonly values: (number | null)[][] } {
  const times: number[] = []
  const values: (number | null)[][] = fields.map(() => [])
  let last: number | null = null
  for (const sample of samples) {
    if (last !== null && sample.atMs - last > GAP_MS) {
      times.push((last + 1_000) / 1_000)
      for (const column of values) column.push(null)
    }
    times.push(sample.atMs / 1_000)
    for (const [index, field] of fields.entries()) values[index]?.push(field(sample))
    last = sample.atMs
  }
  return { times, values }
}
