import { useState } from 'react'
import type { TransferPlan, TransferWayPlan } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { ConfirmDialog } from '../../../ui/index.ts'
import { TypedConfirmation } from '../../machine-actions/index.ts'
import { deletedIn } from './source-choice.tsx'

export interface DeleteDialogProps {
  readonly plan: TransferPlan
  readonly way: TransferWayPlan
  readonly onConfirm: () => void
  readonly onCancel: () => void
}

/** Nothing is deleted before the machine is verified over there; after that there is no way back, so that its name is typed. */
export function DeleteDialog({ plan, way, onConfirm, onCancel }: DeleteDialogProps) {
  const i18n = useI18n()
  const { t } = i18n
  const [typed, setTyped] = useState('')
  const { machine } = plan
  const words = { name: machine, source: plan.source.name, target: plan.target.name }
  return (
    <ConfirmDialog
      title={t('transfer.delete.title', words)}
      confirm={t('transfer.delete.do')}
      cancel={t('action.cancel')}
      danger
      disabled={typed.trim() !== machine}
      onConfirm={onConfirm}
      onCancel={onCancel}
    >
      <p>{t(way.way === 'image-import' ? 'transfer.delete.text-cloud' : 'transfer.delete.text', words)}</p>
      <ul className="transfer-gone">
        {deletedIn(way).map(({ id, what }) => (
          <li key={id}>{i18n.reason(what)}</li>
        ))}
      </ul>
      <TypedConfirmation wanted={machine} isName value={typed} onChange={setTyped} label={t('transfer.delete.type', words)} />
    </ConfirmDialog>
  )
}
