import { Button } from '@patternfly/react-core'
import { Link } from 'react-router'
import { useI18n } from '../../../lib/i18n/index.ts'
import { paths } from '../../../lib/paths.ts'
import { Banner } from '../../../ui/index.ts'
import { whenWords, whyWords } from '../plans/when.ts'
import type { OpenedPlan } from './use-opened-plan.ts'
import { type Wish, wishOf } from './wish.ts'

export interface OpenedPlanBannerProps {
  readonly opened: OpenedPlan
  /** Machines of it that are not there any more. */
  readonly missing: number
  readonly onWish: (change: (wish: Wish) => Wish) => void
}

/** Above the parts of the wizard: that a saved plan is changed here, or what has become of it meanwhile. */
export function OpenedPlanBanner({ opened, missing, onWish }: OpenedPlanBannerProps) {
  const i18n = useI18n()
  const { t } = i18n
  const { plan, stands } = opened
  const anew = () => onWish((before) => ({ ...before, plan: null }))
  if (stands === 'unknown') return null
  if (stands === 'gone' || !plan)
    return (
      <Banner tone="warn" actions={<AsNew onClick={anew} />}>
        <b>{t('migrate.opened.gone')}</b> {t('migrate.opened.as-new-text')}
      </Banner>
    )
  const words = { actor: plan.actor, when: whenWords(plan.when, i18n) }
  if (stands === 'over') {
    const why = whyWords(plan, i18n)
    return (
      <Banner
        tone="warn"
        actions={plan.taskId === null ? <AsNew onClick={anew} /> : <Link to={paths.tasks(plan.taskId)}>{t('plan.task')}</Link>}
      >
        <b>{t('migrate.opened.over', { state: t(`plan.state.${plan.state}`) })}</b> {why ?? t('migrate.opened.over-text')}
      </Banner>
    )
  }
  if (stands === 'changed') {
    const now = wishOf(plan)
    return (
      <Banner
        tone="warn"
        actions={
          <>
            {now && (
              <Button variant="secondary" size="sm" onClick={() => onWish(({ step }) => ({ ...now, step }))}>
                {t('migrate.opened.take-theirs')}
              </Button>
            )}
            <Button
              variant="link"
              size="sm"
              onClick={() => onWish((before) => ({ ...before, plan: { id: plan.id, revision: plan.revision } }))}
            >
              {t('migrate.opened.keep-mine')}
            </Button>
          </>
        }
      >
        <b>{t('migrate.opened.changed', words)}</b> {t('migrate.opened.changed-text')}
      </Banner>
    )
  }
  return (
    <Banner tone={missing > 0 ? 'warn' : 'info'}>
      <b>{t('migrate.opened', words)}</b> {missing > 0 ? t('migrate.opened.missing', { count: missing }) : t('migrate.opened.text')}
    </Banner>
  )
}

function AsNew({ onClick }: { readonly onClick: () => void }) {
  const { t } = useI18n()
  return (
    <Button variant="secondary" size="sm" onClick={onClick}>
      {t('migrate.opened.as-new')}
    </Button>
  )
}
