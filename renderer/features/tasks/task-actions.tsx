import { Button } from '@patternfly/react-core'
import { useNavigate } from 'react-router'
import type { AppError } from '../../../shared/errors/index.ts'
import { FINAL_TASK_STATES, type Task } from '../../../shared/model/index.ts'
import { useApiCommand } from '../../lib/api/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { paths } from '../../lib/paths.ts'
import { usePermissions } from '../../lib/session/index.ts'
import { ActionButton } from '../../ui/index.ts'
import { OFFERS, requestAction } from '../machine-actions/index.ts'

type TaskId = Task['id']

export interface TaskActionsProps {
  readonly task: Task
  /** What can be decided while it is open stands with what is seen of the move. */
  readonly isMove?: boolean
}

/** What can be decided about a task now: stop it, take it back, do it again, or say what became of it. */
export function TaskActions({ task, isMove = false }: TaskActionsProps) {
  const i18n = useI18n()
  const { t } = i18n
  const navigate = useNavigate()
  const may = usePermissions()
  const cancel = useApiCommand('tasks.cancel', (api, taskId: TaskId) => api.tasks.cancel({ taskId }))
  const undo = useApiCommand('tasks.undo', (api, taskId: TaskId) => api.tasks.undo({ taskId }))
  const retry = useApiCommand('tasks.retry', (api, taskId: TaskId) => api.tasks.retry({ taskId }))
  const resolve = useApiCommand('tasks.resolve', (api, decision: 'probe' | 'done' | 'failed') =>
    api.tasks.resolve({ taskId: task.id, decision }),
  )
  const follow = { onSuccess: ({ taskId }: { readonly taskId: TaskId }) => void navigate(paths.tasks(taskId)) }
  const denied = may('task.control') ? undefined : t('route.forbidden.text', { permission: 'task.control' })
  const busy = cancel.isPending || undo.isPending || retry.isPending || resolve.isPending
  const error: AppError | null = cancel.error ?? undo.error ?? retry.error ?? resolve.error
  const ended = FINAL_TASK_STATES.has(task.state)
  const open = task.state === 'needs-attention'
  const never = !ended && !open && task.steps.length > 0 && task.steps.every((step) => step.cancel === 'never' || step.endedAtMs !== null)
  // Only failed work can be done again; a task that went well is simply asked for once more.
  const retryable = task.state === 'failed' || task.state === 'partly' || (ended && task.offers.includes('retry'))
  const actionOffers = OFFERS.filter((offer) => task.offers.includes(offer.id))
  const target = task.target?.entity === 'machine' ? task.target.id : null
  if (ended && !retryable && !task.undoable && actionOffers.length === 0 && !error) return null
  if (isMove && !ended) return null
  return (
    <div className="task-actions">
      {!ended && !open && (
        <ActionButton
          variant="secondary"
          disabledReason={
            denied ??
            (task.state === 'cancelling' ? t('tasks.is-cancelling') : never ? t('tasks.cannot-cancel') : busy ? t('state.busy') : undefined)
          }
          onClick={() => cancel.mutate(task.id)}
        >
          {t('tasks.cancel-do')}
        </ActionButton>
      )}
      {open && (
        <>
          <ActionButton variant="primary" disabledReason={denied} onClick={() => resolve.mutate('probe')}>
            {t('tasks.resolve.probe')}
          </ActionButton>
          <ActionButton variant="secondary" disabledReason={denied} onClick={() => resolve.mutate('done')}>
            {t('tasks.resolve.done')}
          </ActionButton>
          <ActionButton variant="secondary" disabledReason={denied} onClick={() => resolve.mutate('failed')}>
            {t('tasks.resolve.failed')}
          </ActionButton>
        </>
      )}
      {target !== null &&
        actionOffers.map((offer) => (
          <Button key={offer.id} variant="secondary" isDisabled={!may(offer.permission)} onClick={() => requestAction(offer.id, [target])}>
            {t(offer.label)}
          </Button>
        ))}
      {retryable && (
        <ActionButton variant="secondary" disabledReason={denied} onClick={() => retry.mutate(task.id, follow)}>
          {t(task.children ? 'tasks.retry-failed' : 'tasks.retry')}
        </ActionButton>
      )}
      {task.undoable && (
        <ActionButton variant="secondary" disabledReason={denied} onClick={() => undo.mutate(task.id, follow)}>
          {t(isMove ? 'move.move-back' : 'tasks.undo')}
        </ActionButton>
      )}
      {error && <p className="bad-text">{i18n.error(error)}</p>}
    </div>
  )
}
