import './connections.css'
import { useParams, useSearchParams } from 'react-router'
import { useApiQuery } from '../../lib/api/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useEntity, useLivePhase } from '../../lib/live/index.ts'
import { EmptyState, NotRead, useLate } from '../../ui/index.ts'
import { ConnectionForm } from './connection-form.tsx'

/** Add a host or an account, or change one (`/connections/:connectionId/edit`). `?provider=` names the kind. */
export function AddHostPage() {
  const { t } = useI18n()
  const { connectionId } = useParams()
  const [search] = useSearchParams()
  const phase = useLivePhase()
  const connection = useEntity('connection', connectionId)
  const providers = useApiQuery('connections.providers', {}, (api, signal) => api.connections.providers({}, { signal }))
  const late = useLate(providers.isPending)
  if (connectionId && !connection) {
    return phase === 'ready' ? (
      <EmptyState title={t('connection.gone')}>
        <p>{t('connection.gone-text')}</p>
      </EmptyState>
    ) : null
  }
  if (providers.error) {
    return <NotRead title={t('connection.providers-failed')} error={providers.error} onAgain={() => void providers.refetch()} />
  }
  if (!providers.data) return late ? <p className="page-wait sub">{t('connection.reading-providers')}</p> : null
  const wanted = connection?.providerId ?? search.get('provider') ?? 'libvirt'
  const provider = providers.data.find((one) => one.id === wanted) ?? providers.data[0]
  if (!provider) return <EmptyState title={t('connection.no-providers')} />
  return (
    <ConnectionForm
      key={connection?.id ?? `new ${provider.id}`}
      providers={providers.data}
      first={provider}
      connection={connection ?? null}
    />
  )
}
