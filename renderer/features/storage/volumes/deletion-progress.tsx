import { RhUiCloseIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-close-icon'
import { useState } from 'react'
import { FINAL_TASK_STATES, type Task } from '../../../../shared/model/index.ts'
import { useApiCommand } from '../../../lib/api/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { usePermissions } from '../../../lib/session/index.ts'
import { ActionButton, Bar, Chevron } from '../../../ui/index.ts'
import { TaskChildren } from '../../tasks/index.ts'

export interface DeletionProgressProps {
  /** The parent of a task for each volume. */
  readonly task: Task
  /** What happens when it is over. */
  readonly note: string | null
  readonly onClose: () => void
}

/** How far a deletion is, what became of each volume, and a way to stop before the next one. */
export function DeletionProgress({ task, note, onClose }: DeletionProgressProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const may = usePermissions()
  const stop = useApiCommand('tasks.cancel', (api, taskId: Task['id']) => api.tasks.cancel({ taskId }))
  const isOver = FINAL_TASK_STATES.has(task.state)
  const { total = 0, succeeded = 0, failed = 0, cancelled = 0 } = task.children ?? {}
  /** Null: nobody said; then what went wrong is shown. */
  const [isOpen, setOpen] = useState<boolean | null>(null)
  const open = isOpen ?? (failed > 0 || task.state === 'needs-attention')
  const noStop = may('task.control')
    ? task.state === 'cancelling' || stop.isPending
      ? t('storage.deletion.stops')
      : undefined
    : t('route.forbidden.text', { permission: 'task.control' })
  const counted = { done: format.number(succeeded), total: format.number(total) }
  return (
    <section className="storage-deletion" aria-label={t('storage.deletion')}>
      <div className="storage-deletion-line">
        <b className="num" role="status">
          {isOver
            ? t('storage.deletion.over', { count: succeeded, shown: format.number(succeeded) })
            : t(task.state === 'cancelling' ? 'storage.deletion.stopping' : 'storage.deletion.going', counted)}
        </b>
        {!isOver && <Bar percent={task.progress.fraction * 100} tone="busy" width={120} label={t('storage.deletion')} />}
        {failed > 0 && (
          <span className="bad-text num">{t('storage.deletion.failed', { count: failed, shown: format.number(failed) })}</span>
        )}
        {isOver && cancelled > 0 && (
          <span className="warn-text num">{t('storage.deletion.left', { count: cancelled, shown: format.number(cancelled) })}</span>
        )}
        {!isOver && note !== null && <span className="sub">{note}</span>}
        <span className="grow" />
        <button type="button" className="storage-deletion-open" aria-expanded={open} onClick={() => setOpen(!open)}>
          <Chevron open={open} /> {t('storage.deletion.each')}
        </button>
        {isOver ? (
          <button type="button" className="query-clear" aria-label={t('storage.deletion.close')} onClick={onClose}>
            <RhUiCloseIcon />
          </button>
        ) : (
          <ActionButton
            variant="secondary"
            size="sm"
            disabledReason={noStop}
            title={t('storage.deletion.stop.help')}
            onClick={() => stop.mutate(task.id)}
          >
            {t('storage.deletion.stop')}
          </ActionButton>
        )}
      </div>
      {stop.error && <p className="bad-text">{i18n.error(stop.error)}</p>}
      {open && (
        <div className="storage-deletion-items">
          <TaskChildren task={task} />
        </div>
      )}
    </section>
  )
}
