import { useI18n } from '../../lib/i18n/index.ts'
import { Chevron } from '../../ui/index.ts'
import type { GridRow } from './grid-model.ts'
import type { GroupBy } from './groups.ts'

export interface GroupRowProps {
  readonly row: Extract<GridRow, { kind: 'group' }>
  readonly groupBy: GroupBy | null
  readonly domId: string
  readonly top: number
  readonly rowIndex: number
  readonly columns: number
  readonly cursor: boolean
}

/** A heading between rows: its name, how many stand under it, open or not. */
export function GroupRow({ row, groupBy, domId, top, rowIndex, columns, cursor }: GroupRowProps) {
  const { t, format, code } = useI18n()
  const name = groupBy === 'state' ? code('state', row.value, row.value) : row.value === '' ? t('fleet.group.none') : row.value
  return (
    <div id={domId} role="row" aria-rowindex={rowIndex} className={`grid-row group${cursor ? ' cursor' : ''}`} style={{ top }}>
      <span role="gridcell" aria-colspan={columns} className="group-cell">
        <button type="button" tabIndex={-1} aria-expanded={!row.collapsed} className="group-fold">
          <Chevron open={!row.collapsed} />
          <b>{name}</b>
        </button>
        <span className="num sub">{format.number(row.count)}</span>
      </span>
    </div>
  )
}
