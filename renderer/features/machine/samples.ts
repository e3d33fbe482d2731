import { useEffect, useMemo, useState } from 'react'
import type { MachineMetrics } from '../../../shared/model/index.ts'
import { useApiQuery } from '../../lib/api/index.ts'
import { useLive } from '../../lib/live/index.ts'

/** What the charts show, in milliseconds. */
export const WINDOW_MS = 15 * 60_000
/** A pause longer than this between two samples is a gap in the line, not a straight stretch. */
const GAP_MS = 75_000
/** The longest distance of a cloud's own figures: basic monitoring of AWS. */
const LONGEST_PERIOD_MS = 5 * 60_000
/** One figure that is late is no gap, two are. */
const GAP_PERIODS = 2.5
/** How soon, and how often at least, a cloud's figures are read again. */
const SOONEST_MS = 2_000
const LATEST_MS = 60_000
const NONE: readonly MachineMetrics[] = []

/** Both lists in one, oldest first, each sample once, nothing older than the window before the newest. */
export function mergeSamples(a: readonly MachineMetrics[], b: readonly MachineMetrics[]): readonly MachineMetrics[] {
  const byTime = new Map<number, MachineMetrics>()
  for (const sample of [...a, ...b]) byTime.set(sample.atMs, sample)
  const sorted = [...byTime.values()].sort((x, y) => x.atMs - y.atMs)
  const newest = sorted.at(-1)?.atMs ?? 0
  return sorted.filter((sample) => sample.atMs > newest - WINDOW_MS)
}

/** The usual distance of a cloud's samples, in milliseconds: its own period, as far as can be seen. Null: there are fewer than two. */
export function periodOf(samples: readonly MachineMetrics[]): number | null {
  const distances = samples.slice(1).map(({ atMs }, index) => atMs - (samples[index]?.atMs ?? 0))
  const usual = distances.toSorted((a, b) => a - b)[Math.floor((distances.length - 1) / 2)]
  return usual === undefined ? null : Math.min(usual, LONGEST_PERIOD_MS)
}

/** A longer distance between two samples is a gap, in milliseconds. Null: samples of a hypervisor, which come as often as they are asked for. */
export function gapOf(periodMs: number | null): number {
  return Math.max(GAP_MS, (periodMs ?? 0) * GAP_PERIODS)
}

/**
 * When a cloud's figures are read again, having been looked at for so long. Its history comes some seconds after a machine was opened, and
 * nothing tells so: the wait is as long as the time so far.
 */
export function refreshAfter(openForMs: number): number {
  return Math.min(Math.max(openForMs, SOONEST_MS), LATEST_MS)
}

/**
 * Samples of the last 15 minutes, growing with the stream. Those of a cloud come several at once, with older ones: with each that streams in
 * the whole is read again.
 */
export function useSamples(machineId: string, isCloud: boolean): readonly MachineMetrics[] {
  const { store } = useLive()
  const [openedAtMs] = useState(() => Date.now())
  const past = useApiQuery(
    'inventory.recentMetrics',
    { machineId },
    (api, signal) => api.inventory.recentMetrics({ machineId }, { signal }),
    { staleMs: 0, ...(isCloud && { refreshMs: (answeredAtMs) => refreshAfter(answeredAtMs - openedAtMs) }) },
  )
  const { refetch } = past
  const [fresh, setFresh] = useState<readonly MachineMetrics[]>(NONE)
  useEffect(() => {
    let newestMs = store.get('machine', machineId)?.metrics?.atMs
    return store.subscribeObject('machine', machineId, () => {
      const metrics = store.get('machine', machineId)?.metrics
      if (!metrics || metrics.atMs === newestMs) return
      newestMs = metrics.atMs
      setFresh((before) => [...before.slice(-2_000), metrics])
      if (isCloud) void refetch()
    })
  }, [store, machineId, isCloud, refetch])
  return useMemo(() => mergeSamples(past.data?.samples ?? NONE, fresh), [past.data, fresh])
}

/** Columns for a chart: times in seconds, then a column a field. A pause gets an empty point, so that the line breaks. */
export function columnsOf(
  samples: readonly MachineMetrics[],
  fields: ReadonlyArray<(sample: MachineMetrics) => number | null>,
  gapMs: number = GAP_MS,
): { readonly times: number[]; readonly values: (number | null)[][] } {
  const times: number[] = []
  const values: (number | null)[][] = fields.map(() => [])
  let last: number | null = null
  for (const sample of samples) {
    if (last !== null && sample.atMs - last > gapMs) {
      times.push((last + 1_000) / 1_000)
      for (const column of values) column.push(null)
    }
    times.push(sample.atMs / 1_000)
    for (const [index, field] of fields.entries()) values[index]?.push(field(sample))
    last = sample.atMs
  }
  return { times, values }
}
