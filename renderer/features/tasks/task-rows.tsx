import { Link } from 'react-router'
import { FINAL_TASK_STATES, type Task } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { paths } from '../../lib/paths.ts'
import { taskNote, taskObject, taskTitle, taskVerb } from '../../lib/task/index.ts'
import { useTicking } from '../../lib/time/ticker.ts'
import { Bar, StateIcon } from '../../ui/index.ts'
import { taskLook } from './task-look.ts'

export function TaskState({ task }: { readonly task: Task }) {
  const { t } = useI18n()
  const look = taskLook(task.state)
  return (
    <span className="state-cell">
      <StateIcon shape={look.shape} muted={look.tone === 'past'} />
      <span className={`state-word ${look.tone}`}>{t(`task-state.${task.state}`)}</span>
    </span>
  )
}

/** How long it has run, or ran. */
export function TaskTime({ task }: { readonly task: Task }) {
  const { format } = useI18n()
  const { startedAtMs, endedAtMs } = task
  const text = useTicking((nowMs) => (startedAtMs === null ? '' : format.clock((endedAtMs ?? nowMs) - startedAtMs)))
  return <span className="num">{text}</span>
}

export interface TaskTableProps {
  readonly tasks: readonly Task[]
  readonly chosen?: string | null
  /** The object is said by the page already. */
  readonly withoutObject?: boolean
}

/** Tasks, one a line; the verb leads to the task. */
export function TaskTable({ tasks, chosen = null, withoutObject = false }: TaskTableProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  return (
    <table className="plain-table task-table num">
      <thead>
        <tr>
          <th scope="col">{t('column.state')}</th>
          <th scope="col">{t('query.field.task')}</th>
          <th scope="col">{t('tasks.note')}</th>
          <th scope="col">{t('query.field.actor')}</th>
          <th scope="col">{t('tasks.created')}</th>
          <th scope="col" className="end">
            {t('query.field.duration')}
          </th>
        </tr>
      </thead>
      <tbody>
        {tasks.map((task) => (
          <tr key={task.id} className={task.id === chosen ? 'marked' : ''} aria-current={task.id === chosen ? 'true' : undefined}>
            <td>
              <TaskState task={task} />
            </td>
            <td className="ellipsis">
              <Link to={paths.tasks(task.id)} title={taskTitle(task, i18n)}>
                {taskVerb(task, i18n)}
              </Link>{' '}
              {!withoutObject && <b>{taskObject(task, i18n)}</b>}
            </td>
            <td className="ellipsis" title={taskNote(task, i18n)}>
              {FINAL_TASK_STATES.has(task.state) || task.state === 'needs-attention' || task.state === 'queued' ? (
                <span className={task.error ? 'bad-text' : 'sub'}>{taskNote(task, i18n)}</span>
              ) : (
                <span className="task-progress">
                  <Bar percent={task.progress.fraction * 100} tone="busy" width={72} label={taskTitle(task, i18n)} />
                  {format.percent(task.progress.fraction * 100)} <span className="sub ellipsis">{taskNote(task, i18n)}</span>
                </span>
              )}
            </td>
            <td className="sub ellipsis">{task.actor}</td>
            <td className="sub" title={format.absolute(task.createdAtMs)}>
              {format.whenSeconds(task.createdAtMs)}
            </td>
            <td className="end">
              <TaskTime task={task} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
