import { useMemo } from 'react'
import type { Snapshot, SnapshotTree } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { Bar, StateIcon, Tags } from '../../ui/index.ts'
import { railsOf } from './model/rails.ts'
import type { Highlight, Selection } from './model/selection.ts'
import { RailCell, type RailMark, railWidth } from './rail-cell.tsx'
import { moveFocus } from './row-focus.ts'

const HERE = ''
const MARK: Readonly<Record<Snapshot['kind'], RailMark>> = { internal: 'inside', external: 'beside', mixed: 'mixed' }

/** What works on a snapshot now. */
export interface SnapshotWork {
  readonly name: string
  readonly label: string
  readonly percent: number
}

export interface TreeTableProps {
  readonly tree: SnapshotTree
  readonly selection: Selection | null
  readonly highlight: Highlight
  readonly work: SnapshotWork | null
  readonly onSelect: (name: string) => void
}

interface Row {
  readonly id: string
  readonly parent: string | null
  /** Null: where the machine is. */
  readonly snapshot: Snapshot | null
}

/** The snapshots as a tree, the newest on top, with the place from which the machine goes on. */
export function TreeTable({ tree, selection, highlight, work, onSelect }: TreeTableProps) {
  const { t } = useI18n()
  const { rows, lanes } = useMemo(() => {
    const current = tree.snapshots.find(({ isCurrent }) => isCurrent)?.name ?? null
    const nodes: Row[] = tree.snapshots.map((snapshot) => ({ id: `s/${snapshot.name}`, parent: idOf(snapshot.parent), snapshot }))
    return railsOf<Row>([...nodes, { id: HERE, parent: idOf(current), snapshot: null }], HERE)
  }, [tree.snapshots])
  return (
    <table className="snap-table num" aria-label={t('snapshots.tree')}>
      <Columns rails={railWidth(lanes)} />
      <thead>
        <tr>
          <th scope="col" colSpan={2}>
            {t('snapshots.column.snapshot')}
          </th>
          <th scope="col">{t('snapshots.column.taken')}</th>
          <th scope="col" className="snap-wide">
            {t('snapshots.column.holds')}
          </th>
          <th scope="col" className="snap-wider">
            {t('snapshots.column.tags')}
          </th>
          <th scope="col" className="end">
            {t('snapshots.column.size')}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) =>
          row.node.snapshot === null ? (
            <tr key={HERE} className="snap-here">
              <td className="rail-box">
                <RailCell row={row} lanes={lanes} mark="here" />
              </td>
              <th scope="row" className="ellipsis">
                <b>{t('snapshots.here')}</b>
              </th>
              <td className="sub">{t('snapshots.now')}</td>
              <td className="snap-wide sub ellipsis">{t('snapshots.here-text')}</td>
              <td className="snap-wider none">–</td>
              <td className="end none">–</td>
            </tr>
          ) : (
            <SnapshotRow
              key={row.node.id}
              snapshot={row.node.snapshot}
              rail={<RailCell row={row} lanes={lanes} mark={markOf(row.node.snapshot)} />}
              chosen={selection?.what === 'snapshot' && selection.name === row.node.snapshot.name}
              lit={highlight.snapshots.has(row.node.snapshot.name)}
              work={work?.name === row.node.snapshot.name ? work : null}
              onSelect={onSelect}
            />
          ),
        )}
      </tbody>
    </table>
  )
}

/** The same for trees and chains, so that they line up. */
export function Columns({ rails }: { readonly rails: number }) {
  return (
    <colgroup>
      <col style={{ width: rails + 10 }} />
      <col />
      <col className="snap-col-time" />
      <col className="snap-col-marks snap-wide" />
      <col className="snap-col-tags snap-wider" />
      <col className="snap-col-size" />
    </colgroup>
  )
}

function idOf(name: string | null): string | null {
  return name === null ? null : `s/${name}`
}

function markOf({ kind, noRevert }: Snapshot): RailMark {
  return noRevert === null ? MARK[kind] : 'bad'
}

interface SnapshotRowProps {
  readonly snapshot: Snapshot
  readonly rail: React.ReactNode
  readonly chosen: boolean
  readonly lit: boolean
  readonly work: SnapshotWork | null
  readonly onSelect: (name: string) => void
}

function SnapshotRow({ snapshot, rail, chosen, lit, work, onSelect }: SnapshotRowProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const { name, parent, createdAtMs, tags, sizeBytes, noRevert } = snapshot
  const label = [
    name,
    parent === null ? t('snapshots.root') : t('snapshots.after', { parent }),
    ...(lit ? [t('snapshots.lit-snapshot')] : []),
  ].join(', ')
  return (
    <tr className={`${chosen ? 'marked' : ''}${lit ? ' lit' : ''}`} onClick={() => onSelect(name)}>
      <td className="rail-box">{rail}</td>
      <th scope="row" className="ellipsis">
        <button type="button" className="snap-name ellipsis" aria-pressed={chosen} aria-label={label} onKeyDown={moveFocus} title={name}>
          {name}
        </button>
      </th>
      <td className="sub" title={format.absolute(createdAtMs)}>
        {format.when(createdAtMs)}
      </td>
      <td className="snap-wide ellipsis">
        {work ? (
          <span className="snap-work">
            <Bar percent={work.percent} tone="busy" width={56} label={work.label} /> {format.percent(work.percent)}
          </span>
        ) : noRevert ? (
          <span className="bad-text state-cell" title={i18n.reason(noRevert)}>
            <StateIcon shape="failed" /> {t('snapshots.no-way-back')}
          </span>
        ) : (
          <Holds snapshot={snapshot} />
        )}
      </td>
      <td className="snap-wider">
        <Tags tags={tags} />
      </td>
      <td className="end">{sizeBytes === null ? <span className="none">–</span> : format.bytes(sizeBytes)}</td>
    </tr>
  )
}

/** What is in it, in words: memory, frozen file systems, or disks alone. */
export function Holds({ snapshot }: { readonly snapshot: Snapshot }) {
  const { t } = useI18n()
  const { hasMemory, wasFrozen, state, kind } = snapshot
  const isOff = state === 'shutoff' || state === 'stopped'
  return (
    <span className="sub">
      {t(
        hasMemory
          ? 'snapshots.holds.memory'
          : wasFrozen
            ? 'snapshots.holds.frozen'
            : isOff
              ? 'snapshots.holds.off'
              : 'snapshots.holds.disks',
      )}
      {kind === 'external' ? '' : `, ${t(kind === 'mixed' ? 'snapshots.kind.mixed-short' : 'snapshots.kind.internal-short')}`}
    </span>
  )
}
