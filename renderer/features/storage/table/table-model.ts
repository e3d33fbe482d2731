import type { ReactNode } from 'react'

export interface Sort {
  readonly column: string
  readonly descending: boolean
}

export interface TableColumn<R> {
  readonly id: string
  readonly label: string
  /** A track of a CSS grid. */
  readonly width: string
  readonly align?: 'end'
  /** Shown where the table is at least so many pixels wide. */
  readonly from?: number
  readonly sortable?: boolean
  readonly cell: (row: R) => ReactNode
}

/** The next order when a head is pressed: figures begin with the largest. */
export function pressed(sort: Sort, column: string, largestFirst: boolean): Sort {
  return { column, descending: sort.column === column ? !sort.descending : largestFirst }
}

/** What is not known stands at the end, whichever way the rest is ordered. */
export function compareKnown<T extends number | string>(a: T | null, b: T | null, descending: boolean): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1
  const order = a < b ? -1 : a > b ? 1 : 0
  return descending ? -order : order
}
