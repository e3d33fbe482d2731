import { Button } from '@patternfly/react-core'
import { RhUiCloseIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-close-icon'
import { Link } from 'react-router'
import { FINAL_TASK_STATES, type Task } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useLive } from '../../lib/live/index.ts'
import { machineNow } from '../../lib/machine/index.ts'
import { paths } from '../../lib/paths.ts'
import { moveOf, stepWord, taskObject, taskTitle, taskVerb, transferOf } from '../../lib/task/index.ts'
import { Bar, CopyButton, type Fact, Facts, Panel, Problem, Skeleton, StateIcon, useLate } from '../../ui/index.ts'
import { MoveView } from '../migration/index.ts'
import { TransferView } from '../transfer/index.ts'
import { TaskActions } from './task-actions.tsx'
import { TaskChildren } from './task-children.tsx'
import { TaskState, TaskTime } from './task-rows.tsx'
import { useTask } from './use-tasks.ts'

/** One task: what it does, how far it is, what went wrong in full, and what can be decided. */
export function TaskDetail({ taskId, onClose }: { readonly taskId: string; readonly onClose: () => void }) {
  const i18n = useI18n()
  const { t } = i18n
  const { task, pending, error } = useTask(taskId)
  const late = useLate(pending && !task)
  return (
    <aside
      className={`task-detail${task && (moveOf(task) ?? transferOf(task)) ? ' of-move' : ''}`}
      aria-label={task ? taskTitle(task, i18n) : t('query.field.task')}
    >
      <header className="task-detail-head">
        <h2 className="ellipsis">{task ? `${taskVerb(task, i18n)} ${taskObject(task, i18n)}` : t('query.field.task')}</h2>
        <Button variant="plain" size="sm" aria-label={t('action.close')} icon={<RhUiCloseIcon />} onClick={onClose} />
      </header>
      {task ? (
        <Known task={task} />
      ) : error ? (
        <p className="task-detail-note">{error.kind === 'not-found' ? t('tasks.unknown') : i18n.error(error)}</p>
      ) : (
        late && (
          <div className="rows-waiting">
            <Skeleton width={200} />
            <Skeleton width={260} />
          </div>
        )
      )}
    </aside>
  )
}

function Known({ task }: { readonly task: Task }) {
  const i18n = useI18n()
  const { t, format } = i18n
  const open = !FINAL_TASK_STATES.has(task.state)
  const move = moveOf(task)
  const transfer = transferOf(task)
  const when = (atMs: number | null) =>
    atMs === null ? null : (
      <span className="num" title={format.absolute(atMs)}>
        {format.whenSeconds(atMs)}
      </span>
    )
  const facts: readonly Fact[] = [
    { label: t('column.state'), value: <TaskState task={task} /> },
    ...(task.target ? [{ label: t('query.field.target'), value: <Target task={task} /> }] : []),
    { label: t('query.field.actor'), value: `${task.actor}, ${i18n.optional(`origin.${task.origin}`) ?? task.origin}` },
    ...(task.reason ? [{ label: t('query.field.reason'), value: task.reason }] : []),
    { label: t('tasks.created'), value: when(task.createdAtMs) },
    { label: t('tasks.started'), value: when(task.startedAtMs) },
    { label: t('query.field.ended'), value: when(task.endedAtMs) },
    { label: t('query.field.duration'), value: <TaskTime task={task} /> },
    ...(task.parentId
      ? [{ label: t('query.field.parent'), value: <Link to={paths.tasks(task.parentId)}>{t('tasks.open-parent')}</Link> }]
      : []),
    { label: t('query.field.id'), value: <span className="mono">{task.id}</span> },
  ]
  return (
    <div className="task-detail-body">
      {open && task.state !== 'needs-attention' && (
        <div className="task-detail-progress">
          <Bar percent={task.progress.fraction * 100} tone="busy" label={taskTitle(task, i18n)} />
          <span className="num sub">
            {format.percent(task.progress.fraction * 100)}
            {task.progress.note && `, ${i18n.code('note', task.progress.note, task.progress.note)}`}
          </span>
        </div>
      )}
      {move && <MoveView task={task} params={move} />}
      {transfer && <TransferView task={task} params={transfer} />}
      <TaskActions task={task} isMove={move !== null} />
      {task.state === 'succeeded' && task.progress.note && (
        <p className="task-detail-note">{i18n.code('note', task.progress.note, task.progress.note)}</p>
      )}
      {task.error && <TaskError task={task} isMove={move !== null} />}
      <Panel title={t('tasks.about')}>
        <Facts facts={facts} />
      </Panel>
      {task.children && <TaskChildren task={task} />}
      {task.steps.length > 0 && <Steps task={task} />}
    </div>
  )
}

function Target({ task }: { readonly task: Task }) {
  const { store } = useLive()
  const { target } = task
  if (!target) return null
  const machine = target.entity === 'machine' ? machineNow(store, target.id) : undefined
  if (machine) return <Link to={paths.machine(machine.id)}>{target.name}</Link>
  if (target.entity === 'host' && store.get('host', target.id)) return <Link to={paths.host(target.id)}>{target.name}</Link>
  return <>{target.name}</>
}

/** The error in words (those of a move stand with what is seen of it), and the raw truth behind it for whoever has to pass it on. */
function TaskError({ task, isMove }: { readonly task: Task; readonly isMove: boolean }) {
  const { t } = useI18n()
  const { error } = task
  if (!error) return null
  const raw = JSON.stringify(
    { kind: error.kind, code: error.code, message: error.message, details: error.details, remote: error.remote },
    null,
    2,
  )
  return (
    <section
      className={isMove ? 'task-error-raw' : `task-error${task.state === 'needs-attention' ? ' warn' : ''}`}
      aria-label={t('query.field.error')}
    >
      {!isMove && <Problem error={error} />}
      <details>
        <summary>
          {t('tasks.raw')} <span className="mono small">{error.code}</span>
        </summary>
        <div className="task-raw">
          <pre className="mono">{raw}</pre>
          <CopyButton text={raw} what={t('tasks.raw')} />
        </div>
      </details>
    </section>
  )
}

const STEP_SHAPES = {
  pending: 'unknown',
  running: 'busy',
  done: 'running',
  skipped: 'stopped',
  failed: 'failed',
  undoing: 'busy',
  undone: 'stopped',
  unknown: 'attention',
} as const

function Steps({ task }: { readonly task: Task }) {
  const i18n = useI18n()
  const { t, format } = i18n
  return (
    <Panel title={t('tasks.steps')}>
      <ol className="task-steps num">
        {task.steps.map((step) => (
          <li key={step.id}>
            <StateIcon shape={STEP_SHAPES[step.state]} muted={step.state === 'pending' || step.state === 'skipped'} />
            <span>
              {stepWord(step.id, i18n)}
              {step.error && step.error.code !== task.error?.code && <span className="bad-text block">{i18n.error(step.error)}</span>}
            </span>
            <span className="sub">{t(`step-state.${step.state}`)}</span>
            <span className="sub">
              {step.startedAtMs === null
                ? ''
                : step.endedAtMs === null
                  ? format.timeSeconds(step.startedAtMs)
                  : format.clock(step.endedAtMs - step.startedAtMs)}
            </span>
          </li>
        ))}
      </ol>
    </Panel>
  )
}
