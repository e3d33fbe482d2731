import { useMemo } from 'react'
import type { DiskChain, SnapshotTree } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { Bar, StateIcon } from '../../ui/index.ts'
import { type RailRow, railsOf } from './model/rails.ts'
import { type FileOfChain, fileName, filesOf, type Highlight, type Selection } from './model/selection.ts'
import type { RailMark } from './rail-cell.tsx'
import { RailTable, RailTableRow } from './rail-table.tsx'

export interface ChainTableProps {
  readonly chain: DiskChain
  readonly job: SnapshotTree['jobs'][number] | null
  /** A task of the console works on the machine; a job without one was begun by somebody else. */
  readonly isBegunHere: boolean
  readonly selection: Selection | null
  readonly highlight: Highlight
  readonly onSelect: (target: string, path: string) => void
}

interface FileNode {
  readonly id: string
  readonly parent: string | null
  readonly file: FileOfChain
}

/** The files of one disk: each stands on the one that its line leads down to. */
export function ChainTable({ chain, job, isBegunHere, selection, highlight, onSelect }: ChainTableProps) {
  const { t, format } = useI18n()
  const { target } = chain
  const { rows, lanes } = useMemo(() => {
    const nodes = filesOf(chain).map((file): FileNode => ({ id: file.path, parent: file.base, file }))
    return railsOf(nodes, chain.files[0]?.path ?? null)
  }, [chain])
  const heads = {
    first: t('snapshots.column.file'),
    second: t('snapshots.column.pool'),
    wide: t('snapshots.column.needed'),
    wider: t('snapshots.column.image'),
  }
  const total = filesOf(chain).reduce((bytes, { allocationBytes }) => bytes + (allocationBytes ?? 0), 0)
  return (
    <section className="chain" aria-label={t('snapshots.disk', { target })}>
      <header className="chain-head">
        <h3>{t('snapshots.disk', { target })}</h3>
        <span className="sub num">{t('snapshots.files', { count: rows.length, size: format.bytes(total) })}</span>
        {job && <JobLine job={job} isBegunHere={isBegunHere} />}
      </header>
      {rows.length === 0 ? (
        <p className="form-note chain-none">{t('snapshots.no-files')}</p>
      ) : (
        <RailTable label={t('snapshots.chain', { target })} lanes={lanes} heads={heads}>
          {rows.map((row) => (
            <FileRow
              key={row.node.id}
              row={row}
              lanes={lanes}
              file={row.node.file}
              chosen={selection?.what === 'file' && selection.target === target && selection.path === row.node.file.path}
              lit={highlight.files.has(row.node.file.path)}
              onSelect={onSelect}
            />
          ))}
        </RailTable>
      )}
    </section>
  )
}

function markOf({ problem, isActive }: FileOfChain): RailMark {
  if (problem !== null) return 'bad'
  return isActive ? 'active' : 'file'
}

function JobLine({ job, isBegunHere }: { readonly job: SnapshotTree['jobs'][number]; readonly isBegunHere: boolean }) {
  const i18n = useI18n()
  const { t, format } = i18n
  const { kind, doneBytes, totalBytes } = job
  const percent = totalBytes === 0 ? 0 : (doneBytes / totalBytes) * 100
  const word = i18n.optional(`snapshots.job.${kind}`) ?? kind
  return (
    <span className="snap-work num">
      <StateIcon shape="busy" /> <span className="state-word busy">{word}</span>
      <Bar percent={percent} tone="busy" width={96} label={word} /> {format.percent(percent)}{' '}
      <span className="sub">{t('tasks.bytes', { done: format.bytes(doneBytes), total: format.bytes(totalBytes) })}</span>
      {!isBegunHere && <span className="warn-text">{t('snapshots.job-elsewhere')}</span>}
    </span>
  )
}

interface FileRowProps {
  readonly row: RailRow<FileNode>
  readonly lanes: number
  readonly file: FileOfChain
  readonly chosen: boolean
  readonly lit: boolean
  readonly onSelect: (target: string, path: string) => void
}

function FileRow({ row, lanes, file, chosen, lit, onSelect }: FileRowProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const { path, base, pool, format: kind, capacityBytes, snapshots, usedBy, allocationBytes, isActive, problem, target } = file
  const name = fileName(path)
  const beneath = base === null ? t('snapshots.stands-alone') : t('snapshots.stands-on', { base: fileName(base) })
  const trouble = problem ? (i18n.optional(`snapshots.problem.${problem.code}`) ?? i18n.reason(problem)) : undefined
  const image = kind === null || capacityBytes === null ? [] : [t('snapshots.image', { kind, size: format.bytes(capacityBytes) })]
  return (
    <RailTableRow
      row={row}
      lanes={lanes}
      mark={markOf(file)}
      name={name}
      isFile
      label={[name, beneath, ...(lit ? [t('snapshots.lit-file')] : [])].join(', ')}
      title={path}
      chosen={chosen}
      lit={lit}
      second={pool ?? t('snapshots.no-pool')}
      secondTitle={pool ?? undefined}
      trouble={trouble}
      wide={
        problem ? (
          <span className="bad-text">{trouble}</span>
        ) : (
          <>
            {usedBy.length > 0 && <span className="warn-text">{t('snapshots.used-by', { names: usedBy.join(', ') })}</span>}
            {usedBy.length > 0 && snapshots.length > 0 && <span className="sub">; </span>}
            {(usedBy.length === 0 || snapshots.length > 0) && <span className="sub">{neededWords(file, t)}</span>}
          </>
        )
      }
      wideTitle={problem ? i18n.reason(problem) : [...usedBy, ...snapshots].join(', ')}
      wider={<span className="sub">{[...(isActive ? [t('snapshots.written')] : []), ...image].join(', ')}</span>}
      sizeBytes={allocationBytes}
      onSelect={() => onSelect(target, path)}
    />
  )
}

/** Who needs it: a snapshot, or what stands on it. */
export function neededWords(file: FileOfChain, t: ReturnType<typeof useI18n>['t']): string {
  const { snapshots, isActive, holds } = file
  const [first] = snapshots
  if (first === undefined) return t(isActive ? 'snapshots.needed-by-none' : `snapshots.holds-${holds}`)
  return snapshots.length === 1
    ? t('snapshots.needed-by', { name: first })
    : t('snapshots.needed-by-more', { name: first, count: snapshots.length - 1 })
}
