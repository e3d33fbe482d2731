import { useState } from 'react'
import { Link } from 'react-router'
import type { Machine, MoveParams, Task } from '../../../shared/model/index.ts'
import { useApiCommand } from '../../lib/api/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { paths } from '../../lib/paths.ts'
import { usePermissions } from '../../lib/session/index.ts'
import { ActionButton, Banner, ConfirmDialog, Problem } from '../../ui/index.ts'
import { choicesOf, standingsOf } from './live-standing.ts'
import { useBothEnds } from './live-where.ts'
import { sourceName, standingWord } from './live-words.ts'

type Decision = 'probe' | 'done' | 'failed'

export interface MoveAttentionProps {
  readonly task: Task
  readonly params: MoveParams
}

/** Where it runs is not certain: what each host says, and what may be decided without losing it. Nothing here starts or stops a machine. */
export function MoveAttention({ task, params }: MoveAttentionProps) {
  const i18n = useI18n()
  const { t } = i18n
  const may = usePermissions()
  const ends = useBothEnds(task, params)
  const [asked, setAsked] = useState<Exclude<Decision, 'probe'> | null>(null)
  const resolve = useApiCommand('tasks.resolve', (api, decision: Decision) => api.tasks.resolve({ taskId: task.id, decision }))
  const name = task.target?.name ?? ''
  const from = sourceName(params, i18n)
  const { to } = params
  const standings = standingsOf(task.error)
  const { moved, stayed, advice } = choicesOf(standings)
  const general = may('task.control')
    ? resolve.isPending
      ? t('state.busy')
      : undefined
    : t('route.forbidden.text', { permission: 'task.control' })
  const words = { name, from, to }
  return (
    <section className="move-attention" aria-label={t('move.both-ends')}>
      <div className="move-ends">
        <End host={from} hostId={params.sourceHostId} told={standings.source} machine={ends.atSource} />
        <End host={to} hostId={params.targetHostId} told={standings.target} machine={ends.atTarget} />
      </div>
      {task.error && task.error.code !== 'migration.two-truths' && <Problem error={task.error} />}
      <p>{t(`move.advice.${advice}`, words)}</p>
      <div className="move-buttons">
        <ActionButton variant="primary" disabledReason={general} onClick={() => resolve.mutate('probe')}>
          {t('move.ask-both')}
        </ActionButton>
        <ActionButton
          variant="secondary"
          disabledReason={general ?? (moved === null ? undefined : t(`move.not-moved.${moved}`, words))}
          onClick={() => setAsked('done')}
        >
          {t('move.count-moved', words)}
        </ActionButton>
        <ActionButton
          variant="secondary"
          disabledReason={general ?? (stayed === null ? undefined : t(`move.not-stayed.${stayed}`, words))}
          onClick={() => setAsked('failed')}
        >
          {t('move.count-stayed', words)}
        </ActionButton>
      </div>
      {resolve.error && <Banner tone="bad">{i18n.error(resolve.error)}</Banner>}
      {asked !== null && (
        <ConfirmDialog
          title={t(asked === 'done' ? 'move.count-moved-title' : 'move.count-stayed-title', words)}
          confirm={t(asked === 'done' ? 'move.count-moved' : 'move.count-stayed', words)}
          cancel={t('action.cancel')}
          onConfirm={() => {
            setAsked(null)
            resolve.mutate(asked)
          }}
          onCancel={() => setAsked(null)}
        >
          <p>{t(asked === 'done' ? 'move.count-moved-text' : 'move.count-stayed-text', words)}</p>
        </ConfirmDialog>
      )}
    </section>
  )
}

interface EndProps {
  readonly host: string
  readonly hostId: string | undefined
  /** What the host said when the task stopped. */
  readonly told: string | null
  /** What the inventory knows of it since. */
  readonly machine: Machine | undefined
}

function End({ host, hostId, told, machine }: EndProps) {
  const i18n = useI18n()
  const { t } = i18n
  return (
    <dl className="move-end">
      <dt>{hostId === undefined ? host : <Link to={paths.host(hostId)}>{host}</Link>}</dt>
      <dd>
        <b>{told === null ? t('move.not-heard') : standingWord(told, i18n)}</b>
      </dd>
      <dd className="sub">
        {machine ? (
          <>
            {t('move.seen-now', { state: t(`state.${machine.state}`) })}{' '}
            <Link to={paths.machine(machine.id)}>{t('move.open-machine')}</Link>
          </>
        ) : (
          t('move.not-seen-now')
        )}
      </dd>
    </dl>
  )
}
