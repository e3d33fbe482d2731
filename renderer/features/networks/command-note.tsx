import { Link } from 'react-router'
import { toWireError } from '../../../shared/errors/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { paths } from '../../lib/paths.ts'
import { taskTitle } from '../../lib/task/index.ts'
import { Problem } from '../../ui/index.ts'
import type { NetworkCommand } from './queries.ts'

/** How a command went: that it is under way, why it was refused, or why its task failed. Nothing, once what it changed is there to see. */
export function CommandNote({ command }: { readonly command: NetworkCommand }) {
  const i18n = useI18n()
  const { error, task } = command
  if (error) {
    return (
      <div className="net-note bad" role="alert">
        <Problem error={toWireError(error)} />
      </div>
    )
  }
  if (!task) return null
  if (task.state === 'failed' || task.state === 'needs-attention' || task.state === 'cancelled') {
    return (
      <div className="net-note bad" role="alert">
        <b>{i18n.t(`networks.task.${task.state}`, { what: taskTitle(task, i18n) })}</b>
        {task.error && <Problem error={task.error} />}
        <Link to={paths.tasks(task.id)}>{i18n.t('networks.open-task')}</Link>
      </div>
    )
  }
  if (task.state === 'succeeded') return null
  return (
    <p className="net-note" role="status">
      {i18n.t('networks.task.running', { what: taskTitle(task, i18n) })}
    </p>
  )
}
