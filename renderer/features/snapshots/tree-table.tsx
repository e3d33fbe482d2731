import { useMemo } from 'react'
import type { Snapshot, SnapshotTree } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { Bar, StateIcon, Tags } from '../../ui/index.ts'
import { type RailRow, railsOf } from './model/rails.ts'
import type { Highlight, Selection } from './model/selection.ts'
import { RailCell, type RailMark } from './rail-cell.tsx'
import { RailTable, RailTableRow } from './rail-table.tsx'

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
  const heads = {
    first: t('snapshots.column.snapshot'),
    second: t('snapshots.column.taken'),
    wide: t('snapshots.column.holds'),
    wider: t('snapshots.column.tags'),
  }
  return (
    <RailTable label={t('snapshots.tree')} lanes={lanes} heads={heads}>
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
            row={row}
            lanes={lanes}
            snapshot={row.node.snapshot}
            chosen={selection?.what === 'snapshot' && selection.name === row.node.snapshot.name}
            lit={highlight.snapshots.has(row.node.snapshot.name)}
            work={work?.name === row.node.snapshot.name ? work : null}
            onSelect={onSelect}
          />
        ),
      )}
    </RailTable>
  )
}

function idOf(name: string | null): string | null {
  return name === null ? null : `s/${name}`
}

function markOf({ kind, noRevert }: Snapshot): RailMark {
  return noRevert === null ? MARK[kind] : 'bad'
}

interface SnapshotRowProps {
  readonly row: RailRow<Row>
  readonly lanes: number
  readonly snapshot: Snapshot
  readonly chosen: boolean
  readonly lit: boolean
  readonly work: SnapshotWork | null
  readonly onSelect: (name: string) => void
}

function SnapshotRow({ row, lanes, snapshot, chosen, lit, work, onSelect }: SnapshotRowProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const { name, parent, createdAtMs, tags, sizeBytes, noRevert } = snapshot
  const after = parent === null ? t('snapshots.root') : t('snapshots.after', { parent })
  return (
    <RailTableRow
      row={row}
      lanes={lanes}
      mark={markOf(snapshot)}
      name={name}
      label={[name, after, ...(lit ? [t('snapshots.lit-snapshot')] : [])].join(', ')}
      title={name}
      chosen={chosen}
      lit={lit}
      second={format.when(createdAtMs)}
      secondTitle={format.absolute(createdAtMs)}
      trouble={noRevert ? t('snapshots.no-way-back') : undefined}
      wide={
        work ? (
          <span className="snap-work">
            <Bar percent={work.percent} tone="busy" width={56} label={work.label} /> {format.percent(work.percent)}
          </span>
        ) : noRevert ? (
          <span className="bad-text state-cell" title={i18n.reason(noRevert)}>
            <StateIcon shape="failed" /> {t('snapshots.no-way-back')}
          </span>
        ) : (
          <Holds snapshot={snapshot} />
        )
      }
      wider={<Tags tags={tags} />}
      sizeBytes={sizeBytes}
      onSelect={() => onSelect(name)}
    />
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
