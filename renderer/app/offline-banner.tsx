import { Button } from '@patternfly/react-core'
import { RhUiDisconnectedIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-disconnected-icon'
import { useApiCommand, useEngineLink, useEngineLinkState } from '../lib/api/index.ts'
import { useI18n } from '../lib/i18n/index.ts'
import { useLiveProblem, useTable } from '../lib/live/index.ts'
import { useOffline, useWorkspaceId } from '../lib/session/index.ts'
import { useTicking } from '../lib/time/ticker.ts'
import { Banner } from '../ui/index.ts'

/** One banner for what is true of the whole page: the engine is gone, or every link is. */
export function OfflineBanner() {
  const i18n = useI18n()
  const { t, format } = i18n
  const engine = useEngineLinkState()
  const link = useEngineLink()
  const problem = useLiveProblem()
  const offline = useOffline()
  const workspaceId = useWorkspaceId()
  const reconnect = useApiCommand('connections.reconnect', (api) => api.connections.reconnect({}))
  const connections = useTable('connection').filter((one) => one.workspaceId === workspaceId && one.status !== 'disabled')

  if (engine.state === 'lost' && engine.locked) {
    return (
      <Banner tone="warn" icon={<RhUiDisconnectedIcon />}>
        <b>{t('offline.locked.title')}</b> {t('offline.locked.text')}
      </Banner>
    )
  }
  if (engine.state === 'lost') {
    return (
      <Banner
        tone="warn"
        icon={<RhUiDisconnectedIcon />}
        actions={<TryAgain atMs={engine.nextAttemptAtMs} onTry={() => link.retryNow()} />}
      >
        <b>{t('offline.engine.title', { time: format.when(engine.lostAtMs ?? 0) })}</b> {t('offline.engine.text')}
      </Banner>
    )
  }
  if (problem) {
    return (
      <Banner tone="bad" icon={<RhUiDisconnectedIcon />}>
        <b>{t('offline.stream.title')}</b> {i18n.error(problem)}
      </Banner>
    )
  }
  if (!offline || connections.length === 0) return null
  const sinceMs = Math.max(...connections.map((one) => one.lastOnlineAtMs ?? 0))
  const attempts = connections.flatMap((one) => (one.nextAttemptAtMs === null ? [] : [one.nextAttemptAtMs]))
  return (
    <Banner
      tone="warn"
      icon={<RhUiDisconnectedIcon />}
      actions={<TryAgain atMs={attempts.length > 0 ? Math.min(...attempts) : null} onTry={() => reconnect.mutate(undefined)} />}
    >
      <b>{sinceMs > 0 ? t('offline.links.title', { time: format.when(sinceMs) }) : t('offline.links.never')}</b> {t('offline.links.text')}
    </Banner>
  )
}

function TryAgain({ atMs, onTry }: { readonly atMs: number | null; readonly onTry: () => void }) {
  const { t, format } = useI18n()
  const wait = useTicking((nowMs) => (atMs === null || atMs <= nowMs ? '' : format.span(Math.ceil((atMs - nowMs) / 1_000) * 1_000)))
  return (
    <>
      {wait && <span className="num sub">{t('offline.next-try', { wait })}</span>}
      <Button variant="secondary" size="sm" onClick={onTry}>
        {t('offline.try-now')}
      </Button>
    </>
  )
}
