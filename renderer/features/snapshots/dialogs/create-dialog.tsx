import { useId, useState } from 'react'
import type { Reason } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { type DraftOf, finished, tagsOf } from '../model/draft.ts'
import { type DialogContext, OperationDialog } from '../operation-dialog.tsx'
import { NameField, TextField } from './fields.tsx'

const KINDS = ['external', 'internal'] as const

export interface CreateDialogProps extends DialogContext {
  readonly draft: DraftOf<'create'>
}

/** A new snapshot: of which kind, with what that means, with its memory or with the guest at rest. */
export function CreateDialog({ draft: first, ...context }: CreateDialogProps) {
  const i18n = useI18n()
  const { t } = i18n
  const { machine, tree } = context
  const [draft, setDraft] = useState(first)
  const [tags, setTags] = useState(first.tags.join(', '))
  const change = (part: Partial<DraftOf<'create'>>) => setDraft({ ...draft, ...part })
  const { offers } = tree
  const isRunning = machine.state === 'running'
  return (
    <OperationDialog
      {...context}
      title={t('snapshots.create.title', { name: machine.name })}
      verb={t('snapshots.create.do')}
      operation={finished(draft)}
      focus="#snapshot-name"
    >
      <NameField id="snapshot-name" label={t('snapshots.name')} value={draft.name} onChange={(name) => change({ name })} />
      <fieldset className="field">
        <legend className="visually-hidden">{t('snapshots.kind')}</legend>
        <span className="field-label" aria-hidden>
          {t('snapshots.kind')}
        </span>
        <div className="snap-kinds">
          {KINDS.map((kind) => (
            <Choice
              key={kind}
              type="radio"
              name="kind"
              label={t(`snapshots.kind.${kind}`)}
              text={t(`snapshots.kind.${kind}-text`)}
              reason={offers[kind]}
              isChecked={draft.kind === kind}
              onChange={() => change({ kind, ...(kind === 'internal' ? { freeze: false, memory: isRunning } : { memory: false }) })}
            />
          ))}
        </div>
      </fieldset>
      <div className="field">
        <span className="field-label">{t('snapshots.with')}</span>
        <div className="snap-kinds">
          <Choice
            type="checkbox"
            label={t('snapshots.memory')}
            text={t(draft.kind === 'internal' && isRunning ? 'snapshots.memory-inside' : 'snapshots.memory-text')}
            reason={offers.memory}
            isFixed={draft.kind === 'internal'}
            isChecked={draft.memory}
            onChange={(memory) => change({ memory, ...(memory && { freeze: false }) })}
          />
          <Choice
            type="checkbox"
            label={t('snapshots.freeze')}
            text={t('snapshots.freeze-text')}
            reason={offers.freeze}
            isFixed={draft.memory || draft.kind === 'internal'}
            isChecked={draft.freeze}
            onChange={(freeze) => change({ freeze })}
          />
        </div>
      </div>
      <TextField
        id="snapshot-description"
        label={t('snapshots.description')}
        value={draft.description ?? ''}
        onChange={(text) => change({ description: text.trim() === '' ? null : text })}
      />
      <TextField
        id="snapshot-tags"
        label={t('snapshots.tags')}
        help={t('snapshots.tags-help')}
        value={tags}
        onChange={(text) => {
          setTags(text)
          change({ tags: tagsOf(text) })
        }}
      />
    </OperationDialog>
  )
}

interface ChoiceProps {
  readonly type: 'radio' | 'checkbox'
  readonly name?: string
  readonly label: string
  readonly text: string
  /** Why it cannot be chosen now. It stays reachable, so that this can be read. */
  readonly reason: Reason | null
  /** The other choices leave none here. */
  readonly isFixed?: boolean
  readonly isChecked: boolean
  readonly onChange: (isChecked: boolean) => void
}

/** A choice with what it means, or with why it is none. */
function Choice({ type, name, label, text, reason, isFixed = false, isChecked, onChange }: ChoiceProps) {
  const i18n = useI18n()
  const id = useId()
  return (
    <div className="check-line snap-choice">
      <input
        id={id}
        type={type}
        name={name}
        className="check-input"
        checked={isChecked}
        disabled={(reason !== null || isFixed) && !isChecked}
        aria-describedby={`${id}-text`}
        onChange={(event) => {
          if (!isFixed) onChange(event.target.checked)
        }}
      />
      <label htmlFor={id}>
        <b>{label}</b>
        <span id={`${id}-text`} className={reason ? 'form-note bad-text' : 'form-note'}>
          {reason ? i18n.reason(reason) : text}
        </span>
      </label>
    </div>
  )
}
