import './plans.css'
import { type Machine, OPEN_PLAN_STATES } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { useNowMs } from '../../../lib/time/ticker.ts'
import { Banner } from '../../../ui/index.ts'
import { PlanActions } from './plan-actions.tsx'
import { usePlans } from './queries.ts'
import { whenWords, whyWords } from './when.ts'

const TOLD_MS = 24 * 3_600_000

/** On a machine's page: that a move of it is planned, or why the last one did not begin. */
export function PlanBanner({ machine }: { readonly machine: Machine }) {
  const i18n = useI18n()
  const { t } = i18n
  const nowMs = useNowMs(60_000)
  const [plan] = usePlans().filter(({ moves }) => moves.some(({ spec }) => spec.machineId === machine.id))
  if (!plan) return null
  const own = plan.moves.find(({ spec }) => spec.machineId === machine.id)
  const words = { name: machine.name, to: own?.to ?? '', when: whenWords(plan.when, i18n) }
  const why = whyWords(plan, i18n)
  if (OPEN_PLAN_STATES.has(plan.state))
    return (
      <Banner tone={plan.tried ? 'warn' : 'info'} actions={<PlanActions plan={plan} />}>
        <b>{t('plan.banner', words)}</b> {why ?? t('plan.banner-text')}
      </Banner>
    )
  if ((plan.state !== 'refused' && plan.state !== 'missed') || nowMs - plan.sinceMs > TOLD_MS) return null
  return (
    <Banner tone="warn">
      <b>{t(`plan.banner.${plan.state}`, words)}</b> {why}
    </Banner>
  )
}
