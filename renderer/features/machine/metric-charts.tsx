import { useMemo, useState } from 'react'
import type { EventRecord, Machine, MachineMetrics } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useNowMs } from '../../lib/time/ticker.ts'
import { Chart, type ChartMark, type ChartSeries } from '../../ui/chart.tsx'
import { Fresh } from '../../ui/index.ts'
import { eventText } from '../events/index.ts'
import { columnsOf, gapOf, periodOf, useSamples, WINDOW_MS } from './samples.ts'

interface Line {
  readonly label: string
  readonly value: (sample: MachineMetrics) => number | null
}

interface Spec {
  readonly id: string
  readonly title: string
  readonly sub: string
  readonly unit: string
  readonly max: number | null
  readonly lines: readonly Line[]
  /** The figure in the title, and on the axis. */
  readonly figure: (value: number) => string
  readonly tick: (value: number) => string
}

const COLOURS = ['--nc-c1', '--nc-c2'] as const
const CHART_HEIGHT = 168
const MARKED = 8

export interface MetricChartsProps {
  readonly machine: Machine
  readonly events: readonly EventRecord[]
  readonly stale: boolean
}

/** CPU, memory, disk and network of the last 15 minutes under one crosshair, with the events of that time. */
export function MetricCharts({ machine, events, stale }: MetricChartsProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const isCloud = machine.cloud !== null
  const samples = useSamples(machine.id, isCloud)
  const periodMs = useMemo(() => (isCloud ? periodOf(samples) : null), [isCloud, samples])
  const nowMs = useNowMs(1_000)
  const [cursor, setCursor] = useState<number | null>(null)
  const newest = samples.at(-1)
  // Over a lost link time stands still where the last sample was: nothing slides away unseen.
  const to = (stale ? (newest?.atMs ?? nowMs) : nowMs) / 1_000
  const from = to - WINDOW_MS / 1_000
  const marked = useMemo(
    () =>
      events.filter((event) => event.atMs / 1_000 > from && event.atMs / 1_000 <= to && event.code !== 'machine.metrics').slice(0, MARKED),
    [events, from, to],
  )
  const specs = useSpecs(machine)
  const marks: readonly ChartMark[] = marked
  const last = marked[0]
  return (
    <>
      <div className="chart-bar">
        <span className="sub num">
          <Fresh shape={stale ? 'lost' : 'live'} />{' '}
          {stale ? t('chart.window-stale') : isCloud ? <CloudWindow newest={newest} periodMs={periodMs} /> : t('chart.window')}
        </span>
        <span className="grow" />
        {last && (
          <span
            className="chart-marks ellipsis"
            title={marked.map((event) => `${format.timeSeconds(event.atMs)} ${eventText(event, i18n)}`).join('\n')}
          >
            <i className={`triangle ${last.severity}`} /> {format.time(last.atMs)} {eventText(last, i18n)}
          </span>
        )}
      </div>
      <div className="charts">
        {specs.map((spec) => (
          <MetricChart
            key={spec.id}
            spec={spec}
            machineId={machine.id}
            isCloud={isCloud}
            samples={samples}
            gapMs={gapOf(periodMs)}
            from={from}
            to={to}
            marks={marks}
            stale={stale}
            cursor={cursor}
            onCursor={setCursor}
          />
        ))}
      </div>
    </>
  )
}

/** A cloud tells late, and once in its own period: which, and of when the newest is. */
function CloudWindow({ newest, periodMs }: { readonly newest: MachineMetrics | undefined; readonly periodMs: number | null }) {
  const { t, format } = useI18n()
  if (!newest) return t('chart.window-cloud-none')
  const time = format.time(newest.atMs)
  if (periodMs === null) return t('chart.window-cloud', { time })
  return t('chart.window-cloud-period', { time, minutes: Math.max(1, Math.round(periodMs / 60_000)) })
}

interface MetricChartProps {
  readonly spec: Spec
  readonly machineId: string
  /** Clouds see little from outside of a machine. */
  readonly isCloud: boolean
  readonly samples: readonly MachineMetrics[]
  readonly gapMs: number
  readonly from: number
  readonly to: number
  readonly marks: readonly ChartMark[]
  readonly stale: boolean
  readonly cursor: number | null
  readonly onCursor: (index: number | null) => void
}

function MetricChart({ spec, machineId, isCloud, samples, gapMs, from, to, marks, stale, cursor, onCursor }: MetricChartProps) {
  const { t, format } = useI18n()
  const { times, values } = useMemo(
    () =>
      columnsOf(
        samples,
        spec.lines.map((line) => line.value),
        gapMs,
      ),
    [samples, spec, gapMs],
  )
  const newest = samples.at(-1)
  const sum = newest ? total(spec.lines.map((line) => line.value(newest))) : null
  const series: readonly ChartSeries[] = spec.lines.map((line, index) => ({
    label: line.label,
    colour: COLOURS[index] ?? COLOURS[0],
    fill: spec.lines.length === 1,
  }))
  const at = cursor === null ? undefined : times[cursor]
  const drawn = values.some((column) => column.some((value) => value !== null))
  return (
    <section className="chart-card" aria-label={spec.title}>
      <header>
        <h2>{spec.title}</h2>
        <span className="chart-figure num">
          {sum === null ? <span className="none">–</span> : spec.figure(sum)}
          {sum !== null && <i>{spec.unit}</i>}
        </span>
        <span className="sub num ellipsis">{spec.sub}</span>
        <span className="grow" />
        {at !== undefined && <span className="sub num">{format.timeSeconds(at * 1_000)}</span>}
        {(at !== undefined || spec.lines.length > 1) &&
          spec.lines.map((line, index) => {
            const value = cursor === null ? undefined : values[index]?.[cursor]
            return (
              <span key={line.label} className="chart-legend num">
                <i style={{ background: `var(${stale ? '--nc-text-3' : (COLOURS[index] ?? '--nc-c1')})` }} />
                {spec.lines.length > 1 && line.label}{' '}
                {at === undefined ? '' : value === null || value === undefined ? '–' : spec.figure(value)}
              </span>
            )
          })}
      </header>
      <div className="chart-box">
        <Chart
          label={t('chart.label', { title: spec.title })}
          times={times}
          values={values}
          series={series}
          from={from}
          to={to}
          max={spec.max}
          tick={spec.tick}
          time={(atMs) => format.time(atMs)}
          marks={marks}
          group={`machine/${machineId}`}
          height={CHART_HEIGHT}
          stale={stale}
          dots={isCloud}
          onCursor={onCursor}
        />
        {!drawn && <span className="chart-empty sub">{t(isCloud && newest ? 'chart.not-told' : 'chart.empty')}</span>}
      </div>
    </section>
  )
}

function total(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0)
}

const MEGA = 1_000_000
const KIB_PER_GIB = 1_048_576

function useSpecs(machine: Machine): readonly Spec[] {
  const { t, format } = useI18n()
  const { vcpus, memoryKiB, maxMemoryKiB } = machine
  return useMemo(() => {
    const megabytes = (value: number) => (value >= 10 ? format.number(value) : format.short(value))
    const totalKiB = Math.max(memoryKiB, maxMemoryKiB)
    // A small guest in GiB would read as nothing at all.
    const small = totalKiB < KIB_PER_GIB
    const memoryUnit = small ? 'MiB' : 'GiB'
    const kibPerUnit = small ? 1_024 : KIB_PER_GIB
    const memory = totalKiB / kibPerUnit
    const per = (value: number | null, divisor: number) => (value === null ? null : value / divisor)
    return [
      {
        id: 'cpu',
        title: t('column.cpu'),
        sub: vcpus > 0 ? t('machine.vcpus', { count: vcpus }) : '',
        unit: '%',
        max: 100,
        lines: [{ label: t('column.cpu'), value: (sample) => sample.cpuPercent }],
        figure: (value) => format.number(value),
        tick: (value) => format.percent(value),
      },
      {
        id: 'memory',
        title: t('chart.memory'),
        sub: totalKiB > 0 ? t('chart.of', { total: format.bytes(totalKiB * 1_024) }) : '',
        unit: memoryUnit,
        max: memory > 0 ? memory : null,
        lines: [{ label: t('chart.memory'), value: (sample) => per(sample.memoryUsedKiB, kibPerUnit) }],
        figure: (value) => format.short(value),
        tick: (value) => (Number.isInteger(value) ? format.number(value) : format.short(value)),
      },
      {
        id: 'disk',
        title: t('chart.disk'),
        sub: '',
        unit: 'MB/s',
        max: null,
        lines: [
          { label: t('chart.read'), value: (sample) => per(sample.diskReadBytesPerS, MEGA) },
          { label: t('chart.write'), value: (sample) => per(sample.diskWriteBytesPerS, MEGA) },
        ],
        figure: megabytes,
        tick: (value) => (Number.isInteger(value) ? format.number(value) : format.short(value)),
      },
      {
        id: 'network',
        title: t('chart.network'),
        sub: '',
        unit: 'Mbit/s',
        max: null,
        lines: [
          { label: t('chart.in'), value: (sample) => per(sample.netRxBytesPerS, MEGA / 8) },
          { label: t('chart.out'), value: (sample) => per(sample.netTxBytesPerS, MEGA / 8) },
        ],
        figure: megabytes,
        tick: (value) => (Number.isInteger(value) ? format.number(value) : format.short(value)),
      },
    ]
  }, [t, format, vcpus, memoryKiB, maxMemoryKiB])
}
