import { Button } from '@patternfly/react-core'
import { machineFreshness } from '../../../shared/model/index.ts'
import type { QueryError } from '../../../shared/query/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { type Live, useLive, useTable } from '../../lib/live/index.ts'
import { EmptyState } from '../../ui/index.ts'
import { queryErrorText } from './query-box.tsx'

export interface FleetMessageProps {
  readonly text: string
  readonly error: QueryError | null
  readonly total: number
  readonly workspaceId: string
  readonly onClear: () => void
}

/** Why there is no row, and how much could not be asked. */
export function FleetMessage({ text, error, total, workspaceId, onClear }: FleetMessageProps) {
  const i18n = useI18n()
  const { t } = i18n
  const live = useLive()
  // what could be asked changes while it stands there
  useTable('connection')
  useTable('host')
  const unread = countUnread(live, workspaceId)
  const clear = (
    <Button variant="secondary" onClick={onClear}>
      {t('fleet.query-clear')}
    </Button>
  )
  return (
    <div className="grid-message">
      {error ? (
        <EmptyState title={t('fleet.query-wrong')} actions={clear}>
          <p>{queryErrorText(error, i18n)}</p>
        </EmptyState>
      ) : total === 0 ? (
        <EmptyState title={t('fleet.no-machines')}>
          <p>{unread > 0 ? t('fleet.no-machines-unread') : t('fleet.no-machines-text')}</p>
        </EmptyState>
      ) : (
        <EmptyState title={t('fleet.no-match', { query: text.trim() })} actions={clear}>
          {unread > 0 && <p>{t('fleet.no-match-unread', { count: unread })}</p>}
        </EmptyState>
      )}
    </div>
  )
}

/** Machines (or, where none is known, hosts) behind links that are not live. */
function countUnread({ store, index }: Live, workspaceId: string): number {
  let count = 0
  for (const connection of store.tables.connection.values()) {
    if (connection.workspaceId !== workspaceId) continue
    if (connection.freshness.state !== 'live') count += Math.max(1, index.count(`connection/${connection.id}`))
    else
      for (const host of store.tables.host.values()) {
        if (host.connectionId === connection.id && machineFreshness(connection, host).state !== 'live')
          count += index.count(`host/${host.id}`)
      }
  }
  return count
}
