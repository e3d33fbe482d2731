import { useI18n } from '../../../lib/i18n/index.ts'
import { Facts } from '../../../ui/index.ts'
import { ErrorStrip } from './error-strip.tsx'
import type { Looked } from './queries.ts'
import { spanRange } from './words.ts'

export interface ManySideProps {
  readonly looked: readonly Looked[]
  readonly atOnce: number
}

/** What all of them take together, as far as it is foretold. */
export function ManySide({ looked, atOnce }: ManySideProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const predictions = looked.flatMap(({ preflight }) => preflight?.prediction ?? [])
  const side = Math.max(1, Math.min(atOnce, predictions.length))
  const sum = (of: (one: (typeof predictions)[number]) => number) => predictions.reduce((total, one) => total + of(one), 0)
  const total = spanRange({ low: sum((one) => one.totalMs.low) / side, likely: 0, high: sum((one) => one.totalMs.high) }, i18n)
  const first = looked.find(({ preflight }) => preflight)?.preflight
  return (
    <>
      <h2>{t('migrate.prediction')}</h2>
      {predictions.length === 0 ? (
        <p className="sub">{t('migrate.prediction.not-yet')}</p>
      ) : (
        <Facts
          facts={[
            { label: t('migrate.total'), value: `${total.value} ${total.unit}` },
            { label: t('migrate.data'), value: format.bytes(sum((one) => one.dataBytes.likely)) },
            { label: t('migrate.many.foretold'), value: t('migrate.many.of', { count: predictions.length, all: looked.length }) },
          ]}
        />
      )}
      {predictions.length > 0 && <p className="sub small migrate-side-note">{t('migrate.many.side-text')}</p>}
      <ErrorStrip source={first?.source.hostId ?? null} target={first?.target.hostId ?? null} />
    </>
  )
}
