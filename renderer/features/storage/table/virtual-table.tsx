import { useVirtualizer } from '@tanstack/react-virtual'
import {
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  useCallback,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'
import { useI18n } from '../../../lib/i18n/index.ts'
import { useSession } from '../../../lib/session/index.ts'
import { gridKey } from '../../fleet/index.ts'
import { TableHead } from './table-head.tsx'
import type { Sort, TableColumn } from './table-model.ts'

const OVERSCAN = 8
const SCROLLBAR = 12
const REST_MS = 250

export interface Selection {
  readonly selected: ReadonlySet<string>
  readonly onSelect: (keys: ReadonlySet<string>) => void
}

const NO_SELECTION: Selection = { selected: new Set(), onSelect: () => {} }

export interface VirtualTableProps<R> {
  readonly label: string
  readonly rows: readonly R[]
  /** The same function from render to render. */
  readonly keyOf: (row: R) => string
  /** What a row is called, for its checkbox. */
  readonly nameOf: (row: R) => string
  readonly columns: readonly TableColumn<R>[]
  readonly sort: Sort
  readonly onSort: (column: string) => void
  /** Left out: rows are not selected here. */
  readonly selection?: Selection
  readonly onOpen?: (row: R) => void
  readonly onMenu?: (row: R, at: { readonly x: number; readonly y: number }) => void
  /** Those on screen, once scrolling has come to rest. */
  readonly onVisible?: (rows: readonly R[]) => void
  /** Brought into view, and the cursor set on it, whenever it is another. */
  readonly reveal?: string | null
  readonly rowClass?: (row: R) => string
  /** In the place of rows, where there is none. */
  readonly empty: ReactNode
}

/** A grid of which only what is on screen exists: the keyboard moves a cursor over all of it, rows are selected one by one or in ranges. */
export function VirtualTable<R>(props: VirtualTableProps<R>) {
  const { label, rows, keyOf, nameOf, columns, sort, onSort, selection, onOpen, onMenu, reveal = null, rowClass, empty } = props
  const { selected, onSelect } = selection ?? NO_SELECTION
  const { t } = useI18n()
  const { settings } = useSession()
  const id = useId()
  const rowHeight = settings.density === 'comfortable' ? 32 : 28
  const scroller = useRef<HTMLDivElement>(null)
  const grid = useRef<HTMLDivElement>(null)
  const width = useWidth(grid)
  const [cursor, setCursor] = useState<string | null>(null)
  const anchor = useRef<number>(-1)
  const shown = columns.filter(({ from = 0 }) => width === 0 || width - SCROLLBAR >= from)
  const template = `${selection ? '36px' : '12px'} ${shown.map((column) => column.width).join(' ')}`
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
  useVisible(rows, items[0]?.index ?? 0, items.at(-1)?.index ?? -1, props.onVisible)
  const cursorAt = cursor === null ? -1 : rows.findIndex((row) => keyOf(row) === cursor)
  const domId = (index: number) => `${id}-${index}`

  const revealed = useRef<string | null>(null)
  useEffect(() => {
    if (reveal === null || revealed.current === reveal) return
    const at = rows.findIndex((row) => keyOf(row) === reveal)
    if (at < 0) return
    revealed.current = reveal
    setCursor(reveal)
    virtualizer.scrollToIndex(at, { align: 'center' })
  }, [reveal, rows, keyOf, virtualizer])

  function toggle(row: R) {
    const key = keyOf(row)
    const next = new Set(selected)
    if (!next.delete(key)) next.add(key)
    onSelect(next)
  }

  function moveTo(index: number, extend: boolean) {
    const at = Math.min(Math.max(index, 0), rows.length - 1)
    const row = rows[at]
    if (!row) return
    if (extend) {
      const from = anchor.current < 0 ? Math.max(cursorAt, 0) : anchor.current
      anchor.current = from
      const range = rows.slice(Math.min(from, at), Math.max(from, at) + 1).map(keyOf)
      onSelect(new Set([...selected, ...range]))
    } else anchor.current = at
    setCursor(keyOf(row))
    virtualizer.scrollToIndex(at, { align: 'auto' })
  }

  function menuOf(index: number, at?: { readonly x: number; readonly y: number }) {
    const row = rows[index]
    const box = document.getElementById(domId(index))?.getBoundingClientRect()
    if (row) onMenu?.(row, at ?? { x: (box?.left ?? 0) + 60, y: box?.bottom ?? 0 })
  }

  function onKeyDown(event: KeyboardEvent) {
    // links and buttons in the rows keep their own keys
    if (event.target !== grid.current) return
    const action = gridKey(event)
    if (!action) return
    event.preventDefault()
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 1)
    const row = rows[cursorAt]
    switch (action.kind) {
      case 'move':
        moveTo(cursorAt < 0 ? 0 : cursorAt + (action.unit === 'page' ? action.by * page : action.by), action.extend)
        break
      case 'edge':
        moveTo(action.to === 'first' ? 0 : rows.length - 1, action.extend)
        break
      case 'select':
        if (row) toggle(row)
        break
      case 'select-all':
        onSelect(new Set(rows.map(keyOf)))
        break
      case 'open':
        if (row) onOpen?.(row)
        break
      case 'clear':
        onSelect(new Set())
        break
      case 'menu':
        menuOf(cursorAt)
        break
    }
  }

  function indexAt({ target }: MouseEvent): number {
    const element = target instanceof Element ? target.closest('[role="row"]') : null
    return Number(element?.getAttribute('aria-rowindex') ?? 0) - 2
  }

  function onClick(event: MouseEvent) {
    const at = indexAt(event)
    const row = rows[at]
    if (!row || (event.target instanceof Element && event.target.closest('a, button'))) return
    if (event.shiftKey) moveTo(at, true)
    else {
      anchor.current = at
      setCursor(keyOf(row))
      if (event.ctrlKey || event.metaKey) toggle(row)
    }
    grid.current?.focus({ preventScroll: true })
  }

  return (
    <div className="storage-table">
      <div
        ref={grid}
        className="grid storage-grid"
        role="grid"
        aria-label={label}
        aria-multiselectable={selection !== undefined}
        aria-rowcount={rows.length + 1}
        aria-colcount={shown.length + 1}
        aria-activedescendant={items.some((item) => item.index === cursorAt) ? domId(cursorAt) : undefined}
        tabIndex={0}
        style={{ ['--cols' as string]: template }}
        onKeyDown={onKeyDown}
        onClick={onClick}
        onDoubleClick={(event) => {
          const row = rows[indexAt(event)]
          if (row && !(event.target instanceof Element && event.target.closest('a, button, input'))) onOpen?.(row)
        }}
        onContextMenu={(event) => {
          const at = indexAt(event)
          const row = rows[at]
          if (!row || !onMenu) return
          event.preventDefault()
          setCursor(keyOf(row))
          menuOf(at, { x: event.clientX, y: event.clientY })
        }}
      >
        <TableHead
          columns={shown}
          sort={sort}
          onSort={onSort}
          all={rows.length > 0 && selected.size >= rows.length}
          some={selected.size > 0}
          onAll={selection && ((on) => onSelect(new Set(on ? rows.map(keyOf) : [])))}
        />
        <div ref={scroller} className="grid-rows" role="rowgroup" tabIndex={-1}>
          <div role="presentation" style={{ height: virtualizer.getTotalSize(), position: 'relative' }}>
            {items.map((item) => {
              const row = rows[item.index]
              if (row === undefined) return null
              const key = keyOf(row)
              const picked = selected.has(key)
              const extra = rowClass?.(row) ?? ''
              return (
                <div
                  key={key}
                  id={domId(item.index)}
                  role="row"
                  aria-rowindex={item.index + 2}
                  aria-selected={selection ? picked : undefined}
                  className={`grid-row${picked ? ' picked' : ''}${item.index === cursorAt ? ' cursor' : ''} ${extra}`}
                  style={{ transform: `translateY(${item.start}px)` }}
                >
                  <span role="gridcell" className="cell cell-select">
                    {selection && (
                      <input
                        type="checkbox"
                        className="check-input"
                        tabIndex={-1}
                        aria-label={t('storage.select', { name: nameOf(row) })}
                        checked={picked}
                        onChange={() => toggle(row)}
                      />
                    )}
                  </span>
                  {shown.map((column) => (
                    <span key={column.id} role="gridcell" className={`cell${column.align === 'end' ? ' end num' : ''}`}>
                      {column.cell(row)}
                    </span>
                  ))}
                </div>
              )
            })}
          </div>
        </div>
      </div>
      {rows.length === 0 && <div className="storage-empty">{empty}</div>}
    </div>
  )
}

function useVisible<R>(rows: readonly R[], first: number, last: number, onVisible: ((rows: readonly R[]) => void) | undefined): void {
  useEffect(() => {
    if (!onVisible || last < first) return undefined
    const timer = setTimeout(() => onVisible(rows.slice(first, last + 1)), REST_MS)
    return () => clearTimeout(timer)
  }, [rows, first, last, onVisible])
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
