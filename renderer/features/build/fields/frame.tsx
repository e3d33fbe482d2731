import type { ReactNode } from 'react'
import { useI18n } from '../../../lib/i18n/index.ts'
import { patternOf } from '../model/at-path.ts'
import { fieldId } from './form-context.ts'

export interface FieldFrameProps {
  readonly path: string
  readonly problem: string | null
  readonly locked?: string | null
  /** More than the catalogue's own help. */
  readonly note?: ReactNode
  /** In a table: the column's head names it, and the label is for those who hear it. */
  readonly bare?: boolean
  readonly children: (ids: { readonly id: string; readonly describedBy: string | undefined }) => ReactNode
}

/** Words of a field, kept under its path in the request. */
export function useFieldWords(path: string): { readonly label: string; readonly help: string | null } {
  const i18n = useI18n()
  const pattern = patternOf(path)
  return { label: i18n.optional(`build.field.${pattern}`) ?? pattern, help: i18n.optional(`build.help.${pattern}`) }
}

/** Label, control, and what is wrong with it or explains it. */
export function FieldFrame({ path, problem, locked = null, note, bare = false, children }: FieldFrameProps) {
  const { label, help } = useFieldWords(path)
  const id = fieldId(path)
  const noteId = `${id}-note`
  const hasNote = problem !== null || locked !== null || Boolean(note) || (help !== null && !bare)
  const notes = hasNote && (
    <div id={noteId}>
      {problem !== null && <p className="form-note bad-text">{problem}</p>}
      {locked !== null && <p className="form-note">{locked}</p>}
      {note && <div className="form-note">{note}</div>}
      {help !== null && !bare && <p className="form-note">{help}</p>}
    </div>
  )
  return (
    <div className={bare ? 'build-cell' : 'field'}>
      <label htmlFor={id} className={bare ? 'visually-hidden' : undefined}>
        {label}
      </label>
      <div>
        {children({ id, describedBy: hasNote ? noteId : undefined })}
        {notes}
      </div>
    </div>
  )
}
