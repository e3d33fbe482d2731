import { Button } from '@patternfly/react-core'
import { RhUiCloseIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-close-icon'
import { useEffect, useMemo, useState } from 'react'
import { Link } from 'react-router'
import { FINAL_TASK_STATES, type Task } from '../../../shared/model/index.ts'
import { requestAction } from '../../features/machine-actions/index.ts'
import { useApiCommand, useEngineLinkState } from '../../lib/api/index.ts'
import { useI18n, useT } from '../../lib/i18n/index.ts'
import { useTable } from '../../lib/live/index.ts'
import { paths } from '../../lib/paths.ts'
import { usePermissions } from '../../lib/session/index.ts'
import { leftMs, moveOf, movePlaces, taskNote, taskObject, taskTitle, taskVerb } from '../../lib/task/index.ts'
import { useTicking } from '../../lib/time/ticker.ts'
import { Bar, StateIcon } from '../../ui/index.ts'

const KEEP_FINISHED_MS = 5_000
const ROWS = 4

/** Tasks that end in a way that somebody should know about stay until they are put away. */
function staysUntilSeen(task: Task): boolean {
  return task.state === 'failed' || task.state === 'partly' || task.state === 'needs-attention'
}

interface StripTasks {
  readonly shown: readonly Task[]
  readonly running: number
  readonly doneToday: number
}

/** Only what this page has seen running is kept after its end: a page just opened does not list old failures. */
function pickTasks(tasks: readonly Task[], dismissed: ReadonlySet<string>, openedAtMs: number, nowMs: number): StripTasks {
  const today = new Date(nowMs).toDateString()
  const roots = tasks.filter((task) => task.parentId === null)
  const running = roots.filter((task) => !FINAL_TASK_STATES.has(task.state) && task.state !== 'needs-attention')
  const ended = roots.filter((task) => {
    if (dismissed.has(task.id)) return false
    if (task.state === 'needs-attention') return true
    if (!FINAL_TASK_STATES.has(task.state) || task.endedAtMs === null || task.endedAtMs < openedAtMs) return false
    return staysUntilSeen(task) || nowMs - task.endedAtMs < KEEP_FINISHED_MS
  })
  const shown = [...running, ...ended].sort((a, b) => b.createdAtMs - a.createdAtMs)
  const doneToday = roots.filter((task) => task.endedAtMs !== null && new Date(task.endedAtMs).toDateString() === today).length
  return { shown, running: running.length, doneToday }
}

/** Running tasks under every page, with their progress; one line says so when there are none. */
export function TaskStrip() {
  const { t } = useI18n()
  const tasks = useTable('task')
  const [openedAtMs] = useState(() => Date.now())
  const [dismissed, setDismissed] = useState<ReadonlySet<string>>(new Set())
  const engine = useEngineLinkState()
  const lostAtMs = engine.state === 'lost' ? engine.lostAtMs : null
  const picked = useRefreshingPick(tasks, dismissed, openedAtMs)
  const rows = picked.shown.slice(0, ROWS)
  const more = picked.shown.length - rows.length
  return (
    <section className="tasks" aria-label={t('tasks.strip')}>
      {rows.length === 0 && (
        <div className="task idle">
          <span className="task-head">
            <Link to={paths.tasks()}>{t('tasks.done-today', { count: picked.doneToday })}</Link>
          </span>
          <span className="sub">{t('tasks.none')}</span>
        </div>
      )}
      {rows.map((task, row) => (
        <TaskRow
          key={task.id}
          task={task}
          lostAtMs={lostAtMs}
          head={
            row === 0 ? (
              <b>{t(lostAtMs === null ? 'tasks.count' : 'tasks.count-unknown', { count: picked.running })}</b>
            ) : row === 1 ? (
              <Link to={paths.tasks()}>
                {more > 0 ? t('tasks.more', { count: more }) : t('tasks.done-today', { count: picked.doneToday })}
              </Link>
            ) : null
          }
          onDismiss={() => setDismissed(new Set([...dismissed, task.id]))}
        />
      ))}
    </section>
  )
}

/** Picks again when the tasks change, and once more when the last finished one has had its five seconds. */
function useRefreshingPick(tasks: readonly Task[], dismissed: ReadonlySet<string>, openedAtMs: number): StripTasks {
  const [nowMs, setNowMs] = useState(openedAtMs)
  const picked = useMemo(() => pickTasks(tasks, dismissed, openedAtMs, nowMs), [tasks, dismissed, openedAtMs, nowMs])
  const leaving = picked.shown.some((task) => FINAL_TASK_STATES.has(task.state) && !staysUntilSeen(task))
  useEffect(() => {
    if (!leaving) return undefined
    const timer = setInterval(() => setNowMs(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [leaving])
  return picked
}

interface TaskRowProps {
  readonly task: Task
  /** Since when nothing is heard of it; null: it reports. */
  readonly lostAtMs: number | null
  readonly head: React.ReactNode
  readonly onDismiss: () => void
}

function TaskRow({ task, lostAtMs, head, onDismiss }: TaskRowProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const may = usePermissions()
  const cancel = useApiCommand('tasks.cancel', (api, taskId: Task['id']) => api.tasks.cancel({ taskId }))
  const ended = FINAL_TASK_STATES.has(task.state) || task.state === 'needs-attention'
  const bad = staysUntilSeen(task)
  const title = taskTitle(task, i18n)
  const note = ended || lostAtMs === null ? taskNote(task, i18n) : t('tasks.last-report', { time: format.when(lostAtMs) })
  const left = useTicking((nowMs) => {
    if (ended || lostAtMs !== null || task.startedAtMs === null) return ''
    const rest = leftMs(task)
    return rest === null ? format.clock(nowMs - task.startedAtMs) : t('tasks.left', { time: format.clock(rest) })
  })
  const move = moveOf(task)
  const { bytesPerS } = task.progress
  const isCopying = !ended && lostAtMs === null && bytesPerS !== null && bytesPerS > 0
  return (
    <div className={`task${bad ? ' bad' : ''}`}>
      <span className="task-head">{head}</span>
      <Link className="task-name ellipsis" to={paths.tasks(task.id)}>
        <span className="task-verb">{taskVerb(task, i18n)}</span> <b>{taskObject(task, i18n)}</b>{' '}
        {move && <span className="task-verb task-places">{movePlaces(move)}</span>}
      </Link>
      {ended ? (
        <span className="task-end">
          <StateIcon shape={bad ? (task.state === 'needs-attention' ? 'attention' : 'failed') : 'running'} />{' '}
          {t(`task-state.${task.state}`)}
        </span>
      ) : (
        <Bar percent={task.progress.fraction * 100} tone={lostAtMs === null ? 'busy' : 'plain'} label={title} />
      )}
      <span className="num task-percent">{ended ? '' : format.percent(task.progress.fraction * 100)}</span>
      <span className="task-note ellipsis num" title={isCopying ? `${note}, ${format.rate(bytesPerS)}` : note}>
        {note}
        {isCopying && <span className="task-rate">{format.rate(bytesPerS)}</span>}
      </span>
      {ended ? <TaskFollowUp task={task} /> : <span className="num task-time">{left}</span>}
      {ended ? (
        <Button variant="plain" size="sm" aria-label={t('tasks.dismiss', { task: title })} icon={<RhUiCloseIcon />} onClick={onDismiss} />
      ) : (
        <Button
          variant="plain"
          size="sm"
          aria-label={t('tasks.cancel', { task: title })}
          icon={<RhUiCloseIcon />}
          isDisabled={!may('task.control') || task.state === 'cancelling' || lostAtMs !== null}
          onClick={() => cancel.mutate(task.id)}
        />
      )}
    </div>
  )
}

/** What can be done about a task that has just ended: take it back, or go further with what it offers. */
function TaskFollowUp({ task }: { readonly task: Task }) {
  const t = useT()
  const may = usePermissions()
  const undo = useApiCommand('tasks.undo', (api, taskId: Task['id']) => api.tasks.undo({ taskId }))
  const { target } = task
  if (!may('task.control')) return <span />
  if (target && task.offers.includes('powerOff')) {
    return (
      <Button variant="link" size="sm" isInline onClick={() => requestAction('powerOff', [target.id])}>
        {t('act.powerOff')}
      </Button>
    )
  }
  if (!task.undoable || task.state !== 'succeeded') return <span />
  return (
    <Button variant="link" size="sm" isInline isDisabled={undo.isPending} onClick={() => undo.mutate(task.id)}>
      {t(moveOf(task) ? 'move.move-back' : 'tasks.undo')}
    </Button>
  )
}
