import './snapshots.css'
import { Button } from '@patternfly/react-core'
import { useEffect, useRef, useState } from 'react'
import { Link } from 'react-router'
import { FINAL_TASK_STATES, type Machine, type SnapshotTree, type Task } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useBusyTask, useTable } from '../../lib/live/index.ts'
import { paths } from '../../lib/paths.ts'
import { usePermissions } from '../../lib/session/index.ts'
import { useNowMs } from '../../lib/time/ticker.ts'
import { ActionButton, Age, Banner, EmptyState, NotRead, Skeleton, StateIcon, useLate } from '../../ui/index.ts'
import { ChainTable } from './chain-table.tsx'
import { FileDetail, SnapshotDetail } from './details.tsx'
import { SnapshotDialog } from './dialogs/snapshot-dialog.tsx'
import { type Draft, freeName, nameOfNow } from './model/draft.ts'
import { fileAt, highlightOf, type Selection, snapshotOf, stillThere } from './model/selection.ts'
import { useSnapshotTree } from './queries.ts'
import { type SnapshotWork, TreeTable } from './tree-table.tsx'
import { isSnapshotTask, workWords } from './words.ts'
import { WorkBar } from './work-bar.tsx'

export interface SnapshotsTabProps {
  readonly machine: Machine
  /** Its host answers now. */
  readonly live: boolean
}

/** The snapshots of a machine over the files that they need, and everything that can be done with both. */
export function SnapshotsTab({ machine, live }: SnapshotsTabProps) {
  const i18n = useI18n()
  const { t } = i18n
  const task = useTable('task').find((one) => one.target?.id === machine.id && one.parentId === null && !FINAL_TASK_STATES.has(one.state))
  const child = useTable('task').find((one) => one.target?.id === machine.id && !FINAL_TASK_STATES.has(one.state))
  const running = task ?? child
  const isExpected = useBusyTask(machine.id) !== undefined
  const query = useSnapshotTree(machine.id, running !== undefined || isExpected)
  const { refetch } = query
  // a task has begun or ended, or the machine has: the tree may be another
  const version = `${running?.id}/${machine.state}/${live}`
  const seen = useRef(version)
  useEffect(() => {
    if (seen.current === version) return
    seen.current = version
    void refetch()
  }, [version, refetch])
  const late = useLate(query.isPending)
  const tree = query.data
  if (!tree) {
    if (query.error) {
      const isNotHere = query.error.code === 'snapshot.unsupported'
      return (
        <NotRead
          title={t(isNotHere ? 'snapshots.unsupported' : 'snapshots.failed', { name: machine.name })}
          error={query.error}
          onAgain={isNotHere ? null : () => void refetch()}
        />
      )
    }
    return late ? (
      <div className="rows-waiting">
        <Skeleton width={300} />
        <Skeleton width={440} />
        <Skeleton width={380} />
      </div>
    ) : null
  }
  return (
    <Known
      machine={machine}
      live={live}
      tree={tree}
      failed={query.error === null ? null : i18n.error(query.error)}
      running={running ?? null}
      isExpected={isExpected}
      work={
        running && isSnapshotTask(running) && typeof running.params['name'] === 'string'
          ? { name: running.params['name'], label: workWords(running, i18n), percent: running.progress.fraction * 100 }
          : null
      }
      onLookAgain={() => void refetch()}
    />
  )
}

interface KnownProps extends SnapshotsTabProps {
  readonly tree: SnapshotTree
  readonly failed: string | null
  /** What works on the machine now. */
  readonly running: Task | null
  /** Something was begun, and is no task yet. */
  readonly isExpected: boolean
  readonly work: SnapshotWork | null
  readonly onLookAgain: () => void
}

function Known({ machine, live, tree, failed, running, isExpected, work, onLookAgain }: KnownProps) {
  const i18n = useI18n()
  const { t } = i18n
  const may = usePermissions()
  const [chosen, setChosen] = useState<Selection | null>(null)
  const [dialog, setDialog] = useState<Draft | null>(null)
  const nowMs = useNowMs()
  const box = useRef<HTMLDivElement>(null)
  const selection = stillThere(tree, chosen)
  const highlight = highlightOf(tree, selection)
  const isBusy = running !== null || isExpected
  const blocked = !may('machine.modify')
    ? t('route.forbidden.text', { permission: 'machine.modify' })
    : !live
      ? t('snapshots.not-live')
      : isBusy
        ? t('snapshots.busy', { what: running ? workWords(running, i18n) : t('snapshots.begins') })
        : undefined
  const troubled = tree.chains.flatMap(({ files, others }) => [...files, ...others]).filter(({ problem }) => problem !== null)
  const { internal, external } = tree.offers
  const noneOffered = internal !== null && external !== null ? i18n.reason(external) : undefined
  const select = (next: Selection) => setChosen(JSON.stringify(next) === JSON.stringify(selection) ? null : next)
  // what the chosen one needs, or is needed by, comes into view
  const lit = JSON.stringify(selection)
  useEffect(() => {
    if (lit !== 'null') box.current?.querySelector('tr.lit')?.scrollIntoView({ block: 'nearest' })
  }, [lit])
  const create = (): Draft => ({
    operation: 'create',
    name: freeName(nameOfNow(nowMs), tree.snapshots),
    description: null,
    tags: [],
    kind: external === null ? 'external' : 'internal',
    memory: false,
    freeze: external === null && tree.offers.freeze === null,
  })
  const snapshot = selection?.what === 'snapshot' ? snapshotOf(tree, selection.name) : null
  const file = selection?.what === 'file' ? fileAt(tree, selection.target, selection.path) : null
  const details = { machine, tree, blocked, onAct: setDialog }
  return (
    <div className="snapshots" ref={box}>
      <div className="hardware-bar snap-bar">
        <ActionButton
          variant={tree.snapshots.length === 0 ? 'primary' : 'secondary'}
          disabledReason={blocked ?? noneOffered}
          onClick={() => setDialog(create())}
        >
          {t('snapshots.act.create')}
        </ActionButton>
        <span className="sub num">{t('snapshots.count', { count: tree.snapshots.length })}</span>
        <span className="grow" />
        <Link to={paths.snapshotSchedules()}>{t('schedules.title')}</Link>
        <span className="sub num">
          {t('machine.read')} <Age atMs={tree.observedAtMs} ago />
        </span>
      </div>
      {isBusy && <WorkBar task={running} />}
      {failed !== null && (
        <Banner
          tone="warn"
          icon={<StateIcon shape="attention" />}
          actions={
            <Button variant="secondary" size="sm" onClick={onLookAgain}>
              {t('offline.try-now')}
            </Button>
          }
        >
          <b>{t('snapshots.stale')}</b> {failed}
        </Banner>
      )}
      {troubled.length > 0 && (
        <Banner tone="bad" icon={<StateIcon shape="failed" />}>
          <b>{t('snapshots.trouble', { count: troubled.length })}</b> {troubled[0]?.problem && i18n.reason(troubled[0].problem)}
        </Banner>
      )}
      <div className={`snap-columns${(snapshot ?? file) ? ' with-side' : ''}`}>
        <div className="snap-main">
          {tree.snapshots.length === 0 ? (
            <EmptyState title={t('snapshots.empty')}>
              <p>{t('snapshots.empty-text')}</p>
              {noneOffered !== undefined && <p className="bad-text">{noneOffered}</p>}
            </EmptyState>
          ) : (
            <section className="snap-tree" aria-label={t('snapshots.tree')}>
              <TreeTable
                tree={tree}
                selection={selection}
                highlight={highlight}
                work={work}
                onSelect={(name) => select({ what: 'snapshot', name })}
              />
            </section>
          )}
          {tree.chains.length > 0 && (
            <section className="snap-chains" aria-label={t('snapshots.files-title')}>
              <h2>{t('snapshots.files-title')}</h2>
              <p className="form-note">{t('snapshots.files-text')}</p>
              {tree.chains.map((chain) => (
                <ChainTable
                  key={chain.target}
                  chain={chain}
                  isBegunHere={isBusy}
                  job={tree.jobs.find(({ target }) => target === chain.target) ?? null}
                  selection={selection}
                  highlight={highlight}
                  onSelect={(target, path) => select({ what: 'file', target, path })}
                />
              ))}
            </section>
          )}
        </div>
        {(snapshot ?? file) && (
          <aside className="snap-side" aria-label={t('snapshots.chosen')}>
            {snapshot && <SnapshotDetail {...details} snapshot={snapshot} />}
            {file && <FileDetail {...details} file={file} />}
          </aside>
        )}
      </div>
      {dialog && (
        <SnapshotDialog
          key={JSON.stringify(dialog)}
          draft={dialog}
          machine={machine}
          tree={tree}
          onInstead={setDialog}
          onLookAgain={onLookAgain}
          onClose={() => setDialog(null)}
        />
      )}
    </div>
  )
}
