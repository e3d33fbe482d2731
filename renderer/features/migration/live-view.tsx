import './live.css'
import { lazy, Suspense } from 'react'
import { Link } from 'react-router'
import { FINAL_TASK_STATES, type MoveParams, type Task } from '../../../shared/model/index.ts'
import { useEngineLinkState } from '../../lib/api/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { paths } from '../../lib/paths.ts'
import { MoveAttention } from './live-attention.tsx'
import { MoveBroken } from './live-broken.tsx'
import { MoveButtons, NeverEnds, useMoveControls } from './live-controls.tsx'
import { MoveFigures } from './live-figures.tsx'
import { MoveForetold } from './live-foretold.tsx'
import { MoveLine } from './live-line.tsx'
import { type FollowedMove, useFollowedMove } from './live-move.ts'
import { MoveOutcome } from './live-outcome.tsx'
import { useMoveRecord } from './live-record.ts'
import { sourceName } from './live-words.ts'

/** With what draws it: the pages that only name a move do without. */
const MoveChart = lazy(async () => ({ default: (await import('./live-chart.tsx')).MoveChart }))

export interface MoveViewProps {
  readonly task: Task
  readonly params: MoveParams
}

/** A move as it goes, and how it ended. */
export function MoveView({ task, params }: MoveViewProps) {
  const ended = FINAL_TASK_STATES.has(task.state)
  const isOpen = task.state === 'needs-attention'
  const followed = useFollowedMove(task.id, !ended && !isOpen)
  const record = useMoveRecord(task, params)
  return (
    <div className="move-view">
      <Route params={params} />
      <MoveLine task={task} params={params} followed={followed} />
      {isOpen ? (
        <MoveAttention task={task} params={params} />
      ) : ended ? (
        <>
          {task.state !== 'succeeded' && <MoveOutcome task={task} params={params} followed={followed} />}
          {task.state === 'succeeded' && (
            <>
              <MoveForetold task={task} params={params} record={record} />
              <MoveOutcome task={task} params={params} followed={followed} />
            </>
          )}
        </>
      ) : (
        <Going task={task} params={params} followed={followed} />
      )}
      {(ended || isOpen) && <Rates task={task} followed={followed} stale={false} />}
    </div>
  )
}

function Route({ params }: { readonly params: MoveParams }) {
  const i18n = useI18n()
  const { t } = i18n
  const { sourceHostId, targetHostId, to, mode, control } = params
  const from = sourceName(params, i18n)
  return (
    <div className="move-route">
      <span>
        <span className="sub">{t('move.from')}</span>
        {sourceHostId === undefined ? <b>{from}</b> : <Link to={paths.host(sourceHostId)}>{from}</Link>}
      </span>
      <span className="move-arrow" aria-hidden>
        →
      </span>
      <span>
        <span className="sub">{t('move.to')}</span>
        <Link to={paths.host(targetHostId)}>{to}</Link>
      </span>
      <span className="grow" />
      <span className="sub move-how">{t('move.how', { mode: t(`move.mode.${mode}`), control: t(`move.control.${control}`) })}</span>
    </div>
  )
}

function Rates({ task, followed: { samples }, stale }: Pick<GoingProps, 'task' | 'followed'> & { readonly stale: boolean }) {
  if (samples.length < 2) return null
  return (
    <Suspense fallback={<div className="move-chart" />}>
      <MoveChart group={`move/${task.id}`} samples={samples} stale={stale} />
    </Suspense>
  )
}

interface GoingProps extends MoveViewProps {
  readonly followed: FollowedMove
}

function Going({ task, params, followed }: GoingProps) {
  const i18n = useI18n()
  const { t } = i18n
  const { live, error } = followed
  const { state } = useEngineLinkState()
  const controls = useMoveControls(task, live)
  return (
    <>
      {error && <p className="bad-text">{t('move.not-followed', { reason: i18n.error(error) })}</p>}
      {live?.broken && <MoveBroken task={task} params={params} broken={live.broken} />}
      {live && <NeverEnds name={task.target?.name ?? ''} live={live} controls={controls} />}
      {live && <MoveFigures task={task} params={params} live={live} />}
      <Rates task={task} followed={followed} stale={state !== 'open'} />
      <MoveButtons controls={controls} />
      {controls.rest}
    </>
  )
}
