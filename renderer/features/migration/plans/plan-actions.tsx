import { useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import { toWireError } from '../../../../shared/errors/index.ts'
import type { PlannedMove, PlanWhen } from '../../../../shared/model/index.ts'
import { useApiCommand } from '../../../lib/api/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { usePermissions } from '../../../lib/session/index.ts'
import { useNowMs } from '../../../lib/time/ticker.ts'
import { ActionButton, Banner, Problem } from '../../../ui/index.ts'
import { FormDialog } from '../../machine-actions/index.ts'
import { type Wish, wishOf, writeWish } from '../wizard/wish.ts'
import { choiceOf, tonight, whenOf, whyNotWhen } from './when.ts'
import { WhenFields } from './when-fields.tsx'

/** What can be done with one that waits: opened, another time, or none; one that did not begin is planned again. */
export function PlanActions({ plan }: { readonly plan: PlannedMove }) {
  const { t } = useI18n()
  const may = usePermissions()
  const navigate = useNavigate()
  const [isOpen, setOpen] = useState(false)
  const isSent = useRef(false)
  const cancel = useApiCommand('migrations.cancelPlan', (api, planId: string) => api.migrations.cancelPlan({ planId }))
  const isOver = plan.state === 'refused' || plan.state === 'missed'
  if (plan.state !== 'planned' && !isOver) return null
  const names = plan.moves.length === 1 ? (plan.moves[0]?.name ?? '') : t('plan.machines', { count: plan.moves.length })
  const disabledReason = may('machine.migrate') ? undefined : t('route.forbidden.text', { permission: 'machine.migrate' })
  const wish = wishOf(plan)
  if (isOver) {
    // another time is asked for first
    const again = (of: Wish): Wish => ({ ...of, plan: null, step: 'when', when: tonight('at', Date.now()) })
    return (
      <ActionButton
        variant="link"
        size="sm"
        disabledReason={disabledReason ?? (wish ? undefined : t('plan.open.many-ways'))}
        aria-label={t('plan.again-of', { names })}
        onClick={() => wish && void navigate(`/migrate?${writeWish(again(wish)).toString()}`)}
      >
        {t('plan.again')}
      </ActionButton>
    )
  }
  return (
    <>
      <ActionButton
        variant="link"
        size="sm"
        disabledReason={disabledReason ?? (wish ? undefined : t('plan.open.many-ways'))}
        aria-label={t('plan.open-of', { names })}
        onClick={() => wish && void navigate(`/migrate?${writeWish(wish).toString()}`)}
      >
        {t('plan.open')}
      </ActionButton>
      <ActionButton
        variant="link"
        size="sm"
        disabledReason={disabledReason}
        aria-label={t('plan.change-of', { names })}
        onClick={() => setOpen(true)}
      >
        {t('plan.change')}
      </ActionButton>
      <ActionButton
        variant="link"
        size="sm"
        isLoading={cancel.isPending}
        disabledReason={disabledReason}
        aria-label={t('plan.cancel-of', { names })}
        onClick={() => {
          if (isSent.current) return
          isSent.current = true
          cancel.mutate(plan.id, {
            onSettled: () => {
              isSent.current = false
            },
          })
        }}
      >
        {t('plan.cancel')}
      </ActionButton>
      {cancel.error && (
        <span className="bad-text small" role="alert">
          <Problem error={cancel.error} />
        </span>
      )}
      {isOpen && <WhenDialog plan={plan} names={names} onClose={() => setOpen(false)} />}
    </>
  )
}

interface WhenDialogProps {
  readonly plan: PlannedMove
  readonly names: string
  readonly onClose: () => void
}

function WhenDialog({ plan, names, onClose }: WhenDialogProps) {
  const i18n = useI18n()
  const { t } = i18n
  const [choice, setChoice] = useState(() => choiceOf(plan.when))
  const nowMs = useNowMs(10_000)
  const change = useApiCommand('migrations.changePlan', (api, when: PlanWhen) => api.migrations.changePlan({ planId: plan.id, when }))
  const when = whenOf(choice)
  const isRight = when !== null && whyNotWhen(choice, nowMs, i18n) === undefined
  return (
    <FormDialog
      title={t('plan.change-title', { names })}
      submit={t('plan.change-do')}
      disabled={!isRight || change.isPending}
      focus="input[type=time]"
      onSubmit={() => when && change.mutate(when, { onSuccess: onClose })}
      onCancel={onClose}
    >
      <fieldset className="plan-kinds">
        <legend className="visually-hidden">{t('migrate.when.begins')}</legend>
        {(['at', 'window'] as const).map((kind) => (
          <label key={kind} className="check-line">
            <input
              type="radio"
              name="plan-kind"
              className="check-input"
              checked={choice.kind === kind}
              onChange={() => setChoice({ ...choice, kind })}
            />
            <span>{t(`migrate.when.${kind}`)}</span>
          </label>
        ))}
      </fieldset>
      <WhenFields choice={choice} onChange={setChoice} />
      {change.error && (
        <Banner tone="bad">
          <Problem error={toWireError(change.error)} />
        </Banner>
      )}
    </FormDialog>
  )
}
