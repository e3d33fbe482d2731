import { useMemo, useState } from 'react'
import { useI18n } from '../../lib/i18n/index.ts'
import { Chart, type ChartSeries } from '../../ui/chart.tsx'
import type { MoveSample } from './live-move.ts'

const MEGA = 1_000_000
const HEIGHT = 132
const COLOURS = ['--nc-c1', '--nc-c2'] as const
/** A line needs some width to be read. */
const MIN_WINDOW_S = 10

export interface MoveChartProps {
  readonly group: string
  readonly samples: readonly MoveSample[]
  /** Nothing is heard of it now. */
  readonly stale: boolean
}

/** How fast bytes get over, and how fast the guest makes new ones: where the second line lies above the first, it does not end by itself. */
export function MoveChart({ group, samples, stale }: MoveChartProps) {
  const { t, format } = useI18n()
  const [cursor, setCursor] = useState<number | null>(null)
  const { times, values } = useMemo(() => {
    const mega = (value: number | null) => (value === null ? null : value / MEGA)
    return {
      times: samples.map(({ atMs }) => atMs / 1_000),
      values: [samples.map((one) => mega(one.bandwidthBytesPerS)), samples.map((one) => mega(one.dirtyBytesPerS))],
    }
  }, [samples])
  const labels = [t('move.bandwidth'), t('move.dirty-rate')]
  const series: readonly ChartSeries[] = labels.map((label, index) => ({ label, colour: COLOURS[index] ?? COLOURS[0] }))
  const from = times[0]
  const last = times.at(-1)
  if (from === undefined || last === undefined) return null
  const at = cursor === null ? times.length - 1 : cursor
  const atS = times[at]
  return (
    <section className="move-chart" aria-label={t('move.chart')}>
      <header>
        {series.map(({ label, colour }, index) => {
          const value = values[index]?.[at]
          return (
            <span key={label} className="move-legend num">
              <i style={{ background: `var(${colour})` }} />
              {label} <b>{value === null || value === undefined ? '–' : format.rate(value * MEGA)}</b>
            </span>
          )
        })}
        <span className="grow" />
        {cursor !== null && atS !== undefined && <span className="sub num">{format.timeSeconds(atS * 1_000)}</span>}
      </header>
      <Chart
        label={t('move.chart')}
        times={times}
        values={values}
        series={series}
        from={from}
        to={Math.max(last, from + MIN_WINDOW_S)}
        max={null}
        tick={(value) => (Number.isInteger(value) ? format.number(value) : format.short(value))}
        time={(atMs) => format.timeSeconds(atMs)}
        marks={[]}
        group={group}
        height={HEIGHT}
        stale={stale}
        onCursor={setCursor}
      />
    </section>
  )
}
