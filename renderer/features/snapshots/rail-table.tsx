import type { ReactNode } from 'react'
import { useI18n } from '../../lib/i18n/index.ts'
import type { RailNode, RailRow } from './model/rails.ts'
import { RailCell, type RailMark, railWidth } from './rail-cell.tsx'
import { moveFocus } from './row-focus.ts'

export interface RailTableProps {
  readonly label: string
  readonly lanes: number
  /** Over what hangs on the lines, and over the columns beside it; the size is last in all of them. */
  readonly heads: { readonly first: string; readonly second: string; readonly wide: string; readonly wider: string }
  readonly children: ReactNode
}

/** The frame that trees of snapshots and chains of files share, so that they line up: columns, heads, and what is left out of a narrow window. */
export function RailTable({ label, lanes, heads, children }: RailTableProps) {
  const { t } = useI18n()
  return (
    <table className="snap-table num" aria-label={label}>
      <colgroup>
        <col style={{ width: railWidth(lanes) + 10 }} />
        <col />
        <col className="snap-col-time" />
        <col className="snap-col-marks snap-wide" />
        <col className="snap-col-tags snap-wider" />
        <col className="snap-col-size" />
      </colgroup>
      <thead>
        <tr>
          <th scope="col" colSpan={2}>
            {heads.first}
          </th>
          <th scope="col">{heads.second}</th>
          <th scope="col" className="snap-wide">
            {heads.wide}
          </th>
          <th scope="col" className="snap-wider">
            {heads.wider}
          </th>
          <th scope="col" className="end">
            {t('snapshots.column.size')}
          </th>
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  )
}

export interface RailRowProps<N extends RailNode> {
  readonly row: RailRow<N>
  readonly lanes: number
  readonly mark: RailMark
  /** What it is called; of a file the end matters, of a snapshot the beginning. */
  readonly name: string
  readonly isFile?: boolean
  /** The name with what it hangs on and why it is lit, for who does not see the lines. */
  readonly label: string
  readonly title: string
  readonly chosen: boolean
  readonly lit: boolean
  readonly second: ReactNode
  readonly secondTitle?: string | undefined
  /** What is wrong with it, in a few words: in a narrow window they stand where the second column is. */
  readonly trouble?: string | undefined
  readonly wide: ReactNode
  readonly wideTitle?: string | undefined
  readonly wider: ReactNode
  readonly sizeBytes: number | null
  readonly onSelect: () => void
}

/** A row that is chosen by a click anywhere, or by its button; the arrow keys lead to the next. */
export function RailTableRow<N extends RailNode>(props: RailRowProps<N>) {
  const { format } = useI18n()
  const { row, lanes, mark, name, isFile = false, label, title, chosen, lit, trouble, sizeBytes, onSelect } = props
  return (
    <tr className={`${chosen ? 'marked' : ''}${lit ? ' lit' : ''}`} onClick={onSelect}>
      <td className="rail-box">
        <RailCell row={row} lanes={lanes} mark={mark} />
      </td>
      <th scope="row" className="ellipsis">
        <button
          type="button"
          className={`snap-name${isFile ? ' file' : ''} ellipsis`}
          aria-pressed={chosen}
          aria-label={trouble === undefined ? label : `${label}, ${trouble}`}
          onKeyDown={moveFocus}
          title={title}
        >
          {isFile ? <bdi>{name}</bdi> : name}
        </button>
      </th>
      <td className="sub ellipsis" title={props.secondTitle}>
        <span className={trouble === undefined ? '' : 'snap-not-narrow'}>{props.second}</span>
        {trouble !== undefined && <span className="snap-narrow bad-text">{trouble}</span>}
      </td>
      <td className="snap-wide ellipsis" title={props.wideTitle}>
        {props.wide}
      </td>
      <td className="snap-wider ellipsis">{props.wider}</td>
      <td className="end">{sizeBytes === null ? <span className="none">–</span> : format.bytes(sizeBytes)}</td>
    </tr>
  )
}
