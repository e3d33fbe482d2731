import type { ReactNode } from 'react'
import { useT } from '../../../lib/i18n/index.ts'
import type { PoolDraft } from './pool-draft.ts'

/** What the fields of the form share. */
export interface PoolFormState {
  readonly draft: PoolDraft
  readonly put: (change: Partial<PoolDraft>) => void
  readonly problemOf: (field: keyof PoolDraft) => string | null
  readonly visit: (field: keyof PoolDraft) => void
}

export interface TextLineProps {
  readonly form: PoolFormState
  readonly field: { [K in keyof PoolDraft]: PoolDraft[K] extends string | null ? K : never }[keyof PoolDraft]
  /** Shown while nothing was typed: what is taken then. */
  readonly proposed?: string
  readonly placeholder?: string
  readonly note?: string
  readonly mono?: boolean
  readonly secret?: boolean
  readonly children?: ReactNode
}

/** A text of the draft with its label, and what is wrong with it. */
export function TextLine({ form, field, proposed, placeholder, note, mono = false, secret = false, children }: TextLineProps) {
  const t = useT()
  const { draft, put, problemOf, visit } = form
  const problem = problemOf(field)
  const id = `pool-${field}`
  return (
    <div className="field">
      <label htmlFor={id}>{t(`storage.field.${field}` as 'storage.field.path')}</label>
      <div>
        <input
          id={id}
          type={secret ? 'password' : 'text'}
          className={`text-input${mono ? ' mono' : ''}`}
          value={draft[field] ?? proposed ?? ''}
          placeholder={placeholder}
          aria-invalid={problem !== null}
          aria-describedby={problem === null && note === undefined ? undefined : `${id}-note`}
          autoComplete={secret ? 'new-password' : 'off'}
          autoCapitalize="off"
          spellCheck={false}
          onChange={(event) => put({ [field]: event.target.value })}
          onBlur={() => visit(field)}
        />
        {(problem !== null || note !== undefined) && (
          <p id={`${id}-note`} className={`form-note${problem === null ? '' : ' bad-text'}`}>
            {problem ?? note}
          </p>
        )}
        {children}
      </div>
    </div>
  )
}
