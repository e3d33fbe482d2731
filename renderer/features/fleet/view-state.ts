import { useCallback, useMemo } from 'react'
import { useSearchParams } from 'react-router'
import { create } from 'zustand'
import { paths } from '../../lib/paths.ts'
import { COLUMN_IDS, type ColumnId, columnOf, FIRST_COLUMNS } from './columns.ts'
import { GROUPS, type GroupBy } from './groups.ts'

const REMEMBERED = 'novacron.columns'

export interface FleetView {
  readonly query: string
  readonly sort: { readonly column: ColumnId; readonly descending: boolean }
  readonly groupBy: GroupBy | null
  /** The tab that was chosen, a built-in's or a saved view's id. */
  readonly viewId: string | null
}

export interface FleetViewState extends FleetView {
  readonly change: (change: Partial<FleetView>) => void
}

/** The view is the address: `?q=…&sort=-cpu&group=host&view=…`, so it can be shared and opened again. */
export function useFleetView(): FleetViewState {
  const [params, setParams] = useSearchParams()
  const query = params.get('q') ?? ''
  const sortText = params.get('sort') ?? 'name'
  const groupText = params.get('group')
  const viewId = params.get('view')
  const descending = sortText.startsWith('-')
  const column = (columnOf(descending ? sortText.slice(1) : sortText)?.id ?? 'name') satisfies ColumnId
  const groupBy = GROUPS.find((group) => group === groupText) ?? null
  const change = useCallback(
    (next: Partial<FleetView>) => {
      // on the way to another screen, whose parts may still be loading, the address is that one's
      if (window.location.pathname !== paths.fleet()) return
      setParams(
        () => {
          // the address as it is now: what the router would hand over is as old as the render this function is from
          const after = new URLSearchParams(window.location.search)
          const put = (key: string, value: string | null) => (value ? after.set(key, value) : after.delete(key))
          if (next.query !== undefined) put('q', next.query)
          if (next.sort) put('sort', `${next.sort.descending ? '-' : ''}${next.sort.column}`)
          if (next.groupBy !== undefined) put('group', next.groupBy)
          if (next.viewId !== undefined) put('view', next.viewId)
          return after
        },
        { replace: true },
      )
    },
    [setParams],
  )
  return useMemo(
    () => ({ query, sort: { column, descending }, groupBy, viewId, change }),
    [query, column, descending, groupBy, viewId, change],
  )
}

interface GridState {
  readonly selected: ReadonlySet<string>
  readonly cursorKey: string | null
  readonly anchorKey: string | null
  readonly collapsed: ReadonlySet<string>
  readonly columns: readonly ColumnId[]
}

function rememberedColumns(): readonly ColumnId[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(REMEMBERED) ?? 'null')
    if (Array.isArray(kept)) return COLUMN_IDS.filter((id) => kept.includes(id))
  } catch {
    // Unreadable or forbidden storage: as at first.
  }
  return FIRST_COLUMNS
}

/** Selection, cursor and layout of the grid: they outlive a visit to another page. */
export const useGridState = create<GridState>(() => ({
  selected: new Set<string>(),
  cursorKey: null,
  anchorKey: null,
  collapsed: new Set<string>(),
  columns: rememberedColumns(),
}))

export function select(ids: Iterable<string>): void {
  useGridState.setState({ selected: new Set(ids) })
}

export function clearSelection(): void {
  useGridState.setState({ selected: new Set(), anchorKey: null })
}

export function toggleSelected(id: string): void {
  useGridState.setState((state) => {
    const selected = new Set(state.selected)
    if (!selected.delete(id)) selected.add(id)
    return { selected }
  })
}

export function setCursor(cursorKey: string | null, anchorKey: string | null = cursorKey): void {
  useGridState.setState({ cursorKey, anchorKey })
}

export function toggleGroup(key: string): void {
  useGridState.setState((state) => {
    const collapsed = new Set(state.collapsed)
    if (!collapsed.delete(key)) collapsed.add(key)
    return { collapsed }
  })
}

export function chooseColumns(columns: readonly ColumnId[]): void {
  useGridState.setState({ columns })
  try {
    localStorage.setItem(REMEMBERED, JSON.stringify(columns))
  } catch {
    // Private mode: it holds for this page.
  }
}
