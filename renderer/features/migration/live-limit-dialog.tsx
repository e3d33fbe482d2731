import { FormGroup, TextInput } from '@patternfly/react-core'
import { useState } from 'react'
import { toWireError } from '../../../shared/errors/index.ts'
import { bandwidthSchema, downtimeSchema, type MigrationLive, type Task } from '../../../shared/model/index.ts'
import { useApiCommand } from '../../lib/api/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { moveOf } from '../../lib/task/index.ts'
import { Banner, Problem } from '../../ui/index.ts'
import { FormDialog } from '../machine-actions/index.ts'

export type LimitKind = 'bandwidth' | 'downtime'

const MEGA = 1_000_000
const USUAL_DOWNTIME_MS = 300
const FIELD = 'move-limit'

const CHECKS = { bandwidth: bandwidthSchema, downtime: downtimeSchema } as const

export interface LimitDialogProps {
  readonly task: Task
  readonly live: MigrationLive | null
  readonly kind: LimitKind
  /** With what came of it; null: nothing was changed. */
  readonly onDone: (words: string | null) => void
}

/** How fast it may copy, or how long the guest may stand still: counts at once for the move that goes on. */
export function LimitDialog({ task, live, kind, onDone }: LimitDialogProps) {
  const { t, format } = useI18n()
  const [text, setText] = useState(() => String(proposed(task, live, kind)))
  const value = Math.round(Number(text.replace(',', '.')) * (kind === 'bandwidth' ? MEGA : 1))
  const isRight = text.trim() !== '' && CHECKS[kind].safeParse(value).success
  const tune = useApiCommand('migrations.tune', (api) =>
    api.migrations.tune({ taskId: task.id, ...(kind === 'bandwidth' ? { bandwidthBytesPerS: value } : { maxDowntimeMs: value }) }),
  )
  const told = () =>
    kind === 'bandwidth' ? t('move.bandwidth-set', { rate: format.rate(value) }) : t('move.downtime-set', { time: format.took(value) })
  return (
    <FormDialog
      title={t(`move.${kind}-title`, { name: task.target?.name ?? '' })}
      submit={t(`move.${kind}-do`)}
      disabled={!isRight || tune.isPending}
      focus={`#${FIELD}`}
      onSubmit={() => tune.mutate(undefined, { onSuccess: () => onDone(told()) })}
      onCancel={() => onDone(null)}
    >
      <FormGroup label={t(`move.${kind}-label`)} fieldId={FIELD}>
        <TextInput
          id={FIELD}
          inputMode="decimal"
          value={text}
          autoComplete="off"
          aria-describedby={`${FIELD}-note`}
          validated={isRight ? 'default' : 'error'}
          onChange={(_event, next) => setText(next)}
        />
        <p id={`${FIELD}-note`} className={isRight ? 'form-note' : 'form-note bad-text'}>
          {t(isRight ? `move.${kind}-note` : `move.${kind}-wrong`)}
        </p>
      </FormGroup>
      {tune.error && (
        <Banner tone="bad">
          <Problem error={toWireError(tune.error)} />
        </Banner>
      )}
    </FormDialog>
  )
}

/** What is likely meant: twice of what holds it back now. */
function proposed(task: Task, live: MigrationLive | null, kind: LimitKind): number {
  const { maxDowntimeMs, bandwidthBytesPerS } = moveOf(task) ?? {}
  if (kind === 'downtime') return 2 * (maxDowntimeMs ?? USUAL_DOWNTIME_MS)
  const now = bandwidthBytesPerS ?? live?.bandwidthBytesPerS ?? 100 * MEGA
  return Math.max(2, Math.round((2 * now) / MEGA))
}
