import type { HostId, MigrationRecord } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { useRecords } from './queries.ts'
import { errorOf, median } from './words.ts'

const WIDTH = 320
const HEIGHT = 44
const DOT = 6
const LEAST_SCALE = 0.2

export interface ErrorStripProps {
  readonly source: HostId | null
  readonly target: HostId | null
}

/** How far earlier predictions were off: what was promised before is shown beside what came. */
export function ErrorStrip({ source, target }: ErrorStripProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const { data: records } = useRecords()
  if (!records) return null
  const seen = records.flatMap((record) => {
    const error = errorOf(record)
    return error === null ? [] : [{ record, error }]
  })
  if (seen.length === 0) {
    return (
      <section>
        <h3>{t('migrate.errors.none')}</h3>
        <p className="sub small">{t('migrate.errors.none-text')}</p>
      </section>
    )
  }
  const errors = seen.map(({ error }) => error)
  const worst = Math.max(...errors.map(Math.abs))
  const scale = Math.max(LEAST_SCALE, Math.ceil(worst * 10) / 10)
  const ofPair = seen.filter(({ record }) => isPair(record, source, target)).length
  const percent = (share: number) => format.percent(Math.round(share * 100))
  const title = t('migrate.errors', { count: seen.length, median: percent(median(errors)) })
  return (
    <section>
      <h3>{title}</h3>
      <p className="sub small">{t('migrate.errors.worst', { worst: percent(worst), pair: ofPair })}</p>
      <svg className="migrate-strip" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={title}>
        <path className="axis" d={`M0 ${HEIGHT / 2}H${WIDTH}`} />
        <path className="middle" d={`M${WIDTH / 2} 4V${HEIGHT - 4}`} />
        {placed(errors, scale).map(({ x, y }) => (
          <circle key={`${x} ${y}`} cx={x} cy={y} r={DOT / 2} />
        ))}
      </svg>
      <div className="migrate-scale sub">
        <span>{t('migrate.errors.faster', { percent: percent(scale) })}</span>
        <span>{t('migrate.errors.right')}</span>
        <span>{t('migrate.errors.slower', { percent: percent(scale) })}</span>
      </div>
    </section>
  )
}

function isPair({ sourceHostId, targetHostId }: MigrationRecord, source: HostId | null, target: HostId | null): boolean {
  return sourceHostId === source && targetHostId === target
}

/** A dot for each, beside one another where they would lie upon each other. */
export function placed(errors: readonly number[], scale: number): ReadonlyArray<{ readonly x: number; readonly y: number }> {
  const dots: { readonly x: number; readonly y: number }[] = []
  const lanes = [0, 1, -1, 2, -2, 3, -3]
  for (const error of errors) {
    const x = Math.round(WIDTH / 2 + (Math.max(-1, Math.min(1, error / scale)) * (WIDTH - DOT * 2)) / 2)
    const lane = lanes.find((one) => dots.every((dot) => dot.y !== HEIGHT / 2 + one * DOT || Math.abs(dot.x - x) >= DOT))
    if (lane !== undefined) dots.push({ x, y: HEIGHT / 2 + lane * DOT })
  }
  return dots
}
