import { useMemo } from 'react'
import type { MachineId, MachineMetrics, MeasuredSample, Preflight } from '../../../../shared/model/index.ts'
import { useApiQuery } from '../../../lib/api/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { useNowMs } from '../../../lib/time/ticker.ts'
import { Chart } from '../../../ui/chart.tsx'

const WINDOW_MS = 30 * 60_000
const STEP_MS = 10_000
/** Between samples further apart nothing is known: the line breaks. */
const GAP_MS = 75_000
const REFRESH_MS = 15_000
const MEGA = 1_000_000
const HEIGHT = 112
const COLOURS = ['--nc-c1', '--nc-c2'] as const

interface Line<T> {
  readonly label: string
  readonly colour: (typeof COLOURS)[number]
  readonly value: (sample: T) => number | null
}

/** What was measured in the last half hour; where nothing was, the writes that the metrics know. Nothing where neither is known. */
export function PredictionChart({ machineId, preflight }: { readonly machineId: MachineId; readonly preflight: Preflight }) {
  const { t } = useI18n()
  const way = { machineId, targetHostId: preflight.target.hostId }
  const measured = useApiQuery('migrations.measured', way, (api, signal) => api.migrations.measured(way, { signal }), {
    refreshMs: REFRESH_MS,
  })
  const recent = useApiQuery(
    'inventory.recentMetrics',
    { machineId },
    (api, signal) => api.inventory.recentMetrics({ machineId }, { signal }),
    { staleMs: 0, refreshMs: REFRESH_MS },
  )
  const rates: ReadonlyArray<Line<MeasuredSample>> = [
    { label: t('migrate.bandwidth'), colour: COLOURS[0], value: ({ bandwidthBytesPerS }) => bandwidthBytesPerS },
    { label: t('migrate.dirty'), colour: COLOURS[1], value: ({ dirtyBytesPerS }) => dirtyBytesPerS },
  ]
  const writes: ReadonlyArray<Line<MachineMetrics>> = [
    { label: t('migrate.chart.writes'), colour: COLOURS[1], value: ({ diskWriteBytesPerS }) => diskWriteBytesPerS },
  ]
  if (measured.data && measured.data.length > 0)
    return <RateChart label={t('migrate.chart')} samples={measured.data} lines={rates} note={t('migrate.chart.measured')} dots />
  const samples = recent.data?.samples ?? []
  if (!measured.data || !samples.some(({ diskWriteBytesPerS }) => diskWriteBytesPerS !== null)) return null
  return <RateChart label={t('migrate.chart.writes-label')} samples={samples} lines={writes} note={t('migrate.chart.not-measured')} />
}

interface RateChartProps<T> {
  readonly label: string
  readonly samples: readonly T[]
  readonly lines: ReadonlyArray<Line<T>>
  readonly note: string
  readonly dots?: boolean
}

function RateChart<T extends { readonly atMs: number }>({ label, samples, lines, note, dots = false }: RateChartProps<T>) {
  const { t, format } = useI18n()
  const to = useNowMs(STEP_MS) / 1_000 + STEP_MS / 1_000
  const values = lines.map(({ value }) => value)
  const { times, columns } = useMemo(() => columnsOf(samples, values), [samples, values])
  return (
    <section className="migrate-chart">
      <header>
        {lines.map(({ label: name, colour, value }) => {
          const newest = samples.findLast((sample) => value(sample) !== null)
          const rate = newest && value(newest)
          return (
            <span key={name} className="migrate-legend num small">
              <i style={{ background: `var(${colour})` }} />
              {name} <b>{rate === null || rate === undefined ? '–' : format.rate(rate)}</b>
            </span>
          )
        })}
      </header>
      <Chart
        label={label}
        times={times}
        values={columns}
        series={lines.map(({ label: name, colour }) => ({ label: name, colour }))}
        from={to - WINDOW_MS / 1_000}
        to={to}
        max={null}
        tick={(value) => (Number.isInteger(value) ? format.number(value) : format.short(value))}
        time={(atMs) => format.time(atMs)}
        marks={[]}
        group="migrate"
        height={HEIGHT}
        dots={dots}
        onCursor={() => {}}
      />
      <p className="sub small">
        {t('migrate.chart.unit')} {note}
      </p>
    </section>
  )
}

/** Times in seconds, and a column a line in MB/s; between samples that are far apart an empty one, so that a gap is one. */
export function columnsOf<T extends { readonly atMs: number }>(
  samples: readonly T[],
  values: ReadonlyArray<(sample: T) => number | null>,
): { readonly times: number[]; readonly columns: (number | null)[][] } {
  const times: number[] = []
  const columns: (number | null)[][] = values.map(() => [])
  let lastMs: number | null = null
  for (const sample of samples) {
    if (lastMs !== null && sample.atMs - lastMs > GAP_MS) {
      times.push((lastMs + 1_000) / 1_000)
      for (const column of columns) column.push(null)
    }
    times.push(sample.atMs / 1_000)
    for (const [index, value] of values.entries()) {
      const bytesPerS = value(sample)
      columns[index]?.push(bytesPerS === null ? null : bytesPerS / MEGA)
    }
    lastMs = sample.atMs
  }
  return { times, columns }
}
