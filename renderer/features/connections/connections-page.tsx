import './connections.css'
import { Button } from '@patternfly/react-core'
import { useMemo } from 'react'
import { useNavigate, useSearchParams } from 'react-router'
import { isCloudId } from '../../../shared/model/index.ts'
import { useApiCommand } from '../../lib/api/index.ts'
import { useCommands } from '../../lib/commands/index.ts'
import { compareNames, useT } from '../../lib/i18n/index.ts'
import { useIndexVersion, useLivePhase, useTable } from '../../lib/live/index.ts'
import { paths } from '../../lib/paths.ts'
import { usePermissions, useWorkspaceId } from '../../lib/session/index.ts'
import { EmptyState, PageHead, Skeleton, useLate } from '../../ui/index.ts'
import { ConnectionRow } from './connection-row.tsx'
import { SecretPlace } from './secrets.tsx'

/** All connections of the workspace: how each stands, why, and what can be done about it. */
export function ConnectionsPage() {
  const t = useT()
  const navigate = useNavigate()
  const may = usePermissions()
  const phase = useLivePhase()
  const workspaceId = useWorkspaceId()
  const [search] = useSearchParams()
  const workspaces = useTable('workspace')
  const workspace = workspaces.find((one) => one.id === workspaceId)
  const connections = useTable('connection')
    .filter((one) => one.workspaceId === workspaceId)
    .sort((a, b) => rank(a.status) - rank(b.status) || compareNames(a.name, b.name))
  const opening = connections.some((one) => isCloudId(one.providerId))
  useIndexVersion()
  const reconnect = useApiCommand('connections.reconnect', (api) => api.connections.reconnect({}))
  const down = connections.filter((one) => one.status === 'offline' || one.status === 'needs-attention').length
  const waiting = phase !== 'ready' && connections.length === 0
  const late = useLate(waiting)
  const { mutate: retryAll } = reconnect
  const commands = useMemo(
    () => [
      {
        id: 'connections.reconnect',
        title: t('connection.try-all'),
        group: t('connections.title'),
        disabledReason: down === 0 ? t('connection.all-online') : undefined,
        run: () => retryAll(undefined),
      },
    ],
    [t, down, retryAll],
  )
  useCommands(commands)
  return (
    <>
      <PageHead
        title={t('connections.title')}
        actions={
          <>
            {down > 0 && (
              <Button variant="secondary" isDisabled={!may('connection.write')} onClick={() => reconnect.mutate(undefined)}>
                {t('connection.try-all')}
              </Button>
            )}
            {may('connection.write') && (
              <Button variant="primary" onClick={() => void navigate(paths.addHost())}>
                {t('connection.add')}
              </Button>
            )}
          </>
        }
      >
        <span className="page-bit sub num">
          {t('link.count', { live: connections.filter((one) => one.freshness.state === 'live').length, total: connections.length })}
        </span>
      </PageHead>
      <div className="page-body">
        {waiting ? (
          late && <Waiting />
        ) : connections.length === 0 ? (
          <EmptyState
            title={t('connections.empty')}
            actions={
              <Button variant="secondary" onClick={() => void navigate(paths.welcome())}>
                {t('connections.empty-action')}
              </Button>
            }
          >
            <p>{t('connections.empty-text', { workspace: workspace?.name ?? '' })}</p>
          </EmptyState>
        ) : (
          <table className="plain-table connection-table num">
            <thead>
              <tr>
                <th scope="col">{t('column.state')}</th>
                <th scope="col">{t('column.name')}</th>
                <th scope="col">{t('connection.kind')}</th>
                <th scope="col">{t('connection.address')}</th>
                <th scope="col" className="end">
                  {t('palette.group.machines')}
                </th>
                <th scope="col">{t('connection.last-online')}</th>
                <th scope="col">
                  <span className="visually-hidden">{t('connection.actions')}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {connections.map((connection) => (
                <ConnectionRow
                  key={connection.id}
                  connection={connection}
                  marked={search.get('connection') === connection.id}
                  opening={opening}
                />
              ))}
            </tbody>
          </table>
        )}
        {connections.length > 0 && !workspace?.demo && (
          <div className="connections-foot">
            <SecretPlace asked={connections.some((one) => one.error?.code === 'secrets.locked')} />
          </div>
        )}
      </div>
    </>
  )
}

/** What needs a person stands on top. */
function rank(status: string): number {
  return ['needs-attention', 'offline', 'connecting', 'online', 'disabled'].indexOf(status)
}

function Waiting() {
  return (
    <div className="rows-waiting">
      {[180, 240, 200].map((width) => (
        <Skeleton key={width} width={width} />
      ))}
    </div>
  )
}
