import './cloud-machine.css'
import { Button } from '@patternfly/react-core'
import { useState } from 'react'
import type { AppError } from '../../../shared/errors/index.ts'
import { capabilityOf, keyAndValue, type Machine } from '../../../shared/model/index.ts'
import { toPageError } from '../../lib/api/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useMachineScene } from '../../lib/live/index.ts'
import { isTagOfCloud, type TagLine, tagChange, tagLines, tagProblem, tagsOfLines } from '../../lib/machine/index.ts'
import { usePermissions } from '../../lib/session/index.ts'
import { ActionButton, Panel } from '../../ui/index.ts'
import { useAct } from '../machine-actions/index.ts'
import { TagRows } from './tag-rows.tsx'

/** Tags of a machine of a cloud, as keys with their values: all of the texts that clouds keep. */
export function TagsPanel({ machine, gone }: { readonly machine: Machine; readonly gone: boolean }) {
  const i18n = useI18n()
  const { t } = i18n
  const may = usePermissions()
  const { act, isPending } = useAct()
  const { connection, host, task } = useMachineScene(machine.id)
  const [edited, setEdited] = useState<{ readonly from: readonly string[]; readonly lines: readonly TagLine[] } | null>(null)
  const [error, setError] = useState<AppError | null>(null)
  const capability = capabilityOf('setMetadata', machine, { connection, host, busyWith: task?.kind })
  const reason = gone
    ? t('machine.gone-action')
    : !may('machine.modify')
      ? t('route.forbidden.text', { permission: 'machine.modify' })
      : capability.ok
        ? undefined
        : i18n.reason(capability.reason)

  async function save() {
    if (!edited) return
    const change = tagChange(edited.from, tagsOfLines(edited.lines))
    if (!change) return setEdited(null)
    setError(null)
    const { addTags, removeTags } = change
    try {
      await act([machine.id], {
        action: 'setMetadata',
        ...(addTags.length > 0 && { addTags: [...addTags] }),
        ...(removeTags.length > 0 && { removeTags: [...removeTags] }),
      })
      setEdited(null)
    } catch (thrown) {
      setError(toPageError(thrown, 'command'))
    }
  }

  const own = machine.tags.filter((tag) => !isTagOfCloud(tag))
  const wrong = edited?.lines.some((line) => tagProblem(line, edited.lines) !== null) ?? false
  const saving = task?.kind === 'machine.setMetadata'
  return (
    <Panel
      title={t('column.tags')}
      side={
        !edited && (
          <ActionButton variant="link" isInline disabledReason={reason} onClick={() => setEdited({ from: own, lines: tagLines(own) })}>
            {t(saving ? 'machine.saving' : 'machine.edit')}
          </ActionButton>
        )
      }
    >
      {edited ? (
        <form
          className="tags-form"
          onSubmit={(event) => {
            event.preventDefault()
            if (!wrong && reason === undefined) void save()
          }}
        >
          <TagRows lines={edited.lines} onChange={(lines) => setEdited({ ...edited, lines })} />
          {own.length < machine.tags.length && (
            <p className="form-note">{t('cloud.tag.others', { count: machine.tags.length - own.length })}</p>
          )}
          {error && <p className="bad-text">{i18n.error(error)}</p>}
          <span className="tags-actions">
            <ActionButton
              type="submit"
              variant="primary"
              size="sm"
              isLoading={isPending}
              disabledReason={wrong ? t('cloud.tag.wrong') : isPending ? t('machine.saving') : reason}
            >
              {t('cloud.tag.save')}
            </ActionButton>
            <Button variant="link" size="sm" onClick={() => setEdited(null)}>
              {t('action.cancel')}
            </Button>
          </span>
        </form>
      ) : machine.tags.length === 0 ? (
        <p className="sub">{t('cloud.tag.none')}</p>
      ) : (
        <dl className="tag-list">
          {machine.tags.map((tag) => {
            const { key, value } = keyAndValue(tag)
            return (
              <div key={tag}>
                <dt title={key}>{key}</dt>
                <dd>{value === '' ? <span className="none">–</span> : value}</dd>
              </div>
            )
          })}
        </dl>
      )}
    </Panel>
  )
}
