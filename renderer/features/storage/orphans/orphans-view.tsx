import { RhUiCloseIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-close-icon'
import { useEffect, useMemo, useState } from 'react'
import { Link } from 'react-router'
import { toWireError } from '../../../../shared/errors/index.ts'
import { FINAL_TASK_STATES, type Host, type HostId, type TaskId } from '../../../../shared/model/index.ts'
import { useApi } from '../../../lib/api/index.ts'
import { compareNames, useI18n } from '../../../lib/i18n/index.ts'
import { useEntity } from '../../../lib/live/index.ts'
import { paths } from '../../../lib/paths.ts'
import { ActionButton, Age, EmptyState, Problem } from '../../../ui/index.ts'
import { useWriteReason } from '../pools/pool-scene.ts'
import { nameColumn } from '../table/name-column.tsx'
import { compareKnown, pressed, type Sort, type TableColumn } from '../table/table-model.ts'
import { VirtualTable } from '../table/virtual-table.tsx'
import { DeleteDialog, type Doomed } from '../volumes/delete-dialog.tsx'
import { DeletionProgress } from '../volumes/deletion-progress.tsx'
import { type FoundOrphan, lookForOrphans, type OrphansOfHosts, orphansOf, useLooks } from './orphan-search.ts'
import { UndecidedList } from './undecided-list.tsx'

const BY_SIZE: Sort = { column: 'allocation', descending: true }
const keyOf = ({ key }: FoundOrphan) => key
const nameOf = ({ name }: FoundOrphan) => name

/** Volumes that nothing on their hosts names, the largest first; what could not be looked into beside them. */
export function OrphansView({ hosts }: { readonly hosts: readonly Host[] }) {
  const i18n = useI18n()
  const { t, format } = i18n
  const api = useApi()
  const refusal = useWriteReason(i18n)
  const byHost = useLooks((state) => state.byHost)
  const found = useMemo(() => orphansOf(hosts, byHost), [hosts, byHost])
  const [sort, setSort] = useState(BY_SIZE)
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set())
  const [deleting, setDeleting] = useState<readonly Doomed[] | null>(null)
  const [begun, setBegun] = useState<{
    readonly taskId: TaskId
    readonly hostIds: readonly HostId[]
    readonly keys: ReadonlySet<string>
  } | null>(null)
  const task = useEntity('task', begun?.taskId)
  const isOver = task !== undefined && FINAL_TASK_STATES.has(task.state)
  useEffect(() => {
    // what was deleted is orphaned no more: those hosts are looked through once more
    if (begun && isOver) void lookForOrphans(api, begun.hostIds)
  }, [api, begun, isOver])
  const rows = useMemo(() => ordered(found.orphans, sort), [found.orphans, sort])
  const chosen = rows.filter(({ key }) => picked.has(key))
  const live = hosts.filter(({ freshness }) => freshness.state === 'live')
  const noLook = live.length === 0 ? t('storage.orphans.no-live') : found.looking > 0 ? t('storage.orphans.looking-now') : undefined
  const look = () => {
    setPicked(new Set())
    setBegun(null)
    void lookForOrphans(
      api,
      live.map(({ id }) => id),
    )
  }

  function doom(orphan: FoundOrphan): Doomed {
    return {
      poolId: orphan.poolId,
      name: orphan.name,
      place: `${orphan.hostName} / ${orphan.pool}`,
      bytes: orphan.allocationBytes,
      stays: null,
      warning: orphan.shared ? t('storage.orphans.shared-warning', { pool: orphan.pool }) : null,
    }
  }

  return (
    <>
      <div className="storage-bar">
        <Summary found={found} hosts={hosts.length} />
        <span className="grow" />
        {found.oldestMs !== null && (
          <span className="sub num">
            {t('storage.orphans.read')} <Age atMs={found.oldestMs} ago />
          </span>
        )}
        <ActionButton variant="secondary" size="sm" disabledReason={noLook} title={t('storage.orphans.look.help')} onClick={look}>
          {t(found.looked === 0 ? 'storage.orphans.look' : 'storage.orphans.look-again', {
            count: live.length,
            shown: format.number(live.length),
          })}
        </ActionButton>
      </div>
      {task && <DeletionProgress key={task.id} task={task} note={t('storage.orphans.deleting')} onClose={() => setBegun(null)} />}
      <Unseen found={found} />
      <UndecidedList groups={found.undecided} />
      {chosen.length > 0 && (
        <section className="bulk" aria-label={t('storage.selected')}>
          <b className="num" role="status">
            {t('bulk.selected', { count: chosen.length, shown: format.number(chosen.length) })}
          </b>
          <span className="num sub">{format.bytes(chosen.reduce((sum, one) => sum + one.allocationBytes, 0))}</span>
          <ActionButton variant="link" size="sm" disabledReason={refusal(true, '')} onClick={() => setDeleting(chosen.map(doom))}>
            {t('storage.delete-selected')}
          </ActionButton>
          <span className="grow" />
          <button type="button" className="query-clear" aria-label={t('bulk.clear')} onClick={() => setPicked(new Set())}>
            <RhUiCloseIcon />
          </button>
        </section>
      )}
      <VirtualTable
        label={t('storage.orphans')}
        rows={rows}
        keyOf={keyOf}
        nameOf={nameOf}
        columns={useColumns(hosts.length > 1)}
        sort={sort}
        onSort={(column) => setSort(pressed(sort, column, column === 'allocation' || column === 'capacity'))}
        selection={{ selected: picked, onSelect: setPicked }}
        rowClass={({ key }) => (begun?.keys.has(key) && !isOver ? 'stale' : '')}
        empty={<Nothing found={found} />}
      />
      {deleting && (
        <DeleteDialog
          items={deleting}
          onClose={() => setDeleting(null)}
          onBegun={(taskId) => {
            setBegun({ taskId, hostIds: [...new Set(chosen.flatMap(({ hostIds }) => hostIds))], keys: picked })
            setPicked(new Set())
          }}
        />
      )}
    </>
  )
}

function useColumns(withHosts: boolean): readonly TableColumn<FoundOrphan>[] {
  const i18n = useI18n()
  const { t, format } = i18n
  return [
    nameColumn(i18n),
    {
      id: 'allocation',
      label: t('storage.allocation'),
      width: '96px',
      align: 'end',
      cell: ({ allocationBytes }) => format.bytes(allocationBytes),
    },
    {
      id: 'capacity',
      label: t('storage.capacity'),
      width: '96px',
      align: 'end',
      from: 720,
      cell: ({ capacityBytes }) => format.bytes(capacityBytes),
    },
    {
      id: 'format',
      label: t('column.format'),
      width: '70px',
      from: 620,
      cell: (row) => row.format ?? <span className="none">–</span>,
    },
    {
      id: 'pool',
      label: t('storage.pool'),
      width: 'minmax(90px, 1fr)',
      cell: ({ poolId, pool, name, shared }) => (
        <>
          <Link className="quiet-link regular ellipsis" to={paths.pool(poolId, name)}>
            {pool}
          </Link>
          {shared && (
            <span className="tag" title={t('storage.orphans.shared-warning', { pool })}>
              {t('storage.orphans.shared')}
            </span>
          )}
        </>
      ),
    },
    ...(withHosts
      ? [
          {
            id: 'host',
            label: t('column.host'),
            width: 'minmax(90px, 1fr)',
            from: 480,
            cell: ({ hostId, hostName, hostIds }: FoundOrphan) => (
              <>
                <Link className="quiet-link regular ellipsis" to={paths.host(hostId)}>
                  {hostName}
                </Link>
                {hostIds.length > 1 && (
                  <span className="tag num" title={t('storage.orphans.shared-by', { count: hostIds.length })}>
                    +{format.number(hostIds.length - 1)}
                  </span>
                )}
              </>
            ),
          },
        ]
      : []),
    {
      id: 'modified',
      label: t('storage.modified'),
      width: '116px',
      align: 'end',
      from: 820,
      cell: ({ modifiedAtMs }) =>
        modifiedAtMs === null ? (
          <span className="none">–</span>
        ) : (
          <span title={format.absolute(modifiedAtMs)}>{format.date(modifiedAtMs)}</span>
        ),
    },
  ]
}

function Summary({ found, hosts }: { readonly found: OrphansOfHosts; readonly hosts: number }) {
  const { t, format } = useI18n()
  const { orphans, totalBytes, looked, looking } = found
  return (
    <span className="num storage-count" role="status">
      {looked === 0 && looking === 0 && t('storage.orphans.never')}
      {looked > 0 && (
        <>
          <b>{format.bytes(totalBytes)}</b>{' '}
          {t('storage.orphans.count', { count: orphans.length, shown: format.number(orphans.length), hosts: looked })}
        </>
      )}
      {looking > 0 && (
        <span className="sub"> {t('storage.orphans.looking', { done: format.number(hosts - looking), total: format.number(hosts) })}</span>
      )}
    </span>
  )
}

/** What nobody could look into: nothing of it is called orphaned. */
function Unseen({ found: { unseen, failed } }: { readonly found: OrphansOfHosts }) {
  const i18n = useI18n()
  const { t } = i18n
  const count = unseen.reduce((sum, { reasons }) => sum + reasons.length, 0) + failed.length
  if (count === 0) return null
  return (
    <details className="storage-unseen" open={count <= 4}>
      <summary>{t('storage.orphans.unseen', { count })}</summary>
      <ul>
        {failed.map(({ host, error }) => (
          <li key={host.id}>
            <b>{host.name}</b> <Problem error={toWireError(error)} />
          </li>
        ))}
        {unseen.flatMap(({ host, reasons }) =>
          reasons.map((reason) => (
            <li key={`${host.id} ${reason.code} ${JSON.stringify(reason.params)}`}>
              <b>{host.name}</b> {i18n.reason(reason)}
            </li>
          )),
        )}
      </ul>
    </details>
  )
}

function Nothing({ found }: { readonly found: OrphansOfHosts }) {
  const { t } = useI18n()
  if (found.looked === 0 && found.looking > 0) return null
  const title = found.looked === 0 ? 'storage.orphans.intro' : 'storage.orphans.none'
  return (
    <EmptyState title={t(title)}>
      <p>{t(found.looked === 0 ? 'storage.orphans.intro-text' : 'storage.orphans.none-text')}</p>
    </EmptyState>
  )
}

function ordered(orphans: readonly FoundOrphan[], { column, descending }: Sort): readonly FoundOrphan[] {
  const text = (of: (one: FoundOrphan) => string) => (a: FoundOrphan, b: FoundOrphan) =>
    descending ? compareNames(of(b), of(a)) : compareNames(of(a), of(b))
  const figure = (of: (one: FoundOrphan) => number | null) => (a: FoundOrphan, b: FoundOrphan) => compareKnown(of(a), of(b), descending)
  const bySize = figure(({ allocationBytes }) => allocationBytes)
  const orders: Readonly<Record<string, (a: FoundOrphan, b: FoundOrphan) => number>> = {
    name: text(({ name }) => name),
    format: text((one) => one.format ?? ''),
    pool: text(({ pool }) => pool),
    host: text(({ hostName }) => hostName),
    capacity: figure(({ capacityBytes }) => capacityBytes),
    modified: figure(({ modifiedAtMs }) => modifiedAtMs),
  }
  return [...orphans].sort(orders[column] ?? bySize)
}
