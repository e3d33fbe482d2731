import type { AppError } from '../../../shared/errors/index.ts'
import type { NetworkDetail } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { ConfirmDialog } from '../../ui/index.ts'

const NAMED = 8

export interface StopDialogProps {
  readonly name: string
  readonly detail: NetworkDetail
  readonly isBusy: boolean
  readonly error: AppError | null
  readonly onStop: (evenIfUsed: boolean) => void
  readonly onClose: () => void
}

/** Who loses the network when it stops, and that they do not get it back by themselves. */
export function StopDialog({ name, detail, isBusy, error, onStop, onClose }: StopDialogProps) {
  const i18n = useI18n()
  const { t } = i18n
  const attached = attachedTo(detail)
  const isUsed = attached.length > 0
  return (
    <ConfirmDialog
      title={t('network.stop-title', { name })}
      confirm={t(isUsed ? 'network.stop-anyway' : 'network.stop')}
      cancel={t('action.keep')}
      danger={isUsed}
      busy={isBusy}
      onConfirm={() => onStop(isUsed)}
      onCancel={onClose}
    >
      {isUsed ? (
        <>
          <p>{t('network.stop-used', { count: attached.length })}</p>
          <Attached machines={attached} />
        </>
      ) : (
        <p>{t('network.stop-unused')}</p>
      )}
      {error && <p className="bad-text">{i18n.error(error)}</p>}
    </ConfirmDialog>
  )
}

export interface RestartDialogProps extends Omit<StopDialogProps, 'onStop'> {
  readonly onRestart: (evenIfUsed: boolean) => void
}

/** Who is cut off meanwhile, and what comes up. */
export function RestartDialog({ name, detail, isBusy, error, onRestart, onClose }: RestartDialogProps) {
  const i18n = useI18n()
  const { t } = i18n
  const attached = attachedTo(detail)
  const isUsed = attached.length > 0
  return (
    <ConfirmDialog
      title={t('network.restart-title', { name })}
      confirm={t(isUsed ? 'network.restart-anyway' : 'network.restart')}
      cancel={t('action.keep')}
      danger={isUsed}
      busy={isBusy}
      onConfirm={() => onRestart(isUsed)}
      onCancel={onClose}
    >
      <p>{isUsed ? t('network.restart-used', { count: attached.length }) : t('network.restart-unused')}</p>
      {isUsed && <Attached machines={attached} />}
      <p className="net-after-list">
        {detail.hasPending && `${t('network.restart-changes')} `}
        {t('network.restart-back')}
      </p>
      {error && <p className="bad-text">{i18n.error(error)}</p>}
    </ConfirmDialog>
  )
}

function attachedTo({ ports }: NetworkDetail): readonly string[] {
  return [...new Set(ports.filter(({ isRunning }) => isRunning).map(({ machine }) => machine))]
}

function Attached({ machines }: { readonly machines: readonly string[] }) {
  const { t } = useI18n()
  return (
    <ul className="dialog-list">
      {machines.slice(0, NAMED).map((machine) => (
        <li key={machine}>{machine}</li>
      ))}
      {machines.length > NAMED && <li>{t('network.more-machines', { count: machines.length - NAMED })}</li>}
    </ul>
  )
}

export interface RemoveDialogProps {
  readonly name: string
  readonly isActive: boolean
  readonly isBusy: boolean
  readonly error: AppError | null
  readonly onRemove: () => void
  readonly onClose: () => void
}

/** No machine names it, or it would not be asked. */
export function RemoveDialog({ name, isActive, isBusy, error, onRemove, onClose }: RemoveDialogProps) {
  const i18n = useI18n()
  const { t } = i18n
  return (
    <ConfirmDialog
      title={t('network.remove-title', { name })}
      confirm={t('network.remove')}
      cancel={t('action.keep')}
      danger
      busy={isBusy}
      onConfirm={onRemove}
      onCancel={onClose}
    >
      <p>{t(isActive ? 'network.remove-active' : 'network.remove-off')}</p>
      {error && <p className="bad-text">{i18n.error(error)}</p>}
    </ConfirmDialog>
  )
}
