import { useState } from 'react'
import { useI18n } from '../../../lib/i18n/index.ts'
import { type DraftOf, finished, tagsOf } from '../model/draft.ts'
import { beneath, fileName } from '../model/selection.ts'
import { type DialogContext, OperationDialog } from '../operation-dialog.tsx'
import { TextField } from './fields.tsx'

export function DeleteDialog({ draft, ...context }: DialogContext & { readonly draft: DraftOf<'delete'> }) {
  const { t } = useI18n()
  return (
    <OperationDialog
      {...context}
      title={t('snapshots.delete.title', { name: draft.name })}
      verb={t('snapshots.delete.do')}
      operation={finished(draft)}
      isDanger
    >
      <p>{t('snapshots.delete.text')}</p>
    </OperationDialog>
  )
}

export function DiscardDialog({ draft, ...context }: DialogContext & { readonly draft: DraftOf<'discard'> }) {
  const { t } = useI18n()
  return (
    <OperationDialog
      {...context}
      title={t('snapshots.discard.title', { name: fileName(draft.path) })}
      verb={t('snapshots.discard.do')}
      operation={finished(draft)}
      isDanger
    >
      <p>{t('snapshots.discard.text')}</p>
    </OperationDialog>
  )
}

/** Into which of the files beneath: each further one makes the chain shorter. */
export function MergeDialog({ draft: first, ...context }: DialogContext & { readonly draft: DraftOf<'merge'> }) {
  const { t, format } = useI18n()
  const [draft, setDraft] = useState(first)
  const bases = beneath(context.tree, draft.target, draft.top)
  return (
    <OperationDialog
      {...context}
      title={t('snapshots.merge.title', { target: draft.target })}
      verb={t('snapshots.merge.do')}
      operation={finished(draft)}
    >
      <p>
        {t('snapshots.merge.text')} <span className="mono snap-path">{fileName(draft.top)}</span>
      </p>
      <div className="field">
        <label htmlFor="snapshot-base">{t('snapshots.merge.into')}</label>
        <select
          id="snapshot-base"
          className="text-input mono"
          value={draft.base}
          onChange={(event) => setDraft({ ...draft, base: event.target.value })}
        >
          {bases.map(({ path, allocationBytes }) => (
            <option key={path} value={path}>
              {fileName(path)}
              {allocationBytes === null ? '' : `, ${format.bytes(allocationBytes)}`}
            </option>
          ))}
        </select>
      </div>
    </OperationDialog>
  )
}

export function FlattenDialog({ draft, ...context }: DialogContext & { readonly draft: DraftOf<'flatten'> }) {
  const { t } = useI18n()
  return (
    <OperationDialog
      {...context}
      title={t('snapshots.flatten.title', { target: draft.target })}
      verb={t('snapshots.flatten.do')}
      operation={finished(draft)}
    >
      <p>{t('snapshots.flatten.text')}</p>
    </OperationDialog>
  )
}

export function CloneDialog({ draft: first, ...context }: DialogContext & { readonly draft: DraftOf<'clone'> }) {
  const { t } = useI18n()
  const [draft, setDraft] = useState(first)
  return (
    <OperationDialog
      {...context}
      title={t('snapshots.clone.title', { name: draft.name })}
      verb={t('snapshots.clone.do')}
      operation={finished(draft)}
      focus="#snapshot-as"
    >
      <p>{t('snapshots.clone.text')}</p>
      <TextField
        id="snapshot-as"
        label={t('snapshots.clone.as')}
        value={draft.as}
        maxLength={64}
        onChange={(as) => setDraft({ ...draft, as })}
      />
    </OperationDialog>
  )
}

export function DescribeDialog({ draft: first, ...context }: DialogContext & { readonly draft: DraftOf<'describe'> }) {
  const { t } = useI18n()
  const [draft, setDraft] = useState(first)
  const [tags, setTags] = useState(first.tags.join(', '))
  return (
    <OperationDialog
      {...context}
      title={t('snapshots.describe.title', { name: draft.name })}
      verb={t('snapshots.describe.do')}
      operation={finished(draft)}
      focus="#snapshot-description"
    >
      <TextField
        id="snapshot-description"
        label={t('snapshots.description')}
        value={draft.description ?? ''}
        onChange={(text) => setDraft({ ...draft, description: text.trim() === '' ? null : text })}
      />
      <TextField
        id="snapshot-tags"
        label={t('snapshots.tags')}
        help={t('snapshots.tags-help')}
        value={tags}
        onChange={(text) => {
          setTags(text)
          setDraft({ ...draft, tags: tagsOf(text) })
        }}
      />
    </OperationDialog>
  )
}
