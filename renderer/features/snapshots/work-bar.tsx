import { useState } from 'react'
import { Link } from 'react-router'
import { toWireError } from '../../../shared/errors/index.ts'
import type { Task } from '../../../shared/model/index.ts'
import { useApiCommand } from '../../lib/api/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { paths } from '../../lib/paths.ts'
import { usePermissions } from '../../lib/session/index.ts'
import { taskNote } from '../../lib/task/index.ts'
import { ActionButton, Banner, Bar, ConfirmDialog, Problem, StateIcon } from '../../ui/index.ts'
import { cancelOf, isSnapshotTask, workWords } from './words.ts'

/** What works on the machine now, with its way to the task, and with the button that ends it where that is possible. Null: it is about to show up. */
export function WorkBar({ task }: { readonly task: Task | null }) {
  const i18n = useI18n()
  const { t, format } = i18n
  const words = task ? workWords(task, i18n) : t('snapshots.begins')
  const percent = task ? task.progress.fraction * 100 : 0
  return (
    <div className="snap-progress num">
      <span className="snap-work" role="status">
        <StateIcon shape="busy" /> <span className="state-word busy">{words}</span>
      </span>
      <Bar percent={percent} tone="busy" width={120} label={words} /> {format.percent(percent)}{' '}
      <span className="sub ellipsis">{task && taskNote(task, i18n)}</span>
      <span className="grow" />
      {task && <Link to={paths.tasks(task.id)}>{t('snapshots.task')}</Link>}
      {task && isSnapshotTask(task) && <CancelWork task={task} />}
    </div>
  )
}

/** Asks first, and says what is there afterwards: hours of copying may be lost by it, data never. */
function CancelWork({ task }: { readonly task: Task }) {
  const i18n = useI18n()
  const { t } = i18n
  const may = usePermissions()
  const [asking, setAsking] = useState(false)
  const cancel = useApiCommand('tasks.cancel', (api) => api.tasks.cancel({ taskId: task.id }))
  const { when, words } = cancelOf(task, i18n)
  const reason = !may('task.control')
    ? t('route.forbidden.text', { permission: 'task.control' })
    : task.state === 'cancelling'
      ? t('tasks.is-cancelling')
      : when === 'never'
        ? words
        : undefined
  return (
    <>
      <ActionButton variant="secondary" size="sm" disabledReason={reason} onClick={() => setAsking(true)}>
        {t('snapshots.cancel')}
      </ActionButton>
      {asking && reason === undefined && (
        <ConfirmDialog
          title={t('snapshots.cancel.title', { what: workWords(task, i18n) })}
          confirm={t('snapshots.cancel.do')}
          cancel={t('snapshots.cancel.not')}
          busy={cancel.isPending}
          onConfirm={() => cancel.mutate(undefined, { onSuccess: () => setAsking(false) })}
          onCancel={() => setAsking(false)}
        >
          <p>{words}</p>
          {when === 'boundary' && <p>{t('snapshots.cancel.boundary')}</p>}
          {cancel.error && (
            <Banner tone="bad">
              <Problem error={toWireError(cancel.error)} />
            </Banner>
          )}
        </ConfirmDialog>
      )}
    </>
  )
}
