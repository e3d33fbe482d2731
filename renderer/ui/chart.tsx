import 'uplot/dist/uPlot.min.css'
import './chart.css'
import { useEffect, useEffectEvent, useLayoutEffect, useRef, useState } from 'react'
import uPlot from 'uplot'

export interface ChartSeries {
  readonly label: string
  /** CSS custom property of its colour, such as `--nc-c1`. */
  readonly colour: string
  readonly fill?: boolean
}

export interface ChartMark {
  readonly atMs: number
  readonly severity: 'info' | 'warning' | 'error'
}

export interface ChartProps {
  readonly label: string
  /** Seconds, ascending. */
  readonly times: readonly number[]
  readonly values: ReadonlyArray<readonly (number | null)[]>
  readonly series: readonly ChartSeries[]
  /** Both ends of the time axis, in seconds. */
  readonly from: number
  readonly to: number
  /** Upper end of the value axis; null: the next round number above the data. */
  readonly max: number | null
  readonly tick: (value: number) => string
  readonly time: (atMs: number) => string
  readonly marks: readonly ChartMark[]
  /** Charts of one group share the crosshair. */
  readonly group: string
  readonly height: number
  readonly stale?: boolean
  /** Each value has a dot: for values so far apart that one alone would not be seen. */
  readonly dots?: boolean
  /** The point under the crosshair; null: none. */
  readonly onCursor: (index: number | null) => void
}

const HOVER_PX = 24
const MARK_COLOURS = { info: '--nc-busy', warning: '--nc-warn', error: '--nc-bad' } as const

/** A hex colour at 12 %. Minified style sheets shorten `#0066cc` to `#06c`. */
export function faint(colour: string): string {
  const short = /^#([\da-f])([\da-f])([\da-f])$/i.exec(colour)
  return `${
    short
      ? `#${short
          .slice(1)
          .map((digit) => digit + digit)
          .join('')}`
      : colour
  }1f`
}

function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

/** The next of 1, 2, 3, 4, 6, 8 times a power of ten that is not below `value`. */
export function niceMax(value: number): number {
  if (!(value > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  for (const step of [1, 2, 3, 4, 6, 8, 10]) if (value <= step * power) return step * power
  return 10 * power
}

/** Counts up when light and dark are exchanged: a canvas does not follow style sheets. */
function useThemeVersion(): number {
  const [version, setVersion] = useState(0)
  useEffect(() => {
    const observer = new MutationObserver(() => setVersion((before) => before + 1))
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['class'] })
    return () => observer.disconnect()
  }, [])
  return version
}

/** A line chart: from zero, three grid lines, gaps stay gaps, marks at events, one crosshair for its group. */
export function Chart(props: ChartProps) {
  const { label, times, values, series, from, to, max, group, height, stale = false, dots = false } = props
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const theme = useThemeVersion()
  const latest = useRef(props)
  useLayoutEffect(() => {
    latest.current = props
  })
  const recipe = `${theme} ${group} ${stale} ${dots} ${series.map((one) => one.label + one.colour).join()}`
  const create = useEffectEvent(
    (element: HTMLDivElement) => new uPlot(optionsOf(latest, element.clientWidth || 300), dataOf(latest.current), element),
  )

  // Made again only for another theme, group or set of series; new data goes into the one that stands.
  useEffect(() => {
    const element = box.current
    if (!element || recipe === '') return undefined
    const made = create(element)
    plot.current = made
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0) made.setSize({ width: element.clientWidth, height })
    })
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
      plot.current = null
    }
  }, [recipe, height])

  useEffect(() => {
    const made = plot.current
    if (!made) return
    made.batch(() => {
      made.setData(dataOf({ times, values }), false)
      made.setScale('x', { min: from, max: to })
      made.setScale('y', { min: 0, max: topOf({ max, values }) })
    })
  }, [times, values, from, to, max])

  return <div ref={box} className="chart" role="img" aria-label={label} style={{ height }} />
}

function highest(values: ReadonlyArray<readonly (number | null)[]>): number {
  let top = 0
  for (const column of values) for (const value of column) if (value !== null && value > top) top = value
  return top
}

/** Where the axis ends, with and without figures. */
function topOf({ max, values }: Pick<ChartProps, 'max' | 'values'>): number {
  return max ?? niceMax(highest(values))
}

function dataOf(props: Pick<ChartProps, 'times' | 'values'>): uPlot.AlignedData {
  return [props.times as number[], ...(props.values as (number | null)[][])]
}

function optionsOf(latest: React.RefObject<ChartProps>, width: number): uPlot.Options {
  const { series, group, height, from, to, stale, dots } = latest.current
  const font = `11px ${token('--pf-t--global--font--family--body') || 'sans-serif'}`
  const text = token('--nc-text-3')
  const grid = { stroke: token('--nc-grid'), width: 1 }
  return {
    width,
    height,
    legend: { show: false },
    padding: [8, 14, 0, 0],
    cursor: {
      sync: { key: group },
      y: false,
      drag: { x: false, y: false },
      points: { size: 6, width: 1.5 },
      // Nothing is under the crosshair where nothing was measured.
      hover: { prox: HOVER_PX },
    },
    scales: { x: { time: true, min: from, max: to, auto: false }, y: { auto: false, range: () => [0, topOf(latest.current)] } },
    axes: [
      {
        stroke: text,
        font,
        grid: { show: false },
        ticks: { show: false },
        size: 22,
        gap: 6,
        space: 70,
        values: (_plot, splits) => splits.map((split) => latest.current.time(split * 1_000)),
      },
      {
        stroke: text,
        font,
        grid,
        ticks: { show: false },
        size: 46,
        gap: 6,
        splits: (plot) => {
          const top = plot.scales.y?.max ?? 1
          return [0, top / 2, top]
        },
        values: (_plot, splits) => splits.map((split) => latest.current.tick(split)),
      },
    ],
    series: [
      {},
      ...series.map((one) => ({
        label: one.label,
        stroke: stale ? text : token(one.colour),
        width: 1.5,
        spanGaps: false,
        points: dots ? { show: true, size: 4, fill: stale ? text : token(one.colour) } : { show: false },
        ...(one.fill && { fill: faint(stale ? text : token(one.colour)) }),
      })),
    ],
    hooks: {
      draw: [(plot) => drawMarks(plot, latest.current.marks)],
      setCursor: [(plot) => latest.current.onCursor(plot.cursor.idxs?.[1] ?? null)],
    },
  }
}

/** A triangle at the top and a dashed line for each event inside the window. */
function drawMarks(plot: uPlot, marks: readonly ChartMark[]): void {
  const { ctx, bbox } = plot
  const ratio = devicePixelRatio || 1
  ctx.save()
  for (const mark of marks) {
    const x = Math.round(plot.valToPos(mark.atMs / 1_000, 'x', true))
    if (x < bbox.left || x > bbox.left + bbox.width) continue
    const colour = token(MARK_COLOURS[mark.severity])
    ctx.strokeStyle = colour
    ctx.fillStyle = colour
    ctx.lineWidth = ratio
    ctx.setLineDash([2 * ratio, 2 * ratio])
    ctx.beginPath()
    ctx.moveTo(x + 0.5, bbox.top)
    ctx.lineTo(x + 0.5, bbox.top + bbox.height)
    ctx.stroke()
    ctx.setLineDash([])
    ctx.beginPath()
    ctx.moveTo(x - 4 * ratio, bbox.top - 5 * ratio)
    ctx.lineTo(x + 4.5 * ratio, bbox.top - 5 * ratio)
    ctx.lineTo(x + 0.5, bbox.top + ratio)
    ctx.fill()
  }
  ctx.restore()
}
