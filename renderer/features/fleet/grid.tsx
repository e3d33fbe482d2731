import { useVirtualizer, type VirtualItem } from '@tanstack/react-virtual'
import { type KeyboardEvent, type MouseEvent, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import type { MachineId } from '../../../shared/model/index.ts'
import { useApi } from '../../lib/api/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useHasClouds, useLive } from '../../lib/live/index.ts'
import { paths } from '../../lib/paths.ts'
import { useListPrices } from '../../lib/prices/index.ts'
import { useOffline, useSession } from '../../lib/session/index.ts'
import { layoutColumns } from './columns.ts'
import { GridHead } from './grid-head.tsx'
import { gridKey } from './grid-keys.ts'
import type { GridModel, GridSnapshot } from './grid-model.ts'
import { GroupRow } from './group-row.tsx'
import { MachineRow } from './machine-row.tsx'
import type { FleetViewState } from './view-state.ts'
import { clearSelection, select, setCursor, toggleGroup, toggleSelected, useGridState } from './view-state.ts'

const OVERSCAN = 8
/** Room kept for the scroll bar beside the rows, in pixels. */
const SCROLLBAR = 12
const INTEREST_DELAY_MS = 300

export interface GridProps {
  readonly model: GridModel
  readonly snapshot: GridSnapshot
  readonly view: FleetViewState
  readonly onContextMenu: (at: { readonly x: number; readonly y: number }, ids: readonly string[]) => void
}

/** The machine grid: only what is on screen exists, the keyboard moves a cursor over all of it. */
export function Grid({ model, snapshot, view, onContextMenu }: GridProps) {
  const { t } = useI18n()
  const navigate = useNavigate()
  const { settings } = useSession()
  const rowHeight = settings.density === 'comfortable' ? 32 : 28
  const scroller = useRef<HTMLDivElement>(null)
  const grid = useRef<HTMLDivElement>(null)
  const width = useWidth(grid)
  const chosen = useGridState((state) => state.columns)
  const cursorKey = useGridState((state) => state.cursorKey)
  const hasClouds = useHasClouds()
  const layout = useMemo(() => layoutColumns(chosen, width - SCROLLBAR, hasClouds), [chosen, width, hasClouds])
  const prices = useListPrices()
  const { rows } = snapshot
  const calm = useOffline()
  // The same function from render to render: with a new one it would measure all rows again.
  const heightAt = useCallback(() => rowHeight, [rowHeight])
  // oxlint-disable-next-line react/incompatible-library -- it renders by itself when it scrolls
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: heightAt,
    overscan: OVERSCAN,
  })
  useEffect(() => {
    if (rowHeight > 0) virtualizer.measure()
  }, [virtualizer, rowHeight])
  const items = virtualizer.getVirtualItems()
  const slotted = useSlots(items)
  useInterest(
    items.flatMap((item) => {
      const row = rows[item.index]
      return row?.kind === 'machine' ? [row.id] : []
    }),
  )
  const cursorAt = cursorKey === null ? -1 : model.positionOf(cursorKey)
  const cursorShown = items.some((item) => item.index === cursorAt)

  // Back from another page: the row one came from is in view again.
  const returned = useRef(false)
  useEffect(() => {
    if (returned.current || rows.length === 0) return
    returned.current = true
    const at = cursorKey === null ? -1 : model.positionOf(cursorKey)
    if (at > 0) virtualizer.scrollToIndex(at, { align: 'center' })
  }, [rows.length, cursorKey, model, virtualizer])

  function moveTo(index: number, extend: boolean) {
    const at = Math.min(Math.max(index, 0), rows.length - 1)
    const row = rows[at]
    if (!row) return
    const { anchorKey, selected } = useGridState.getState()
    if (extend) {
      const anchor = anchorKey ?? cursorKey ?? row.key
      const from = model.positionOf(anchor)
      const [first, last] = from < at ? [from, at] : [at, from]
      const range = rows.slice(Math.max(first, 0), last + 1).flatMap((one) => (one.kind === 'machine' ? [one.id] : []))
      select(new Set([...selected, ...range]))
      setCursor(row.key, anchor)
    } else {
      setCursor(row.key)
    }
    virtualizer.scrollToIndex(at, { align: 'auto' })
  }

  function onKeyDown(event: KeyboardEvent) {
    const action = gridKey(event)
    if (!action) return
    event.preventDefault()
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 1)
    const row = cursorAt >= 0 ? rows[cursorAt] : undefined
    switch (action.kind) {
      case 'move':
        moveTo(cursorAt < 0 ? 0 : cursorAt + (action.unit === 'page' ? action.by * page : action.by), action.extend)
        break
      case 'edge':
        moveTo(action.to === 'first' ? 0 : rows.length - 1, action.extend)
        break
      case 'select':
        if (row?.kind === 'machine') toggleSelected(row.id)
        break
      case 'select-all':
        select(snapshot.ids)
        break
      case 'open':
        if (row?.kind === 'machine') void navigate(paths.machine(row.id))
        else if (row) toggleGroup(row.key)
        break
      case 'clear':
        clearSelection()
        break
      case 'menu':
        if (row?.kind === 'machine') openMenu(row.id, boxOf(row.key))
        break
    }
  }

  function boxOf(key: string): { readonly x: number; readonly y: number } {
    const box = document.getElementById(rowDomId(key))?.getBoundingClientRect()
    return { x: (box?.left ?? 0) + 140, y: box?.bottom ?? 0 }
  }

  function openMenu(id: string, at: { readonly x: number; readonly y: number }) {
    const { selected } = useGridState.getState()
    onContextMenu(at, selected.has(id) ? [...selected] : [id])
  }

  function rowAt(event: MouseEvent) {
    const element = event.target instanceof Element ? event.target.closest('[role="row"]') : null
    const index = Number(element?.getAttribute('aria-rowindex') ?? 0) - 2
    return index >= 0 ? { index, row: rows[index] } : null
  }

  function onClick(event: MouseEvent) {
    const hit = rowAt(event)
    if (!hit?.row) return
    if (hit.row.kind === 'group') {
      toggleGroup(hit.row.key)
      return
    }
    if (event.target instanceof HTMLInputElement) {
      if (event.shiftKey) moveTo(hit.index, true)
      else setCursor(hit.row.key)
    } else if (event.shiftKey) moveTo(hit.index, true)
    else if (event.ctrlKey || event.metaKey) {
      toggleSelected(hit.row.id)
      setCursor(hit.row.key)
    } else setCursor(hit.row.key)
    grid.current?.focus({ preventScroll: true })
  }

  return (
    <div
      ref={grid}
      className="grid"
      role="grid"
      aria-label={t('fleet.grid')}
      aria-multiselectable
      aria-rowcount={rows.length + 1}
      aria-colcount={layout.columns.length + 1}
      aria-activedescendant={cursorShown && cursorKey !== null ? rowDomId(cursorKey) : undefined}
      tabIndex={0}
      style={{ ['--cols' as string]: layout.template }}
      onKeyDown={onKeyDown}
      onClick={onClick}
      onDoubleClick={(event) => {
        const hit = rowAt(event)
        if (hit?.row?.kind === 'machine' && !(event.target instanceof HTMLInputElement)) void navigate(paths.machine(hit.row.id))
      }}
      onContextMenu={(event) => {
        const hit = rowAt(event)
        if (hit?.row?.kind !== 'machine') return
        event.preventDefault()
        setCursor(hit.row.key)
        openMenu(hit.row.id, { x: event.clientX, y: event.clientY })
      }}
    >
      <GridHead columns={layout.columns} view={view} ids={snapshot.ids} hasClouds={hasClouds} />
      <div ref={scroller} className="grid-rows" role="rowgroup" tabIndex={-1}>
        <div role="presentation" style={{ height: virtualizer.getTotalSize(), position: 'relative' }}>
          {slotted.map(({ slot, item }) => {
            const row = rows[item.index]
            if (!row) return null
            const common = { domId: rowDomId(row.key), top: item.start, rowIndex: item.index + 2, cursor: item.index === cursorAt }

            return row.kind === 'machine' ? (
              <MachineRow key={slot} id={row.id} columns={layout.columns} drops={layout.drops} prices={prices} calm={calm} {...common} />
            ) : (
              <GroupRow key={slot} row={row} groupBy={view.groupBy} columns={layout.columns.length + 1} {...common} />
            )
          })}
        </div>
      </div>
    </div>
  )
}

function rowDomId(key: string): string {
  return `row-${encodeURIComponent(key)}`
}

/**
 * Gives each row on screen a place among the elements, in turn. A row that scrolls in takes over the element of one that has left: its
 * text changes, where making and styling a new element would take several times as long. Beyond the first screen the order in the
 * document is not the one on the screen; the rows say their number by `aria-rowindex`.
 */
function useSlots(items: readonly VirtualItem[]): readonly { readonly slot: number; readonly item: VirtualItem }[] {
  const [count, setCount] = useState(0)
  const needed = items.length > count ? slotsFor(items.length) : count
  if (needed !== count) setCount(needed)
  return items.map((item) => ({ slot: item.index % Math.max(needed, 1), item })).sort((a, b) => a.slot - b.slot)
}

/** At the top the rows above the screen are missing: room for them is kept from the beginning. */
function slotsFor(rows: number): number {
  return rows + 2 * OVERSCAN
}

function useWidth(element: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0)
  useLayoutEffect(() => {
    const target = element.current
    if (!target) return undefined
    const observer = new ResizeObserver(() => setWidth(target.clientWidth))
    observer.observe(target)
    return () => observer.disconnect()
  }, [element])
  return width
}

/** Tells the engine what is looked at, once scrolling has come to rest. */
function useInterest(ids: readonly string[]) {
  const api = useApi()
  const { store } = useLive()
  const wanted = ids.join('\n')
  useEffect(() => {
    const timer = setTimeout(() => {
      const visible = wanted === '' ? [] : (wanted.split('\n') as MachineId[])
      // What is not sampled faster is merely older; the row says its age.
      api.inventory.setInterest({ visible: visible.slice(0, 500), focused: null }).catch(() => {})
      for (const machineId of visible) {
        if (store.history.isSeeded(machineId) || store.get('machine', machineId)?.state !== 'running') continue
        store.history.seed(machineId, [])
        api.inventory.recentMetrics({ machineId }).then(
          ({ samples }) => store.seedHistory(machineId, samples),
          // Without it the sparkline grows from now on.
          () => {},
        )
      }
    }, INTEREST_DELAY_MS)
    return () => clearTimeout(timer)
  }, [api, store, wanted])
}
