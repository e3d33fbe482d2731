import { useEffect, useRef } from 'react'
import { useT } from '../../../lib/i18n/index.ts'
import type { Sort, TableColumn } from './table-model.ts'

export interface TableHeadProps<R> {
  readonly columns: readonly TableColumn<R>[]
  readonly sort: Sort
  readonly onSort: (column: string) => void
  readonly all: boolean
  readonly some: boolean
  /** Left out: there is nothing to select. */
  readonly onAll: ((on: boolean) => void) | undefined
}

export function TableHead<R>({ columns, sort, onSort, all, some, onAll }: TableHeadProps<R>) {
  const t = useT()
  const box = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (box.current) box.current.indeterminate = some && !all
  }, [some, all])
  return (
    <div role="rowgroup" className="grid-head-group">
      <div role="row" aria-rowindex={1} className="grid-head">
        <span role="columnheader" className="cell cell-select" aria-label={onAll && t('fleet.select')}>
          {onAll && (
            <input
              ref={box}
              type="checkbox"
              className="check-input"
              aria-label={t('storage.select-all')}
              checked={all}
              onChange={() => onAll(!some)}
            />
          )}
        </span>
        {columns.map((column) => {
          const sorted = sort.column === column.id
          const look = `cell${column.align === 'end' ? ' end' : ''}${sorted ? ' sorted' : ''}`
          if (column.sortable === false) {
            return (
              <span key={column.id} role="columnheader" className={look}>
                {column.label}
              </span>
            )
          }
          return (
            <span
              key={column.id}
              role="columnheader"
              className={look}
              aria-sort={sorted ? (sort.descending ? 'descending' : 'ascending') : 'none'}
            >
              <button type="button" onClick={() => onSort(column.id)}>
                {column.label}
                {sorted && (
                  <svg width="8" height="8" viewBox="0 0 8 8" aria-hidden>
                    <path
                      d={sort.descending ? 'm1.5 3 2.5 2.6L6.5 3' : 'm1.5 5 2.5-2.6L6.5 5'}
                      stroke="currentColor"
                      strokeWidth="1.3"
                      fill="none"
                    />
                  </svg>
                )}
              </button>
            </span>
          )
        })}
      </div>
    </div>
  )
}
