import { toWireError } from '../../../shared/errors/index.ts'
import type { MigrationLive, MoveParams, Task } from '../../../shared/model/index.ts'
import { useApiCommand, useEngineLinkState } from '../../lib/api/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { usePermissions } from '../../lib/session/index.ts'
import { ActionButton, Banner, Problem } from '../../ui/index.ts'
import { sourceName } from './live-words.ts'

export interface MoveBrokenProps {
  readonly task: Task
  readonly params: MoveParams
  readonly broken: NonNullable<MigrationLive['broken']>
}

/** It broke in post-copy: where its parts are, what must not be done, why the last try came to nothing, and the next one now. */
export function MoveBroken({ task, params, broken: { tries, said, nextTryAtMs } }: MoveBrokenProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const may = usePermissions()
  const { state: link } = useEngineLinkState()
  const resume = useApiCommand('migrations.resume', (api) => api.migrations.resume({ taskId: task.id }))
  const words = { name: task.target?.name ?? '', from: sourceName(params, i18n), to: params.to }
  const reason =
    link !== 'open'
      ? t('move.no-engine')
      : !may('machine.migrate')
        ? t('route.forbidden.text', { permission: 'machine.migrate' })
        : nextTryAtMs === null
          ? t('move.broken-trying')
          : undefined
  return (
    <div className="move-failure" role="alert">
      <p>
        <b>{t('move.broken', words)}</b> {t('move.broken-text', words)}
      </p>
      {said && <p>{t('move.broken-said', { count: tries, reason: i18n.reason(said) })}</p>}
      <p className="sub">
        {nextTryAtMs === null ? t('move.broken-trying') : t('move.broken-next', { at: format.timeSeconds(nextTryAtMs) })}
      </p>
      <div className="move-buttons">
        <ActionButton variant="primary" disabledReason={reason} onClick={() => resume.mutate(undefined)}>
          {t('move.broken-resume')}
        </ActionButton>
      </div>
      {resume.error && (
        <Banner tone="bad">
          <Problem error={toWireError(resume.error)} />
        </Banner>
      )}
    </div>
  )
}
