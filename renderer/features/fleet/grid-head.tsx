import { useEffect, useRef } from 'react'
import { useT } from '../../lib/i18n/index.ts'
import { type Column, columnLabel } from './columns.ts'
import type { FleetViewState } from './view-state.ts'
import { clearSelection, select, useGridState } from './view-state.ts'

export interface GridHeadProps {
  readonly columns: readonly Column[]
  readonly view: FleetViewState
  readonly ids: readonly string[]
  readonly hasClouds: boolean
}

export function GridHead({ columns, view, ids, hasClouds }: GridHeadProps) {
  const t = useT()
  return (
    <div role="rowgroup" className="grid-head-group">
      <div role="row" aria-rowindex={1} className="grid-head">
        <span role="columnheader" className="cell cell-select" aria-label={t('fleet.select')}>
          <SelectAll ids={ids} />
        </span>
        {columns.map((column) => {
          const sorted = view.sort.column === column.id
          return (
            <span
              key={column.id}
              role="columnheader"
              className={`cell cell-${column.id}${column.align === 'end' ? ' end' : ''}${sorted ? ' sorted' : ''}`}
              aria-sort={sorted ? (view.sort.descending ? 'descending' : 'ascending') : 'none'}
            >
              <button
                type="button"
                title={column.id === 'price' ? t('column.price-hint') : undefined}
                onClick={(event) => {
                  event.stopPropagation()
                  view.change({ sort: { column: column.id, descending: sorted ? !view.sort.descending : column.align === 'end' } })
                }}
              >
                {t(columnLabel(column, hasClouds))}
                {sorted && <Arrow descending={view.sort.descending} />}
              </button>
            </span>
          )
        })}
      </div>
    </div>
  )
}

function Arrow({ descending }: { readonly descending: boolean }) {
  return (
    <svg width="8" height="8" viewBox="0 0 8 8" aria-hidden>
      <path d={descending ? 'm1.5 3 2.5 2.6L6.5 3' : 'm1.5 5 2.5-2.6L6.5 5'} stroke="currentColor" strokeWidth="1.3" fill="none" />
    </svg>
  )
}

function SelectAll({ ids }: { readonly ids: readonly string[] }) {
  const t = useT()
  const box = useRef<HTMLInputElement>(null)
  const selected = useGridState((state) => state.selected)
  const all = ids.length > 0 && selected.size >= ids.length && ids.every((id) => selected.has(id))
  const some = selected.size > 0 && !all
  useEffect(() => {
    if (box.current) box.current.indeterminate = some
  }, [some])
  return (
    <input
      ref={box}
      type="checkbox"
      className="check-input"
      aria-label={t('fleet.select-all-results')}
      checked={all}
      onChange={() => (all || some ? clearSelection() : select(ids))}
    />
  )
}
