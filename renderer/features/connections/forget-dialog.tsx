import { type Connection, isCloudId } from '../../../shared/model/index.ts'
import { useApiCommand } from '../../lib/api/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useLive, useTable } from '../../lib/live/index.ts'
import { ConfirmDialog } from '../../ui/index.ts'

/** What goes from the console with a connection, and what does not. */
export function ForgetDialog({ connection, onClose }: { readonly connection: Connection; readonly onClose: () => void }) {
  const i18n = useI18n()
  const { t, format } = i18n
  const { index } = useLive()
  const cloud = isCloudId(connection.providerId) ? connection.providerId : null
  const hosts = useTable('host').filter((one) => one.connectionId === connection.id).length
  const forget = useApiCommand('connections.remove', (api) => api.connections.remove({ connectionId: connection.id }))
  const machines = index.count(`connection/${connection.id}`)
  return (
    <ConfirmDialog
      title={t('connection.forget-title', { name: connection.name })}
      confirm={t('connection.forget-do')}
      cancel={t('action.keep')}
      danger
      busy={forget.isPending}
      onConfirm={() => forget.mutate(undefined, { onSuccess: onClose })}
      onCancel={onClose}
    >
      <p>{t(cloud ? 'connection.forget-text-account' : 'connection.forget-text')}</p>
      <ul className="dialog-list">
        <li>{t(cloud ? `connection.forget-places.${cloud}` : 'connection.forget-hosts', { count: hosts })}</li>
        <li>{t('fleet.machines', { count: machines, shown: format.number(machines) })}</li>
        <li>{t(cloud ? 'connection.forget-secrets-account' : 'connection.forget-secrets')}</li>
      </ul>
      {forget.error && <p className="bad-text">{i18n.error(forget.error)}</p>}
    </ConfirmDialog>
  )
}
