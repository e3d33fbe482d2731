import './fleet.css'
import './views.css'
import './grid.css'
import { Button } from '@patternfly/react-core'
import { memo, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { useNavigate } from 'react-router'
import { useI18n } from '../../lib/i18n/index.ts'
import { useEntity, useLive, useLivePhase, useTable } from '../../lib/live/index.ts'
import { paths } from '../../lib/paths.ts'
import { useListPrices } from '../../lib/prices/index.ts'
import { usePermissions, useWorkspaceId } from '../../lib/session/index.ts'
import { FloatingMenu, type MenuEntry, useLate } from '../../ui/index.ts'
import { buildEntries, withCopies } from '../build/index.ts'
import { consoleCommand, machineMenu } from '../machine-actions/index.ts'
import { migrateEntry, withMigrate } from '../migration/index.ts'
import { BulkBar, CursorCommands, useSelectionWithin } from './bulk-bar.tsx'
import { ColumnsMenu } from './columns-menu.tsx'
import { FleetMessage } from './fleet-message.tsx'
import { Grid } from './grid.tsx'
import { gridKey } from './grid-keys.ts'
import { GridModel } from './grid-model.ts'
import { GridSkeleton } from './grid-skeleton.tsx'
import { QueryBox } from './query-box.tsx'
import { type CompiledText, compileText } from './query-text.ts'
import { valuesIn } from './query-values.ts'
import { type FleetViewState, useFleetView, useGridState } from './view-state.ts'
import { ViewsBar } from './views-bar.tsx'

export function FleetPage() {
  const phase = useLivePhase()
  const workspaceId = useWorkspaceId()
  const connections = useTable('connection').filter((one) => one.workspaceId === workspaceId).length
  const late = useLate(phase !== 'ready' && workspaceId === null)
  if (phase === 'ready' && (workspaceId === null || connections === 0)) return <ToFirstSteps />
  if (workspaceId === null) return late ? <GridSkeleton /> : null
  return <Fleet key={workspaceId} workspaceId={workspaceId} />
}

/** Leads to the first steps; not whoever is on the way to another screen already, which may still be loading. */
function ToFirstSteps() {
  const navigate = useNavigate()
  useEffect(() => {
    if (window.location.pathname === paths.fleet()) void navigate(paths.welcome(), { replace: true })
  }, [navigate])
  return null
}

const Fleet = memo(function Fleet({ workspaceId }: { readonly workspaceId: string }) {
  const i18n = useI18n()
  const { t, format } = i18n
  const live = useLive()
  const phase = useLivePhase()
  const view = useFleetView()
  const navigate = useNavigate()
  const may = usePermissions()
  const input = useRef<HTMLInputElement>(null)
  const [text, setText] = useQueryText(view)
  const compiled = useMemo(() => compileText(text), [text])
  const shownQuery = useLastGood(compiled)
  const model = useGridModel()
  const collapsed = useGridState((state) => state.collapsed)
  const { sort, groupBy } = view
  const allPrices = useListPrices()
  // Another order does not ask for prices, so that their coming computes nothing anew.
  const prices = sort.column === 'price' ? allPrices : null
  const gridView = useMemo(
    () => ({ workspaceId, matches: shownQuery.matches, volatileQuery: shownQuery.volatileQuery, sort, groupBy, collapsed, prices }),
    [workspaceId, shownQuery, sort, groupBy, collapsed, prices],
  )
  // Before the paint: the page never shows an empty grid on its way to a full one.
  useLayoutEffect(() => model.setView(gridView), [model, gridView])
  const snapshot = useSyncExternalStore(
    (listener) => model.subscribe(listener),
    () => model.snapshot,
  )
  const valuesOf = useMemo(() => valuesIn(live, workspaceId), [live, workspaceId])
  useFleetKeys(input)
  useSelectionWithin(snapshot.total === 0 ? null : snapshot.ids)
  const cursorKey = useGridState((state) => state.cursorKey)
  const cursorRow = cursorKey === null ? undefined : snapshot.rows[model.positionOf(cursorKey)]
  const cursorId = cursorRow?.kind === 'machine' ? cursorRow.id : null
  const selectedCount = useGridState((state) => state.selected.size)
  const [menu, setMenu] = useState<{ readonly x: number; readonly y: number; readonly ids: readonly string[] } | null>(null)
  // Rows sorted anew with each chunk would jump; the skeleton stands until all have come.
  const [complete, setComplete] = useState(false)
  if (!complete && phase === 'ready' && snapshot.total >= live.index.count(`workspace/${workspaceId}`)) setComplete(true)
  const loading = !complete
  const late = useLate(loading)
  const shown = snapshot.ids.length
  const filtered = shownQuery.matches !== null
  const expected = live.store.expected['machine'] ?? 0
  const reading = phase === 'loading' && snapshot.total < expected
  const count = reading
    ? t('fleet.reading', { shown: format.number(snapshot.total), total: format.number(expected) })
    : filtered
      ? t('fleet.count-of', { shown: format.number(shown), total: format.number(snapshot.total) })
      : t('fleet.machines', { count: shown, shown: format.number(shown) })
  const closeMenu = useCallback(() => setMenu(null), [])
  const rowMenu = (ids: readonly string[]): readonly MenuEntry[] => {
    const only = ids.length === 1 ? live.store.get('machine', ids[0] ?? '') : undefined
    const sitDown = only && consoleCommand(only, may, i18n, (path) => void navigate(path))
    const open: readonly MenuEntry[] = sitDown
      ? [
          { kind: 'item', id: 'open', label: t('fleet.open', { name: only.name }), run: () => void navigate(paths.machine(only.id)) },
          { kind: 'item', id: 'open-console', label: t('console.open'), disabledReason: sitDown.disabledReason, run: sitDown.run },
          {
            kind: 'item',
            id: 'open-host',
            label: t('fleet.open-host', { kind: live.store.get('host', only.hostId)?.kind ?? 'hypervisor' }),
            run: () => void navigate(paths.host(only.hostId)),
          },
          { kind: 'divider', id: 'after-open' },
        ]
      : []
    const actions = withMigrate(
      machineMenu(ids, live, may, i18n),
      migrateEntry(ids, live, may, i18n, (path) => void navigate(path)),
    )
    return only
      ? [
          ...open,
          ...withCopies(
            actions,
            buildEntries(only, live, may, i18n, (path) => void navigate(path)),
          ),
        ]
      : actions
  }
  return (
    <div className="fleet">
      <h1 className="visually-hidden">{t('fleet.title')}</h1>
      <div className="query-row">
        <QueryBox
          text={text}
          error={compiled.error}
          count={loading && !reading ? '' : count}
          valuesOf={valuesOf}
          inputRef={input}
          onChange={setText}
          onLeave={focusGrid}
        />
        <ColumnsMenu view={view} />
        {may('machine.create') && (
          <>
            <Button variant="primary" onClick={() => void navigate(paths.build())}>
              {t('build.new')}
            </Button>
            <Button variant="secondary" onClick={() => void navigate(paths.importPackage())}>
              {t('import.new')}
            </Button>
          </>
        )}
        {may('connection.write') && (
          <Button variant="secondary" onClick={() => void navigate(paths.addHost())}>
            {t('connection.add')}
          </Button>
        )}
      </div>
      <ViewsBar workspaceId={workspaceId} view={view} />
      {selectedCount > 0 && <BulkBar ids={snapshot.ids} />}
      {selectedCount === 0 && cursorId !== null && <CursorCommands key={cursorId} machineId={cursorId} />}
      {loading ? (
        late && <GridSkeleton />
      ) : (
        <div className="grid-area">
          <Grid model={model} snapshot={snapshot} view={view} onContextMenu={(at, ids) => setMenu({ ...at, ids })} />
          {shown === 0 && (
            <FleetMessage text={text} error={compiled.error} total={snapshot.total} workspaceId={workspaceId} onClear={() => setText('')} />
          )}
        </div>
      )}
      {menu && <RowMenu {...menu} entriesOf={rowMenu} onClose={closeMenu} />}
    </div>
  )
})

function focusGrid(): void {
  document.querySelector<HTMLElement>('.grid[tabindex]')?.focus()
}

/** While a query is being typed it is often wrong for a moment: the rows of the last right one stay. */
function useLastGood(compiled: CompiledText): CompiledText {
  const [good, setGood] = useState(compiled)
  if (compiled.error === null && compiled !== good) {
    setGood(compiled)
    return compiled
  }
  return compiled.error === null ? compiled : good
}

function useGridModel(): GridModel {
  const { store, index } = useLive()
  const [model] = useState(
    () =>
      new GridModel({
        store,
        index,
        nowMs: () => Date.now(),
        setTimer: (run, delayMs) => {
          const timer = setTimeout(run, delayMs)
          return () => clearTimeout(timer)
        },
      }),
  )
  useLayoutEffect(() => model.start(), [model])
  return model
}

const ADDRESS_DELAY_MS = 200

/** What stands in the query box. The address follows when typing rests; a change of the address from elsewhere wins. */
function useQueryText(view: FleetViewState): readonly [string, (text: string) => void] {
  const [text, setText] = useState(view.query)
  const [seen, setSeen] = useState(view.query)
  const [pushed, setPushed] = useState(view.query)
  if (view.query !== seen) {
    setSeen(view.query)
    if (view.query !== pushed) {
      setText(view.query)
      setPushed(view.query)
    }
  }
  const { change } = view
  useEffect(() => {
    if (text === pushed) return undefined
    const timer = setTimeout(() => {
      setPushed(text)
      change({ query: text, viewId: null })
    }, ADDRESS_DELAY_MS)
    return () => clearTimeout(timer)
  }, [text, pushed, change])
  return [text, setText]
}

/** `/` goes to the query from anywhere; keys pressed over nothing go to the grid. */
function useFleetKeys(input: React.RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || isTyping(event.target)) return
      if (event.key === '/' && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault()
        input.current?.focus()
        input.current?.select()
        return
      }
      if (event.target !== document.body || !gridKey(event)) return
      const grid = document.querySelector<HTMLElement>('.grid[tabindex]')
      if (!grid) return
      event.preventDefault()
      grid.focus()
      grid.dispatchEvent(
        new KeyboardEvent('keydown', {
          key: event.key,
          shiftKey: event.shiftKey,
          ctrlKey: event.ctrlKey,
          metaKey: event.metaKey,
          bubbles: true,
          cancelable: true,
        }),
      )
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [input])
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return (
    target.isContentEditable || target instanceof HTMLTextAreaElement || (target instanceof HTMLInputElement && target.type !== 'checkbox')
  )
}

interface RowMenuProps {
  readonly x: number
  readonly y: number
  readonly ids: readonly string[]
  readonly entriesOf: (ids: readonly string[]) => readonly MenuEntry[]
  readonly onClose: () => void
}

/** What can be done changes while it is open, such as when a link comes back. */
function RowMenu({ x, y, ids, entriesOf, onClose }: RowMenuProps) {
  const { t } = useI18n()
  useTable('connection')
  useTable('host')
  useEntity('machine', ids.length === 1 ? ids[0] : null)
  return <FloatingMenu label={t('fleet.machine-menu')} at={{ x, y }} entries={entriesOf(ids)} onClose={onClose} />
}
