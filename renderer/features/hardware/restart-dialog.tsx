import { useRef, useState } from 'react'
import { toWireError } from '../../../shared/errors/index.ts'
import { useApiCommand } from '../../lib/api/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { ConfirmDialog, Problem } from '../../ui/index.ts'
import { useHardware } from './hardware-context.ts'

/** Off and on again: a restart inside the guest would keep the hardware that runs. */
export function RestartDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useI18n()
  const { machine } = useHardware()
  const [force, setForce] = useState(false)
  // one token for however many clicks
  const token = useRef(crypto.randomUUID())
  const restart = useApiCommand('hardware.restart', (api) => api.hardware.restart({ machineId: machine.id, force, token: token.current }))
  return (
    <ConfirmDialog
      title={t('hw.restart.title', { name: machine.name })}
      confirm={t(force ? 'hw.restart.force-do' : 'hw.restart.do')}
      cancel={t('action.cancel')}
      danger={force}
      busy={restart.isPending}
      onConfirm={() => {
        if (!restart.isPending) restart.mutate(undefined, { onSuccess: onClose })
      }}
      onCancel={onClose}
    >
      <p>{t('hw.restart.text')}</p>
      <label className="check-line">
        <input type="checkbox" className="check-input" checked={force} onChange={(event) => setForce(event.target.checked)} />
        <span>
          {t('hw.restart.force')}
          <span className="form-note block">{t('hw.restart.force-text')}</span>
        </span>
      </label>
      {restart.error && (
        <div className="dialog-problem" role="alert">
          <Problem error={toWireError(restart.error)} />
        </div>
      )}
    </ConfirmDialog>
  )
}
