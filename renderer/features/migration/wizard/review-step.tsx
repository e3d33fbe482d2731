import type { Machine, MigrationTarget } from '../../../../shared/model/index.ts'
import { type I18n, useI18n } from '../../../lib/i18n/index.ts'
import { useEntity } from '../../../lib/live/index.ts'
import { Banner, type Fact, Facts } from '../../../ui/index.ts'
import { whenOf, whenWords } from '../plans/when.ts'
import type { Looked } from './queries.ts'
import { totalOf } from './standing.ts'
import { StepHead } from './step-head.tsx'
import type { Wish } from './wish.ts'
import { findingWords, rate, spanRange } from './words.ts'

export interface ReviewStepProps {
  readonly wish: Wish
  readonly machines: readonly Machine[]
  readonly target: MigrationTarget | null
  readonly looked: readonly Looked[]
  readonly acceptsWarnings: boolean
  readonly onAccept: (accepts: boolean) => void
}

const NAMED = 8
const SNAPSHOTS_GO = 'migration.finding.snapshots-go'

/** What goes, where, and how: read once more before it begins. */
export function ReviewStep({ wish, machines, target, looked, acceptsWarnings, onAccept }: ReviewStepProps) {
  const i18n = useI18n()
  const { t } = i18n
  const [only] = machines
  const source = useEntity('host', only?.hostId ?? null)
  const { warns, blocks } = totalOf(looked)
  const when = whenOf(wish.when)
  const isLater = wish.when.kind !== 'now'
  const warnings = looked.flatMap(({ preflight }) => preflight?.findings.filter(({ severity }) => severity === 'warns') ?? [])
  const facts: Fact[] = [
    { label: t('migrate.review.what'), value: namesOf(machines, i18n) },
    { label: t('migrate.from'), value: machines.length === 1 ? source?.name : t('migrate.review.their-hosts') },
    { label: t('migrate.to'), value: target?.name },
    { label: t('migrate.step.when'), value: when ? whenWords(when, i18n) : t(isLater ? 'migrate.rail.no-time' : 'migrate.rail.now') },
    { label: t('migrate.mode'), value: t(`migrate.mode.${wish.how.mode}`) },
    { label: t('migrate.control'), value: t(`migrate.control.${wish.how.control}`) },
    ...optionFacts(wish, i18n),
    ...placeFacts(looked, wish, i18n),
    ...snapshotFacts(looked, i18n),
    ...(machines.length > 1 ? [{ label: t('migrate.at-once'), value: i18n.format.number(wish.atOnce) }] : []),
    ...totalFacts(looked, i18n),
  ]
  return (
    <>
      <StepHead title={t('migrate.step.review')} text={t(isLater ? 'migrate.review.text-later' : 'migrate.review.text')} />
      <div className="migrate-review">
        <Facts facts={facts} />
        {isLater && blocks > 0 && (
          <Banner tone="warn">
            <b>{t('migrate.review.blocks-now', { count: blocks })}</b> {t('migrate.review.blocks-then')}
          </Banner>
        )}
        {warns > 0 && (
          <section className="migrate-warnings">
            <h2>{t('migrate.review.warnings', { count: warns })}</h2>
            <ul>
              {grouped(warnings.map((finding) => findingWords(finding, i18n).title)).map(([title, count]) => (
                <li key={title}>
                  {title} {count > 1 && <span className="sub num">× {i18n.format.number(count)}</span>}
                </li>
              ))}
            </ul>
            <label className="check-line">
              <input
                type="checkbox"
                className="check-input"
                checked={acceptsWarnings}
                onChange={(event) => onAccept(event.target.checked)}
              />
              <span>{t('migrate.review.accept', { count: warns })}</span>
            </label>
            {isLater && <p className="form-note">{t('migrate.review.accept-later')}</p>}
          </section>
        )}
      </div>
    </>
  )
}

/** The same warning of several machines is one line. */
function grouped(titles: readonly string[]): ReadonlyArray<readonly [string, number]> {
  const counts = new Map<string, number>()
  for (const title of titles) counts.set(title, (counts.get(title) ?? 0) + 1)
  return [...counts]
}

function namesOf(machines: readonly Machine[], { t }: I18n): string {
  const names = machines.slice(0, NAMED).map(({ name }) => name)
  const more = machines.length - names.length
  return more > 0 ? `${names.join(', ')} ${t('act.and-more', { count: more })}` : names.join(', ')
}

function optionFacts({ how }: Wish, i18n: I18n): Fact[] {
  const { t, format } = i18n
  const on = (['postCopy', 'autoConverge', 'compress', 'tunnelled'] as const)
    .filter((one) => how[one])
    .map((one) => t(`migrate.option.${one}`))
  const numbers = [
    how.parallel > 1 && t('migrate.review.parallel', { count: how.parallel }),
    how.bandwidthBytesPerS !== null && t('migrate.review.limit', { rate: rate(how.bandwidthBytesPerS, i18n) }),
    how.maxDowntimeMs !== null && t('migrate.review.downtime', { ms: format.number(how.maxDowntimeMs) }),
  ].filter((one) => one !== false)
  const all = [...on, ...numbers]
  return all.length === 0 ? [] : [{ label: t('migrate.options'), value: all.join(', ') }]
}

/** Of one machine each disk and card; of several how many are copied. */
function placeFacts(looked: readonly Looked[], { how }: Wish, { t }: I18n): Fact[] {
  const specs = looked.flatMap(({ preflight }) => preflight?.spec ?? [])
  const copied = specs.flatMap(({ disks }) => disks.filter((disk) => disk.how === 'copy'))
  const files: Fact[] =
    copied.length === 0 ? [] : [{ label: t('migrate.source-files'), value: t(`migrate.source-files.${how.sourceDisks}`) }]
  const [spec] = specs
  if (!spec || specs.length > 1)
    return [{ label: t('migrate.disks'), value: t('migrate.review.copied', { count: copied.length }) }, ...files]
  return [
    {
      label: t('migrate.disks'),
      value: (
        <>
          {spec.disks.map(({ target, how: way, pool, volume }) => (
            <span key={target} className="migrate-line">
              <b>{target}</b>{' '}
              {way === 'copy' ? t('migrate.review.copy', { pool: pool ?? '', volume: volume ?? '' }) : t(`migrate.review.disk-${way}`)}
            </span>
          ))}
        </>
      ),
    },
    ...files,
    {
      label: t('migrate.nics'),
      value: (
        <>
          {spec.nics.map(({ mac, on }) => (
            <span key={mac} className="migrate-line">
              <span className="mono small">{mac}</span> → {on.name}
            </span>
          ))}
        </>
      ),
    },
    ...(spec.rename === null ? [] : [{ label: t('migrate.rename'), value: spec.rename }]),
  ]
}

function snapshotFacts(looked: readonly Looked[], { t }: I18n): Fact[] {
  const going = looked.flatMap(({ preflight }) => preflight?.findings.filter(({ reason }) => reason.code === SNAPSHOTS_GO) ?? [])
  const count = going.reduce((sum, { reason }) => sum + Number(reason.params?.['count'] ?? 0), 0)
  return count === 0 ? [] : [{ label: t('migrate.review.snapshots'), value: t('migrate.review.snapshots-go', { count }) }]
}

function totalFacts(looked: readonly Looked[], i18n: I18n): Fact[] {
  const { t, format } = i18n
  const predictions = looked.flatMap(({ preflight }) => preflight?.prediction ?? [])
  if (predictions.length === 0) return []
  const sum = (of: (one: (typeof predictions)[number]) => number) => predictions.reduce((total, one) => total + of(one), 0)
  const total = spanRange({ low: sum((one) => one.totalMs.low), likely: 0, high: sum((one) => one.totalMs.high) }, i18n)
  const isOfAll = predictions.length === looked.length
  const foretold = isOfAll
    ? []
    : [{ label: t('migrate.many.foretold'), value: t('migrate.many.of', { count: predictions.length, all: looked.length }) }]
  return [
    { label: t('migrate.total'), value: `${total.value} ${total.unit}` },
    { label: t('migrate.data'), value: format.bytes(sum((one) => one.dataBytes.likely)) },
    ...foretold,
  ]
}
