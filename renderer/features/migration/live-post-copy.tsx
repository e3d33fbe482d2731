import { toWireError } from '../../../shared/errors/index.ts'
import type { Task } from '../../../shared/model/index.ts'
import { useApiCommand } from '../../lib/api/index.ts'
import { useT } from '../../lib/i18n/index.ts'
import { moveOf } from '../../lib/task/index.ts'
import { Banner, ConfirmDialog, Problem } from '../../ui/index.ts'

export interface PostCopyDialogProps {
  readonly task: Task
  readonly onDone: (words: string | null) => void
}

/** From then on there is no way back: asked first, with what that means. */
export function PostCopyDialog({ task, onDone }: PostCopyDialogProps) {
  const t = useT()
  const name = task.target?.name ?? ''
  const to = moveOf(task)?.to ?? ''
  const tune = useApiCommand('migrations.tune', (api) => api.migrations.tune({ taskId: task.id, postCopy: true }))
  return (
    <ConfirmDialog
      title={t('move.post-copy-title', { name })}
      confirm={t('move.post-copy-do')}
      cancel={t('move.post-copy-keep')}
      danger
      busy={tune.isPending}
      onConfirm={() => tune.mutate(undefined, { onSuccess: () => onDone(t('move.post-copy-set')) })}
      onCancel={() => onDone(null)}
    >
      <p>{t('move.post-copy-text', { name, to })}</p>
      <p>
        <b>{t('move.post-copy-risk', { name })}</b>
      </p>
      {tune.error && (
        <Banner tone="bad">
          <Problem error={toWireError(tune.error)} />
        </Banner>
      )}
    </ConfirmDialog>
  )
}
