import { RhUiRefreshIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-refresh-icon'
import type { Machine, MigrationFinding, TransferPlan, TransferWay, TransferWayPlan } from '../../../../shared/model/index.ts'
import { type I18n, useI18n } from '../../../lib/i18n/index.ts'
import { ActionButton, Age, EmptyState, Problem, Prov, Skeleton, useLate } from '../../../ui/index.ts'
import { countsOf, Findings, type Solved, StepHead } from '../../migration/index.ts'
import { OnBanner } from './on-banner.tsx'
import type { Planned, Target } from './queries.ts'
import { lookedOf } from './standing.ts'
import { sentBytes, usdOf } from './takes.ts'
import type { StepId } from './wish.ts'

export interface WaysStepProps {
  readonly machine: Machine
  readonly target: Target
  readonly planned: Planned
  readonly way: TransferWayPlan | null
  readonly solved: readonly Solved[]
  readonly onWay: (way: TransferWay) => void
  readonly onSet: (finding: MigrationFinding, set: Readonly<Record<string, unknown>>) => void
  readonly onStep: (step: StepId) => void
}

/** The ways there, the best first, and what was found of the one that is chosen. */
export function WaysStep({ machine, target, planned, way, solved, onWay, onSet, onStep }: WaysStepProps) {
  const { t } = useI18n()
  const { plan, error, pending, again } = planned
  const late = useLate(plan === null && error === null)
  return (
    <>
      <StepHead title={t('transfer.step.ways')} text={<Told planned={planned} target={target.host.name} />}>
        <ActionButton
          variant="secondary"
          icon={<RhUiRefreshIcon />}
          isLoading={pending}
          disabledReason={pending ? t('transfer.why.checking') : undefined}
          onClick={() => void again()}
        >
          {t('migrate.again')}
        </ActionButton>
      </StepHead>
      <OnBanner machine={machine} />
      {error && !pending ? (
        <EmptyState title={t('transfer.why.unread')}>
          <Problem error={error} />
        </EmptyState>
      ) : plan ? (
        <>
          <Ends plan={plan} />
          <fieldset className="transfer-ways">
            <legend className="visually-hidden">{t('transfer.step.ways')}</legend>
            {plan.ways.map((one) => (
              <WayCard key={one.way} way={one} isChosen={one === way} onChoose={() => onWay(one.way)} />
            ))}
          </fieldset>
          {plan.ways.length === 0 && <p className="sub">{t('transfer.no-way')}</p>}
          {way && way.findings.length + solved.length > 0 && (
            <Findings
              machine={machine}
              looked={lookedOf(machine, plan, way, planned)}
              solved={solved}
              onSet={onSet}
              onStep={(step) => onStep(step === 'target' ? 'target' : 'places')}
            />
          )}
        </>
      ) : (
        late && (
          <div className="rows-waiting">
            <Skeleton width={360} />
            <Skeleton width={280} />
          </div>
        )
      )}
    </>
  )
}

function Told({ planned: { plan, pending }, target }: { readonly planned: Planned; readonly target: string }) {
  const { t } = useI18n()
  if (!plan) return pending ? t('transfer.ways.reading', { target }) : null
  return (
    <>
      {t('transfer.ways.told', { count: plan.ways.length, target })} <Age atMs={plan.madeAtMs} ago />
    </>
  )
}

function Ends({ plan: { source, target } }: { readonly plan: TransferPlan }) {
  const { t } = useI18n()
  const end = (title: string, { name, providerId }: TransferPlan['source']) => (
    <div className="migrate-end">
      <span className="sub small">{title}</span>
      <b className="ellipsis">
        <Prov providerId={providerId} /> {name}
      </b>
    </div>
  )
  return (
    <section className="migrate-ends" aria-label={t('transfer.ends')}>
      {end(t('migrate.from'), source)}
      <span className="migrate-arrow" aria-hidden>
        →
      </span>
      {end(t('migrate.to'), target)}
    </section>
  )
}

interface WayCardProps {
  readonly way: TransferWayPlan
  readonly isChosen: boolean
  readonly onChoose: () => void
}

/** One way: what it does, who does it, what goes over the wire and what it costs. */
function WayCard({ way, isChosen, onChoose }: WayCardProps) {
  const i18n = useI18n()
  const { t } = i18n
  return (
    <label className={`transfer-way${isChosen ? ' chosen' : ''}`}>
      <input type="radio" name="way" className="check-input" checked={isChosen} onChange={onChoose} />
      <span className="transfer-way-words">
        <b>{t(`transfer.way.${way.way}`)}</b>
        <span>{t(`transfer.way-text.${way.way}`)}</span>
        {way.obstacle && <span className="warn-text">{i18n.reason(way.obstacle)}</span>}
      </span>
      <span className="transfer-way-side sub small num">
        <span>{t(`transfer.done.${way.done}`)}</span>
        <span>{figuresOf(way, i18n)}</span>
      </span>
    </label>
  )
}

function figuresOf(way: TransferWayPlan, { t, format }: I18n): string {
  const bytes = sentBytes(way)
  const usd = usdOf(way)
  const { blocks, warns } = countsOf(way.findings)
  return [
    bytes !== null ? t('transfer.sends', { bytes: format.bytes(bytes) }) : null,
    usd === null ? null : t('transfer.per-month', { usd: usd.toFixed(2) }),
    blocks + warns > 0 ? t('migrate.rail.findings', { blocks, warns }) : null,
  ]
    .filter((part) => part !== null)
    .join(', ')
}
