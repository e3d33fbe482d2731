import { type ReactNode, useEffect, useState } from 'react'

export function Kbd({ children }: { readonly children: ReactNode }) {
  return <kbd className="kbd">{children}</kbd>
}

/** Tags as chips, the rest as a number that names them on hover. */
export function Tags({ tags, max = 2 }: { readonly tags: readonly string[]; readonly max?: number }) {
  if (tags.length === 0) return null
  return (
    <span className="tags">
      {tags.slice(0, max).map((tag, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row that shows another machine keeps its elements
        <span key={index} className="tag">
          {tag}
        </span>
      ))}
      {tags.length > max && (
        <span className="tag-more" title={tags.slice(max).join(', ')}>
          +{tags.length - max}
        </span>
      )}
    </span>
  )
}

export interface BarProps {
  /** 0 to 100. */
  readonly percent: number
  readonly tone?: 'plain' | 'warn' | 'hot' | 'busy' | 'stale'
  readonly width?: number
  /** Given: it is announced as a progress bar of that name; else it only draws what stands beside it. */
  readonly label?: string
}

export function Bar({ percent, tone = 'plain', width, label }: BarProps) {
  const clamped = Math.min(100, Math.max(0, percent))
  const progress = label
    ? { role: 'progressbar', 'aria-label': label, 'aria-valuenow': Math.round(clamped), 'aria-valuemin': 0, 'aria-valuemax': 100 }
    : { 'aria-hidden': true }
  return (
    <span className={`bar ${tone}`} style={width === undefined ? undefined : { width, flex: 'none' }} {...progress}>
      <i style={{ width: `${clamped}%` }} />
    </span>
  )
}

const SPARK_WIDTH = 46
const SPARK_HEIGHT = 16

export interface SparkProps {
  /** Percent, oldest first; the newest stands at the right edge. */
  readonly values: readonly number[]
  /** How many points the whole width holds. */
  readonly capacity: number
  /** The last point is old: a dotted tail says so. */
  readonly stale?: boolean
}

/** A line on a fixed scale of 0 to 100. Coloured only when the newest value is over 97. */
export function Spark({ values, capacity, stale = false }: SparkProps) {
  const tail = stale ? Math.ceil(capacity / 4) : 0
  const room = Math.max(2, capacity - tail)
  const shown = values.slice(-room)
  const last = shown.at(-1)
  if (last === undefined || shown.length < 2) return <svg width={SPARK_WIDTH} height={SPARK_HEIGHT} className="spark" aria-hidden />
  const offset = room - shown.length
  const x = (index: number) => ((offset + index) / (capacity - 1)) * (SPARK_WIDTH - 3) + 1
  const y = (value: number) => SPARK_HEIGHT - 1.5 - (Math.min(100, Math.max(0, value)) / 100) * (SPARK_HEIGHT - 3)
  const line = shown.map((value, index) => `${index === 0 ? 'M' : 'L'}${x(index).toFixed(1)} ${y(value).toFixed(1)}`).join('')
  const endX = x(shown.length - 1)
  const hot = !stale && last > 97
  return (
    <svg width={SPARK_WIDTH} height={SPARK_HEIGHT} className={`spark${stale ? ' cut' : ''}${hot ? ' hot' : ''}`} aria-hidden>
      {shown.length > 1 && (
        <path d={`${line}L${endX.toFixed(1)} ${SPARK_HEIGHT - 0.5}L${x(0).toFixed(1)} ${SPARK_HEIGHT - 0.5}Z`} className="area" />
      )}
      <path d={line} className="line" />
      {stale ? (
        <path d={`M${endX} ${y(last)}H${SPARK_WIDTH - 2}`} className="gap" />
      ) : (
        <circle cx={endX} cy={y(last)} r="1.5" className="end" />
      )}
    </svg>
  )
}

/** True once `waiting` has lasted 300 ms: what is quick shows no skeleton at all. */
export function useLate(waiting: boolean, afterMs = 300): boolean {
  const [late, setLate] = useState(false)
  useEffect(() => {
    if (!waiting) return undefined
    const timer = setTimeout(() => setLate(true), afterMs)
    return () => {
      clearTimeout(timer)
      setLate(false)
    }
  }, [waiting, afterMs])
  return waiting && late
}

export function Skeleton({ width }: { readonly width: number | string }) {
  return <span className="skeleton" style={{ width }} aria-hidden />
}

export interface EmptyStateProps {
  readonly title: string
  readonly children?: ReactNode
  readonly actions?: ReactNode
}

/** Says what is not there and what can be done about it; no apology, no picture. */
export function EmptyState({ title, children, actions }: EmptyStateProps) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {children}
      {actions && <div className="empty-actions">{actions}</div>}
    </div>
  )
}

export interface BannerProps {
  readonly tone: 'info' | 'warn' | 'bad'
  readonly icon?: ReactNode
  readonly children: ReactNode
  readonly actions?: ReactNode
}

/** A state that stays true, across the page. Announced when it appears. */
export function Banner({ tone, icon, children, actions }: BannerProps) {
  return (
    <div className={`banner ${tone}`} role={tone === 'info' ? 'status' : 'alert'}>
      {icon}
      <span className="banner-text">{children}</span>
      <span className="grow" />
      {actions}
    </div>
  )
}
