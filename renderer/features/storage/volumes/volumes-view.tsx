import { Button } from '@patternfly/react-core'
import { RhUiCloseIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-close-icon'
import { useCallback, useMemo, useRef, useState } from 'react'
import { useNavigate, useSearchParams } from 'react-router'
import { type AppError, toWireError } from '../../../../shared/errors/index.ts'
import type { Pool, TaskId, VolumeRow } from '../../../../shared/model/index.ts'
import { toPageError, useApi } from '../../../lib/api/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { useEntity, useLive, useTable } from '../../../lib/live/index.ts'
import { paths } from '../../../lib/paths.ts'
import { usePermissions } from '../../../lib/session/index.ts'
import { ActionButton, Banner, EmptyState, FloatingMenu, Problem } from '../../../ui/index.ts'
import { useSlashFocus } from '../../events/index.ts'
import { NoteDialog } from '../note-dialog.tsx'
import { poolEntries } from '../pools/pool-entries.ts'
import type { PoolScene } from '../pools/pool-scene.ts'
import { pressed, type Sort } from '../table/table-model.ts'
import { VirtualTable } from '../table/virtual-table.tsx'
import { isFolder } from '../words.ts'
import { DeletionProgress } from './deletion-progress.tsx'
import { saveVolume } from './save-volume.ts'
import { useVolumeList } from './use-volume-list.ts'
import { volumeColumns } from './volume-cells.tsx'
import { volumeEntries } from './volume-entries.ts'
import { basesOf, NO_FILTER, needsFacts, orderVolumes, sizeOf, type VolumeFilter } from './volume-order.ts'
import { askVolume } from './volume-request.ts'
import { VolumesBar } from './volumes-bar.tsx'

const BY_NAME: Sort = { column: 'name', descending: false }
const FIGURES: ReadonlySet<string> = new Set(['allocation', 'capacity'])
const keyOf = ({ name }: VolumeRow) => name

/** What lies in a pool: names at once, what each is as it is read; one or many are acted on. */
export function VolumesView({ scene, noWrite }: { readonly scene: PoolScene; readonly noWrite: string | undefined }) {
  const i18n = useI18n()
  const { t, format } = i18n
  const { pool, isLive } = scene
  const api = useApi()
  const may = usePermissions()
  const navigate = useNavigate()
  const { store } = useLive()
  const pools = useTable('pool').filter(({ hostId }) => hostId === pool.hostId)
  const [search, setSearch] = useSearchParams()
  const { state, again, reshape, look } = useVolumeList(pool.id, isLive)
  const [filter, setFilter] = useState<VolumeFilter>(NO_FILTER)
  const [sort, setSort] = useState(BY_NAME)
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const [menu, setMenu] = useState<{ readonly name: string; readonly at: { readonly x: number; readonly y: number } } | null>(null)
  const [problem, setProblem] = useState<{ readonly name: string; readonly error: AppError } | null>(null)
  const [deletion, setDeletion] = useState<TaskId | null>(null)
  const deleting = useEntity('task', deletion ?? undefined)
  const searchBox = useRef<HTMLInputElement>(null)
  useSlashFocus(searchBox)
  const names = useMemo(() => orderVolumes(state.shaped.values(), filter, sort), [state.shaped, filter, sort])
  const rows = useMemo(() => names.flatMap((name) => state.rows.get(name) ?? []), [names, state.rows])
  const onVisible = useCallback((visible: readonly VolumeRow[]) => look(visible.map(({ name }) => name)), [look])
  const chosen = useMemo(() => [...selected].flatMap((name) => state.rows.get(name) ?? []), [selected, state.rows])

  function change(next: { readonly filter?: VolumeFilter; readonly sort?: Sort }) {
    if (next.filter) setFilter(next.filter)
    if (next.sort) setSort(next.sort)
    if (needsFacts(next.filter ?? filter, next.sort ?? sort)) reshape()
  }
  const reveal = (name: string) => {
    if (!names.includes(name)) setFilter(NO_FILTER)
    setSearch({ volume: name }, { replace: true })
  }
  const download = (name: string) => {
    saveVolume(api, pool.id, name).catch((thrown: unknown) => setProblem({ name, error: toPageError(thrown, 'command') }))
  }
  const openMenu = (row: VolumeRow, at: { readonly x: number; readonly y: number }) => setMenu({ name: row.name, at })
  const columns = volumeColumns({
    i18n,
    pool,
    pools,
    state,
    onReveal: reveal,
    onMenu: openMenu,
  })
  const menuRow = menu && state.rows.get(menu.name)
  const forbidden = (permission: 'volume.read' | 'machine.create') =>
    may(permission) ? undefined : t('route.forbidden.text', { permission })
  const lost = isLive ? undefined : i18n.reason({ code: 'link.not-live', text: '', params: { connection: scene.host?.name ?? '' } })
  const allGone = state.gone.size > 0 && state.gone.size === state.rows.size
  return (
    <>
      <VolumesBar
        state={state}
        shown={rows.length}
        filter={filter}
        sort={sort}
        noRead={lost}
        searchBox={searchBox}
        onFilter={(next) => change({ filter: next })}
        onSortAgain={reshape}
        onAgain={again}
      />
      {isLive && state.phase === 'failed' && state.error && (
        <Banner
          tone="bad"
          actions={
            <Button variant="link" isInline onClick={again}>
              {t('offline.try-now')}
            </Button>
          }
        >
          <Problem error={toWireError(state.error)} />
        </Banner>
      )}
      {allGone && (
        <Banner tone="warn" actions={<LookAgain scene={scene} noWrite={noWrite} />}>
          <b>{t('storage.all-gone.title')}</b> {t('storage.all-gone.text', { path: pool.target ?? pool.name })}
        </Banner>
      )}
      {deleting && <DeletionProgress key={deleting.id} task={deleting} note={null} onClose={() => setDeletion(null)} />}
      {selected.size > 0 && (
        <SelectionBar
          rows={chosen}
          noWrite={noWrite}
          onDelete={() =>
            askVolume({
              kind: 'delete',
              poolId: pool.id,
              rows: chosen,
              bases: basesOf(state.rows.values()),
              onBegun: (taskId) => {
                setSelected(new Set())
                setDeletion(taskId)
              },
            })
          }
          onClear={() => setSelected(new Set())}
        />
      )}
      <VirtualTable
        label={t('storage.volumes')}
        rows={rows}
        keyOf={keyOf}
        nameOf={keyOf}
        columns={columns}
        sort={sort}
        onSort={(column) => change({ sort: pressed(sort, column, FIGURES.has(column)) })}
        selection={{ selected, onSelect: setSelected }}
        onMenu={openMenu}
        onVisible={onVisible}
        reveal={search.get('volume')}
        rowClass={({ name }) => (isLive && !state.gone.has(name) ? '' : 'stale')}
        empty={<NoRows state={state} isFiltered={filter !== NO_FILTER} isLive={isLive} pool={pool} />}
      />
      {menu && menuRow && (
        <FloatingMenu
          label={t('storage.actions-of', { name: menu.name })}
          at={menu.at}
          entries={volumeEntries({
            scene,
            row: menuRow,
            i18n,
            noWrite,
            noRead: forbidden('volume.read') ?? lost,
            noBuild: forbidden('machine.create') ?? lost,
            machine: (id) => store.get('machine', id),
            overlay: basesOf(state.rows.values()).get(menuRow.path),
            isGone: state.gone.has(menu.name),
            download: () => download(menu.name),
            deleting: setDeletion,
            build: () => void navigate(paths.buildOn(pool.hostId, { pool: pool.name, volume: menu.name })),
          })}
          onClose={() => setMenu(null)}
        />
      )}
      {problem && (
        <NoteDialog title={t('storage.download.failed', { name: problem.name })} onClose={() => setProblem(null)}>
          <Problem error={toWireError(problem.error)} />
        </NoteDialog>
      )}
      <span className="visually-hidden" role="status">
        {state.phase === 'complete' && t('storage.volumes-count', { count: state.rows.size, shown: format.number(state.rows.size) })}
      </span>
    </>
  )
}

interface SelectionBarProps {
  readonly rows: readonly VolumeRow[]
  readonly noWrite: string | undefined
  readonly onDelete: () => void
  readonly onClear: () => void
}

function SelectionBar({ rows, noWrite, onDelete, onClear }: SelectionBarProps) {
  const { t, format } = useI18n()
  const { bytes, unread } = sizeOf(rows)
  return (
    <section className="bulk" aria-label={t('storage.selected')}>
      <b className="num" role="status">
        {t('bulk.selected', { count: rows.length, shown: format.number(rows.length) })}
      </b>
      <span className="num sub">
        {format.bytes(bytes)}
        {unread > 0 && ` · ${t('storage.selected-unread', { count: unread })}`}
      </span>
      <ActionButton variant="link" size="sm" disabledReason={noWrite} onClick={onDelete}>
        {t('storage.delete-selected')}
      </ActionButton>
      <span className="grow" />
      <button type="button" className="query-clear" aria-label={t('bulk.clear')} onClick={onClear}>
        <RhUiCloseIcon />
      </button>
    </section>
  )
}

/** Has libvirt look at the pool's files, once they can be there again. */
function LookAgain({ scene, noWrite }: { readonly scene: PoolScene; readonly noWrite: string | undefined }) {
  const i18n = useI18n()
  const api = useApi()
  const refresh = poolEntries(scene, api, i18n, noWrite).find(({ id }) => id === 'refresh')
  if (refresh?.kind !== 'item') return null
  return (
    <ActionButton variant="link" isInline disabledReason={refresh.disabledReason} onClick={refresh.run}>
      {refresh.label}
    </ActionButton>
  )
}

interface NoRowsProps {
  readonly state: { readonly phase: string; readonly rows: ReadonlyMap<string, VolumeRow> }
  readonly isFiltered: boolean
  readonly isLive: boolean
  readonly pool: Pool
}

/** So much may well be a file system's own. */
const OTHER_FILES = 2 ** 30

function NoRows({ state, isFiltered, isLive, pool: { name, type, target, allocationBytes } }: NoRowsProps) {
  const { t, format } = useI18n()
  if (state.rows.size > 0 && isFiltered) {
    return (
      <EmptyState title={t('storage.no-match')}>
        <p>{t('storage.no-match.text')}</p>
      </EmptyState>
    )
  }
  if (state.rows.size === 0 && !isLive) {
    return (
      <EmptyState title={t('storage.not-read')}>
        <p>{t('storage.not-read.text')}</p>
      </EmptyState>
    )
  }
  if (state.phase === 'listing' || state.phase === 'failed') return null
  return (
    <EmptyState title={t('storage.empty', { name })}>
      <p>{t('storage.empty.text')}</p>
      {isFolder(type) && (allocationBytes ?? 0) > OTHER_FILES && (
        <p>{t('storage.empty.other-files', { size: format.bytes(allocationBytes ?? 0), path: target ?? name })}</p>
      )}
    </EmptyState>
  )
}
