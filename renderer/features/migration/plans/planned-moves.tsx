import './plans.css'
import { useEffect, useRef } from 'react'
import { Link, useSearchParams } from 'react-router'
import { OPEN_PLAN_STATES, type PlannedMove } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { paths } from '../../../lib/paths.ts'
import { useNowMs } from '../../../lib/time/ticker.ts'
import { PlanActions } from './plan-actions.tsx'
import { usePlans } from './queries.ts'
import { whenWords, whyWords } from './when.ts'

/** What is over is shown beside what waits for so long. */
const SHOWN_MS = 24 * 3_600_000
const NAMED = 3

/** Moves that wait for their time, and what became of those of the last day. Nothing where there are none. */
export function PlannedMoves() {
  const { t } = useI18n()
  const nowMs = useNowMs(60_000)
  const [search] = useSearchParams()
  const chosen = search.get('plan')
  const shown = usePlans().filter(({ id, state, sinceMs }) => id === chosen || OPEN_PLAN_STATES.has(state) || nowMs - sinceMs < SHOWN_MS)
  if (shown.length === 0) return null
  return (
    <section className="plans" aria-label={t('plan.title')}>
      <h2>{t('plan.title')}</h2>
      <div className="plans-scroll">
        <table className="plain-table num" aria-label={t('plan.title')}>
          <thead>
            <tr>
              <th>{t('plan.when')}</th>
              <th>{t('migrate.review.what')}</th>
              <th>{t('migrate.to')}</th>
              <th>{t('plan.state')}</th>
              <th className="plan-by">{t('plan.by')}</th>
              <th>
                <span className="visually-hidden">{t('migrate.many.do')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((plan) => (
              <PlanRow key={plan.id} plan={plan} isChosen={plan.id === chosen} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function PlanRow({ plan, isChosen }: { readonly plan: PlannedMove; readonly isChosen: boolean }) {
  const i18n = useI18n()
  const { t } = i18n
  const { moves, when, state, actor, taskId } = plan
  const why = whyWords(plan, i18n)
  const isBad = state === 'refused' || state === 'missed'
  const row = useRef<HTMLTableRowElement>(null)
  useEffect(() => {
    if (isChosen) row.current?.scrollIntoView({ block: 'nearest' })
  }, [isChosen])
  return (
    <tr ref={row} aria-current={isChosen || undefined}>
      <td className="plan-when-cell">{whenWords(when, i18n)}</td>
      <td>
        {moves.slice(0, NAMED).map(({ spec, name }, at) => (
          <span key={spec.machineId}>
            {at > 0 && ', '}
            {OPEN_PLAN_STATES.has(state) ? <Link to={paths.machine(spec.machineId)}>{name}</Link> : <b>{name}</b>}
          </span>
        ))}
        {moves.length > NAMED && ` ${t('act.and-more', { count: moves.length - NAMED })}`}
      </td>
      <td className="plan-host-cell">{[...new Set(moves.map(({ to }) => to))].join(', ')}</td>
      <td className="plan-state-cell">
        <span className={isBad ? 'warn-text' : undefined}>{t(`plan.state.${state}`)}</span>
        {why !== null && <span className="sub small block">{why}</span>}
      </td>
      <td className="sub plan-by">{actor}</td>
      <td className="plan-actions">
        {taskId !== null && <Link to={paths.tasks(taskId)}>{t('plan.task')}</Link>}
        <PlanActions plan={plan} />
      </td>
    </tr>
  )
}
