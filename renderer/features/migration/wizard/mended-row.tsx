import { Button } from '@patternfly/react-core'
import { RhUiCheckIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-check-icon'
import { useEffect, useEffectEvent } from 'react'
import { FINAL_TASK_STATES, type Mended, type MigrationMend } from '../../../../shared/model/index.ts'
import { useApiCommand } from '../../../lib/api/index.ts'
import { type I18n, useI18n } from '../../../lib/i18n/index.ts'
import { useEntity } from '../../../lib/live/index.ts'
import { Age, Problem } from '../../../ui/index.ts'

export interface MendedRowProps {
  readonly mended: Mended
  /** It was taken back. */
  readonly onUndone: () => void
}

/** Something that was mended on a host for this move, and can be taken back where it can. */
export function MendedRow({ mended, onUndone }: MendedRowProps) {
  const i18n = useI18n()
  const { t } = i18n
  const { taskId, atMs, actor, undoable } = mended
  const undo = useApiCommand('tasks.undo', (api, input: { readonly taskId: Mended['taskId'] }) => api.tasks.undo(input))
  const back = useEntity('task', undo.data?.taskId)
  const isEnded = back !== undefined && FINAL_TASK_STATES.has(back.state)
  const undone = useEffectEvent(() => onUndone())
  useEffect(() => {
    if (isEnded) undone()
  }, [isEnded])
  return (
    <li className="solved">
      <span className="migrate-severity">
        <RhUiCheckIcon />
        {t('migrate.severity.solved')}
      </span>
      <div className="migrate-finding">
        <span>{doneWords(mended.mend, i18n)}</span>
        <p className="sub">
          <Age atMs={atMs} ago />, {actor}
        </p>
        {undo.error && (
          <div className="bad-text" role="alert">
            <Problem error={undo.error} />
          </div>
        )}
        {isEnded && back.error && (
          <div className="bad-text" role="alert">
            <Problem error={back.error} />
          </div>
        )}
      </div>
      <div className="migrate-mends">
        {undoable && (
          <Button
            variant="link"
            size="sm"
            isLoading={undo.isPending || (undo.data !== undefined && !isEnded)}
            onClick={() => {
              if (!undo.isPending) undo.mutate({ taskId })
            }}
          >
            {t('migrate.undo')}
          </Button>
        )}
      </div>
    </li>
  )
}

function doneWords(mend: MigrationMend, { t }: I18n): string {
  switch (mend.mend) {
    case 'spec':
    case 'when':
      return t('migrate.solved')
    case 'create-pool':
    case 'start-pool':
      return t(`migrate.mended.${mend.mend}`, { name: mend.pool })
    case 'create-network':
    case 'start-network':
      return t(`migrate.mended.${mend.mend}`, { name: mend.network })
    case 'eject-media':
    case 'safe-cache':
      return t(`migrate.mended.${mend.mend}`, { name: mend.target })
    case 'set-clock':
      return t(`migrate.mended.set-clock.${mend.side}`)
  }
}
