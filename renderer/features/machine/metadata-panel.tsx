import { Button } from '@patternfly/react-core'
import { useId, useState } from 'react'
import type { AppError } from '../../../shared/errors/index.ts'
import { capabilityOf, type Machine } from '../../../shared/model/index.ts'
import { toPageError } from '../../lib/api/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useMachineScene } from '../../lib/live/index.ts'
import { usePermissions } from '../../lib/session/index.ts'
import { ActionButton, Panel, Tags } from '../../ui/index.ts'
import { useAct } from '../machine-actions/index.ts'
import { changeOf, type Draft, draftOf } from './metadata-change.ts'

/** Title, description, tags and notes: kept in the machine's own definition, so that other consoles see them. */
export function MetadataPanel({ machine, gone }: { readonly machine: Machine; readonly gone: boolean }) {
  const i18n = useI18n()
  const { t } = i18n
  const may = usePermissions()
  const { act, isPending } = useAct()
  const { connection, host, task } = useMachineScene(machine.id)
  const [edited, setEdited] = useState<{ readonly from: Draft; readonly to: Draft } | null>(null)
  const [error, setError] = useState<AppError | null>(null)
  const capability = capabilityOf('setMetadata', machine, { connection, host, busyWith: task?.kind })
  const reason = gone
    ? t('machine.gone-action')
    : may('machine.modify')
      ? capability.ok
        ? undefined
        : i18n.reason(capability.reason)
      : t('route.forbidden.text', { permission: 'machine.modify' })

  async function save() {
    if (!edited) return
    const change = changeOf(edited.from, edited.to)
    if (!change) return setEdited(null)
    setError(null)
    try {
      await act([machine.id], change)
      setEdited(null)
    } catch (thrown) {
      setError(toPageError(thrown, 'command'))
    }
  }

  const saving = task?.kind === 'machine.setMetadata'
  return (
    <Panel
      title={t('query.field.notes')}
      side={
        !edited && (
          <ActionButton
            variant="link"
            isInline
            disabledReason={reason}
            onClick={() => setEdited({ from: draftOf(machine), to: draftOf(machine) })}
          >
            {t(saving ? 'machine.saving' : 'machine.edit')}
          </ActionButton>
        )
      }
    >
      {edited ? (
        <form
          className="metadata-form"
          ref={intoView}
          onSubmit={(event) => {
            event.preventDefault()
            void save()
          }}
        >
          <Line
            label={t('query.field.title')}
            value={edited.to.title}
            onChange={(title) => setEdited({ ...edited, to: { ...edited.to, title } })}
          />
          <Line
            label={t('query.field.description')}
            value={edited.to.description}
            onChange={(description) => setEdited({ ...edited, to: { ...edited.to, description } })}
          />
          <Line
            label={t('column.tags')}
            help={t('machine.tags-help')}
            value={edited.to.tags}
            onChange={(tags) => setEdited({ ...edited, to: { ...edited.to, tags } })}
          />
          <Line
            label={t('query.field.notes')}
            lines={4}
            value={edited.to.notes}
            onChange={(notes) => setEdited({ ...edited, to: { ...edited.to, notes } })}
          />
          {error && <p className="bad-text">{i18n.error(error)}</p>}
          <span className="metadata-actions">
            <Button type="submit" variant="primary" size="sm" isDisabled={isPending || reason !== undefined} isLoading={isPending}>
              {t('machine.save-notes')}
            </Button>
            <Button variant="link" size="sm" onClick={() => setEdited(null)}>
              {t('action.cancel')}
            </Button>
            {reason !== undefined && <span className="sub small">{reason}</span>}
          </span>
        </form>
      ) : (
        <div className="notes">
          {machine.description && <p>{machine.description}</p>}
          {machine.notes && <p className="notes-text">{machine.notes}</p>}
          {!machine.description && !machine.notes && <p className="sub">{t('machine.no-notes')}</p>}
          <Tags tags={machine.tags} max={12} />
        </div>
      )}
    </Panel>
  )
}

/** The form is taller than what it replaces: its buttons must not end up below the edge. */
function intoView(form: HTMLFormElement | null): void {
  form?.scrollIntoView({ block: 'nearest' })
}

interface LineProps {
  readonly label: string
  readonly help?: string
  readonly value: string
  readonly lines?: number
  readonly onChange: (value: string) => void
}

function Line({ label, help, value, lines = 1, onChange }: LineProps) {
  const id = useId()
  return (
    <>
      <label htmlFor={id}>{label}</label>
      {lines > 1 ? (
        <textarea id={id} className="text-input" rows={lines} value={value} onChange={(event) => onChange(event.target.value)} />
      ) : (
        <span>
          <input
            id={id}
            type="text"
            className="text-input"
            value={value}
            autoComplete="off"
            onChange={(event) => onChange(event.target.value)}
          />
          {help && <span className="form-note">{help}</span>}
        </span>
      )}
    </>
  )
}
