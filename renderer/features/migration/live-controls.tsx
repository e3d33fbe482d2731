import { useState } from 'react'
import { FINAL_TASK_STATES, type MigrationLive, type Task } from '../../../shared/model/index.ts'
import { useApiCommand, useEngineLinkState } from '../../lib/api/index.ts'
import { type I18n, useI18n } from '../../lib/i18n/index.ts'
import { usePermissions } from '../../lib/session/index.ts'
import { ActionButton, Banner } from '../../ui/index.ts'
import { LimitDialog, type LimitKind } from './live-limit-dialog.tsx'
import { PostCopyDialog } from './live-post-copy.tsx'

/** What is asked about before it is done. */
export type MoveQuestion = LimitKind | 'post-copy'

type Control = 'bandwidth' | 'downtime' | 'postCopy' | 'cancel'

export interface MoveControls {
  /** Why each cannot be used now; undefined: it can. */
  readonly disabled: Readonly<Record<Control, string | undefined>>
  readonly ask: (question: MoveQuestion) => void
  readonly cancel: () => void
  /** Dialogs that are open, and what came of the last change. */
  readonly rest: React.ReactNode
}

/** All that may be done to a move that goes on, wherever its buttons stand. */
export function useMoveControls(task: Task, live: MigrationLive | null): MoveControls {
  const i18n = useI18n()
  const may = usePermissions()
  const { state: link } = useEngineLinkState()
  const [asked, setAsked] = useState<MoveQuestion | null>(null)
  const [told, setTold] = useState<string | null>(null)
  const cancel = useApiCommand('tasks.cancel', (api) => api.tasks.cancel({ taskId: task.id }))
  const done = (words: string | null) => {
    setAsked(null)
    setTold(words)
  }
  return {
    disabled: reasons(task, live, { link, migrate: may('machine.migrate'), control: may('task.control') }, i18n),
    ask: setAsked,
    cancel: () => cancel.mutate(undefined),
    rest: (
      <>
        {told !== null && (
          <p className="sub" role="status">
            {told}
          </p>
        )}
        {cancel.error && <Banner tone="bad">{i18n.error(cancel.error)}</Banner>}
        {(asked === 'bandwidth' || asked === 'downtime') && <LimitDialog task={task} live={live} kind={asked} onDone={done} />}
        {asked === 'post-copy' && <PostCopyDialog task={task} onDone={done} />}
      </>
    ),
  }
}

interface Allowed {
  readonly link: string
  readonly migrate: boolean
  readonly control: boolean
}

const COPIES: ReadonlySet<string> = new Set(['copying-disks', 'copying-memory'])

function reasons(task: Task, live: MigrationLive | null, allowed: Allowed, i18n: I18n): MoveControls['disabled'] {
  const { t } = i18n
  const general =
    allowed.link !== 'open'
      ? t('move.no-engine')
      : FINAL_TASK_STATES.has(task.state)
        ? t('move.has-ended')
        : task.state === 'cancelling'
          ? t('tasks.is-cancelling')
          : undefined
  const permission = (has: boolean, name: string) => (has ? undefined : t('route.forbidden.text', { permission: name }))
  const moved = task.steps.some(({ id, state }) => id === 'move' && state === 'done')
  const notCopying = moved ? t('move.is-over-there') : live && COPIES.has(live.phase) ? undefined : t('move.not-copying')
  const tune = (control: 'bandwidth' | 'downtime' | 'postCopy') => {
    const reason = live?.can[control] ?? null
    return general ?? permission(allowed.migrate, 'machine.migrate') ?? (reason ? i18n.reason(reason) : notCopying)
  }
  const noWayBack = live?.phase === 'post-copy' && !moved ? t('move.no-way-back') : undefined
  const never = task.steps.some((step) => step.state === 'running' && step.cancel === 'never') ? t('tasks.cannot-cancel') : undefined
  return {
    bandwidth: tune('bandwidth'),
    downtime: tune('downtime'),
    postCopy: tune('postCopy'),
    cancel: general ?? permission(allowed.control, 'task.control') ?? noWayBack ?? (moved ? t('move.is-over-there') : never),
  }
}

export function MoveButtons({ controls }: { readonly controls: MoveControls }) {
  const { t } = useI18n()
  const { disabled, ask, cancel } = controls
  return (
    <div className="move-buttons">
      <ActionButton variant="secondary" disabledReason={disabled.bandwidth} onClick={() => ask('bandwidth')}>
        {t('move.set-bandwidth')}
      </ActionButton>
      <ActionButton variant="secondary" disabledReason={disabled.downtime} onClick={() => ask('downtime')}>
        {t('move.set-downtime')}
      </ActionButton>
      <ActionButton variant="secondary" disabledReason={disabled.postCopy} onClick={() => ask('post-copy')}>
        {t('move.switch-post-copy')}
      </ActionButton>
      <ActionButton variant="secondary" disabledReason={disabled.cancel} onClick={cancel}>
        {t('move.cancel')}
      </ActionButton>
    </div>
  )
}

export interface NeverEndsProps {
  readonly name: string
  readonly live: MigrationLive
  readonly controls: MoveControls
}

/** The guest writes faster than is copied: said, with the ways out. */
export function NeverEnds({ name, live, controls }: NeverEndsProps) {
  const { t, format } = useI18n()
  const { phase, dirtyBytesPerS, bandwidthBytesPerS } = live
  if (phase !== 'copying-memory' || dirtyBytesPerS === null || bandwidthBytesPerS === null || dirtyBytesPerS < bandwidthBytesPerS)
    return null
  const { disabled, ask } = controls
  return (
    <div className="move-warning" role="alert">
      <p>
        <b>{t('move.never-ends', { name })}</b>{' '}
        {t('move.never-ends-text', { dirty: format.rate(dirtyBytesPerS), bandwidth: format.rate(bandwidthBytesPerS) })}
      </p>
      <div className="move-buttons">
        <ActionButton variant="secondary" disabledReason={disabled.downtime} onClick={() => ask('downtime')}>
          {t('move.way-downtime')}
        </ActionButton>
        <ActionButton variant="secondary" disabledReason={disabled.bandwidth} onClick={() => ask('bandwidth')}>
          {t('move.way-bandwidth')}
        </ActionButton>
        <ActionButton variant="secondary" disabledReason={disabled.postCopy} onClick={() => ask('post-copy')}>
          {t('move.switch-post-copy')}
        </ActionButton>
      </div>
    </div>
  )
}
