import { useState } from 'react'
import { useI18n } from '../../../lib/i18n/index.ts'
import { type DraftOf, finished } from '../model/draft.ts'
import { snapshotOf } from '../model/selection.ts'
import { type DialogContext, OperationDialog } from '../operation-dialog.tsx'
import { keptName } from '../words.ts'
import { NameField } from './fields.tsx'

export interface RevertDialogProps extends DialogContext {
  readonly draft: DraftOf<'revert'>
}

/** Going back: what the machine is now is kept unless somebody says that it is not. */
export function RevertDialog({ draft: first, ...context }: RevertDialogProps) {
  const { t, format } = useI18n()
  const { machine, tree } = context
  const [draft, setDraft] = useState(first)
  const snapshot = snapshotOf(tree, draft.name)
  return (
    <OperationDialog
      {...context}
      title={t('snapshots.revert.title', { name: machine.name, snapshot: draft.name })}
      verb={t('snapshots.revert.do')}
      operation={finished(draft)}
    >
      {snapshot && <p>{t('snapshots.revert.text', { when: format.when(snapshot.createdAtMs), memory: String(snapshot.hasMemory) })}</p>}
      <div className="check-line">
        <input
          id="snapshot-keep"
          type="checkbox"
          className="check-input"
          checked={draft.keepAs !== null}
          onChange={(event) => setDraft({ ...draft, keepAs: event.target.checked ? keptName(t, tree) : null })}
        />
        <label htmlFor="snapshot-keep">
          <b>{t('snapshots.keep')}</b> <span className="form-note">{t('snapshots.keep-text')}</span>
        </label>
      </div>
      {draft.keepAs !== null && (
        <NameField
          id="snapshot-keep-name"
          label={t('snapshots.keep-name')}
          value={draft.keepAs}
          onChange={(keepAs) => setDraft({ ...draft, keepAs })}
        />
      )}
      {snapshot?.hasMemory === false && (
        <div className="check-line">
          <input
            id="snapshot-start"
            type="checkbox"
            className="check-input"
            checked={draft.start}
            onChange={(event) => setDraft({ ...draft, start: event.target.checked })}
          />
          <label htmlFor="snapshot-start">
            <b>{t('snapshots.start')}</b> <span className="form-note">{t('snapshots.start-text')}</span>
          </label>
        </div>
      )}
    </OperationDialog>
  )
}
