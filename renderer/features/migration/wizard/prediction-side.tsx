import { Button } from '@patternfly/react-core'
import type { MachineId, MigrationPrediction, Preflight } from '../../../../shared/model/index.ts'
import { type I18n, useI18n } from '../../../lib/i18n/index.ts'
import { ActionButton, Age, Problem } from '../../../ui/index.ts'
import { ErrorStrip } from './error-strip.tsx'
import { PredictionChart } from './prediction-chart.tsx'
import type { Measuring } from './use-measure.ts'
import type { How, StepId } from './wish.ts'
import { mendWords, spanRange } from './words.ts'

const USUAL_DOWNTIME_MS = 300

export interface PredictionSideProps {
  readonly machineId: MachineId
  readonly preflight: Preflight | null
  readonly pending: boolean
  readonly how: How
  readonly measuring: Measuring
  readonly onSet: (set: Readonly<Record<string, unknown>>) => void
  readonly onStep: (step: StepId) => void
}

/** How long it will take, how sure that is, and what it was computed from. */
export function PredictionSide({ machineId, preflight, pending, how, measuring, onSet, onStep }: PredictionSideProps) {
  const { t } = useI18n()
  const prediction = preflight?.prediction ?? null
  return (
    <>
      <h2>
        {t('migrate.prediction')}
        {prediction && (
          <span className="sub">
            <Age atMs={prediction.madeAtMs} ago />
          </span>
        )}
      </h2>
      <div aria-busy={pending} className="migrate-looked">
        {prediction ? (
          <Figures prediction={prediction} limitMs={how.maxDowntimeMs ?? USUAL_DOWNTIME_MS} how={how} onSet={onSet} />
        ) : (
          <p className="sub">{t(preflight ? 'migrate.prediction.none' : 'migrate.prediction.not-yet')}</p>
        )}
      </div>
      {preflight && how.mode !== 'cold' && <PredictionChart machineId={machineId} preflight={preflight} />}
      <Measure measuring={measuring} />
      <ErrorStrip source={preflight?.source.hostId ?? null} target={preflight?.target.hostId ?? null} />
      <section>
        <h3>{t('migrate.how-it-moves')}</h3>
        <p className="sub small">
          {[t(`migrate.side.${how.mode}`), t(`migrate.side.${how.control}`), how.postCopy && t('migrate.side.post-copy')]
            .filter(Boolean)
            .join(' ')}{' '}
          <Button variant="link" isInline onClick={() => onStep('how')}>
            {t('migrate.change')}
          </Button>
        </p>
      </section>
    </>
  )
}

interface FiguresProps {
  readonly prediction: MigrationPrediction
  readonly limitMs: number
  readonly how: How
  readonly onSet: PredictionSideProps['onSet']
}

function Figures({ prediction, limitMs, how, onSet }: FiguresProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const { totalMs, downtimeMs, dataBytes, memoryBytes, diskBytes, passes, converges, waysOut, dirtyBytesPerS, bandwidthBytesPerS } =
    prediction
  const { learnedFrom, bandwidthFrom } = prediction
  const isLive = how.mode === 'live'
  const total = spanRange(totalMs, i18n)
  const downtime = spanRange(downtimeMs, i18n)
  return (
    <>
      <RangeFigure
        label={t('migrate.total')}
        {...total}
        range={totalMs}
        end={totalMs.high * 1.5}
        endWord={format.took(totalMs.high * 1.5)}
      />
      <RangeFigure
        label={t('migrate.downtime')}
        {...downtime}
        range={downtimeMs}
        end={Math.max(limitMs, downtimeMs.high) * 1.1}
        endWord={isLive ? t('migrate.downtime.limit', { ms: format.number(limitMs) }) : ''}
      />
      <div className="migrate-figure num">
        <span className="sub">{t('migrate.data')}</span>
        <b>{format.bytes(dataBytes.likely)}</b>
        <p className="sub small">{t('migrate.data.of', { memory: format.bytes(memoryBytes), passes, disk: format.bytes(diskBytes) })}</p>
      </div>
      <section>
        <p className="sub small">{t('migrate.reckoned')}</p>
        <RateLine
          label={t('migrate.bandwidth')}
          className="c1"
          value={bandwidthBytesPerS}
          most={Math.max(bandwidthBytesPerS ?? 0, dirtyBytesPerS ?? 0)}
        />
        <RateLine
          label={t('migrate.dirty')}
          className="c2"
          value={dirtyBytesPerS}
          most={Math.max(bandwidthBytesPerS ?? 0, dirtyBytesPerS ?? 0)}
        />
        <p className="sub small">
          {t(`migrate.bandwidth.${bandwidthFrom}`)} {dirtyBytesPerS === null && t('migrate.dirty.unknown')}{' '}
          {learnedFrom.all > 0 && t('migrate.learned', { pair: learnedFrom.pair, all: learnedFrom.all })}
        </p>
        {isLive && dirtyBytesPerS !== null && (
          <p className={converges ? 'sub small' : 'small warn-text'} role={converges ? undefined : 'alert'}>
            {converges ? convergence(prediction, how, i18n) : t('migrate.converges-not')}
          </p>
        )}
        {!converges && waysOut.length > 0 && (
          <div className="migrate-ways">
            {waysOut.map(({ label, set }) => (
              <Button key={label.code} variant="secondary" size="sm" onClick={() => onSet(set)}>
                {mendWords(label, i18n)}
              </Button>
            ))}
          </div>
        )}
      </section>
    </>
  )
}

/** That it ends, with both rates where both are known and one lies under the other. */
function convergence({ dirtyBytesPerS, bandwidthBytesPerS }: MigrationPrediction, { autoConverge }: How, { t, format }: I18n): string {
  // with less memory than what is sent at once it ends although the guest writes faster
  if (dirtyBytesPerS === null || bandwidthBytesPerS === null || dirtyBytesPerS >= bandwidthBytesPerS) return t('migrate.converges')
  const rates = { dirty: format.rate(dirtyBytesPerS), bandwidth: format.rate(bandwidthBytesPerS) }
  return t(autoConverge ? 'migrate.converges.rates-slowed' : 'migrate.converges.rates', rates)
}

interface RangeFigureProps {
  readonly label: string
  readonly value: string
  readonly unit: string
  readonly range: MigrationPrediction['totalMs']
  readonly end: number
  readonly endWord: string
}

function RangeFigure({ label, value, unit, range, end, endWord }: RangeFigureProps) {
  const { t } = useI18n()
  const percent = (of: number) => (end > 0 ? Math.min(100, (of / end) * 100) : 0)
  const left = percent(range.low)
  return (
    <div className="migrate-figure num" title={t('migrate.range-text')}>
      <span className="sub">{label}</span>
      <span>
        <b>{value}</b> <span className="sub">{unit}</span>
      </span>
      <span className="migrate-range" aria-hidden>
        <i style={{ insetInlineStart: `${left}%`, width: `${Math.max(2, percent(range.high) - left)}%` }} />
      </span>
      <span className="migrate-scale sub" aria-hidden>
        <span>0</span>
        <span>{endWord}</span>
      </span>
    </div>
  )
}

interface RateLineProps {
  readonly label: string
  readonly className: string
  readonly value: number | null
  readonly most: number
}

function RateLine({ label, className, value, most }: RateLineProps) {
  const { format } = useI18n()
  return (
    <div className={`migrate-rate num small ${className}`}>
      <span className="sub">{label}</span>
      <span className="migrate-range" aria-hidden>
        <i style={{ insetInlineStart: 0, width: `${most > 0 && value !== null ? (value / most) * 100 : 0}%` }} />
      </span>
      <b>{value === null ? '–' : format.rate(value)}</b>
    </div>
  )
}

function Measure({ measuring }: { readonly measuring: Measuring }) {
  const i18n = useI18n()
  const { t } = i18n
  const { isRunning, error, notes, disabledReason, run } = measuring
  return (
    <section>
      <ActionButton
        variant="secondary"
        size="sm"
        isLoading={isRunning}
        disabledReason={isRunning ? t('migrate.measuring') : disabledReason}
        onClick={run}
      >
        {t('migrate.measure')}
      </ActionButton>
      <p className="sub small">{t('migrate.measure.text')}</p>
      {notes.map((note) => (
        <p key={note.code} className="small warn-text" role="status">
          {i18n.reason(note)}
        </p>
      ))}
      {error && (
        <div className="small bad-text" role="alert">
          <Problem error={error} />
        </div>
      )}
    </section>
  )
}
