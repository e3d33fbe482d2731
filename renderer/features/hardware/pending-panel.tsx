import { Button } from '@patternfly/react-core'
import { useState } from 'react'
import type { HardwareEdit, PendingChange } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { ActionButton, Problem } from '../../ui/index.ts'
import { baseOf, formKey, setAttempt } from './drafts.ts'
import { useHardware } from './hardware-context.ts'
import { takenBack } from './inverse.ts'
import { settingOf } from './items.ts'
import { pendingTitle, pendingValue } from './pending-words.ts'
import { RestartDialog } from './restart-dialog.tsx'
import { useAttempt } from './use-attempt.ts'

const FEW = 5

interface PendingPanelProps {
  readonly onHistory: () => void
}

/** What runs differs from what is kept: in what, how it comes to count, and how each is taken back. Of what is over nothing is remembered. */
export function PendingPanel({ onHistory }: PendingPanelProps) {
  const { view } = useHardware()
  return view.pending.length > 0 && <PendingChanges onHistory={onHistory} />
}

function PendingChanges({ onHistory }: PendingPanelProps) {
  const i18n = useI18n()
  const { t } = i18n
  const { machine, view, locked } = useHardware()
  const [isRestarting, setIsRestarting] = useState(false)
  const [showsAll, setShowsAll] = useState(false)
  const key = formKey(machine.id, 'take back')
  const { attempt, isUnderWay, send } = useAttempt(key)
  const { pending } = view
  const shown = showsAll ? pending : pending.slice(0, FEW)
  const disabledReason = locked ?? (isUnderWay ? t('hw.under-way') : undefined)
  return (
    <section className="hw-pending" aria-label={t('hw.pending')}>
      <header>
        <h2>{t('hw.pending')}</h2>
        <span className="sub num">{t('hw.pending.count', { count: pending.length })}</span>
        <span className="grow" />
        <ActionButton variant="secondary" size="sm" disabledReason={disabledReason} onClick={() => setIsRestarting(true)}>
          {t('hw.restart')}
        </ActionButton>
      </header>
      <table className="plain-table inset">
        <thead>
          <tr>
            <th scope="col">{t('hw.pending.what')}</th>
            <th scope="col">{t('hw.pending.runs')}</th>
            <th scope="col">{t('hw.pending.next')}</th>
            <th scope="col">
              <span className="visually-hidden">{t('hw.take-back')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((change) => (
            <Row
              key={`${change.device} ${change.field}`}
              change={change}
              disabledReason={disabledReason}
              onTakeBack={(edit) => send(edit, 'next-start', baseOf(view).revision)}
              onHistory={onHistory}
            />
          ))}
        </tbody>
      </table>
      {pending.length > FEW && (
        <button type="button" className="hw-toggle" aria-expanded={showsAll} onClick={() => setShowsAll(!showsAll)}>
          {t(showsAll ? 'hw.pending.fewer' : 'hw.pending.all', { count: pending.length })}
        </button>
      )}
      {attempt?.error && (
        <div className="hw-pending-error" role="alert">
          <Problem error={attempt.error} />
          <Button variant="link" size="sm" onClick={() => setAttempt(key, null)}>
            {t('hw.dismiss')}
          </Button>
        </div>
      )}
      {isRestarting && <RestartDialog onClose={() => setIsRestarting(false)} />}
    </section>
  )
}

interface RowProps {
  readonly change: PendingChange
  readonly disabledReason: string | undefined
  readonly onTakeBack: (edit: HardwareEdit) => void
  readonly onHistory: () => void
}

function Row({ change, disabledReason, onTakeBack, onHistory }: RowProps) {
  const i18n = useI18n()
  const { t } = i18n
  const { view, go } = useHardware()
  const back = takenBack(change, view)
  const title = pendingTitle(change, view, i18n)
  const item = change.device ?? settingOf(change.field)
  return (
    <tr>
      <td>
        {item === null ? (
          title
        ) : (
          <button type="button" className="hw-toggle" onClick={() => go(item)}>
            {title}
          </button>
        )}
      </td>
      <td className="num hw-value">{pendingValue(change.field, change.running, i18n)}</td>
      <td className="num hw-value">{pendingValue(change.field, change.kept, i18n)}</td>
      <td className="end">
        {back ? (
          <ActionButton
            variant="link"
            isInline
            disabledReason={disabledReason}
            aria-label={t('hw.take-back.one', { what: title })}
            onClick={() => onTakeBack(back)}
          >
            {t('hw.take-back')}
          </ActionButton>
        ) : (
          <Button variant="link" isInline onClick={onHistory}>
            {t('hw.take-back.history')}
          </Button>
        )}
      </td>
    </tr>
  )
}
