import { Button } from '@patternfly/react-core'
import { type ChangeEvent, useId, useRef, useState } from 'react'
import { useT } from '../../lib/i18n/index.ts'
import type { KeyNote } from './key-note.ts'

/** What the contract takes of a secret. */
const MAX_CHARACTERS = 100_000

export interface SecretTextProps {
  readonly id: string
  readonly describedBy: string | undefined
  readonly value: string
  /** What can be told of it without showing it. */
  readonly note: KeyNote | null
  readonly onChange: (text: string) => void
}

/** A secret of several lines, pasted or out of a file. It can be read while it is typed, and is dots otherwise. */
export function SecretText({ id, describedBy, value, note, onChange }: SecretTextProps) {
  const t = useT()
  const noteId = useId()
  const picker = useRef<HTMLInputElement>(null)
  const [problem, setProblem] = useState<'secret-file.too-long' | 'secret-file.no-text' | 'secret-file.unreadable' | null>(null)

  async function read({ target }: ChangeEvent<HTMLInputElement>) {
    const file = target.files?.[0]
    // The same file can be chosen again once it was mended.
    target.value = ''
    if (!file) return
    if (file.size > MAX_CHARACTERS) return setProblem('secret-file.too-long')
    const text = await file.text().catch(() => null)
    if (text === null) setProblem('secret-file.unreadable')
    else if (text.includes('\0') || text.includes('\uFFFD')) setProblem('secret-file.no-text')
    else {
      setProblem(null)
      onChange(text)
    }
  }

  return (
    <div className="secret-text">
      <textarea
        id={id}
        className="text-input mono"
        rows={3}
        value={value}
        maxLength={MAX_CHARACTERS}
        aria-describedby={describedBy ? `${describedBy} ${noteId}` : noteId}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => {
          setProblem(null)
          onChange(event.target.value)
        }}
      />
      <div className="secret-file">
        <Button variant="secondary" size="sm" onClick={() => picker.current?.click()}>
          {t('secret-file.choose')}
        </Button>
        <span id={noteId} role="status" className={problem || note?.wrong ? 'bad-text' : 'sub'}>
          {problem ? t(problem) : note ? t(note.key, note.params) : ''}
        </span>
      </div>
      <input ref={picker} type="file" hidden tabIndex={-1} aria-hidden onChange={(event) => void read(event)} />
    </div>
  )
}
