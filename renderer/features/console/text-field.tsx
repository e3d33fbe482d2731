import { useEffect, useId, useState } from 'react'
import { useI18n } from '../../lib/i18n/index.ts'

export interface TextFieldProps {
  readonly text: string
  readonly onChange: (text: string) => void
}

/** The text to send, hidden on wish: it may be a password. Filled from the clipboard where the page may read it. */
export function TextField({ text, onChange }: TextFieldProps) {
  const { t } = useI18n()
  const id = useId()
  const [hidden, setHidden] = useState(false)
  useEffect(() => {
    let isThere = true
    // Mostly it may not, and then the person pastes: reading needs a permission that no page has by itself.
    void readClipboard().then((found) => {
      if (isThere && found !== '') onChange(found)
    })
    return () => {
      isThere = false
    }
  }, [onChange])
  return (
    <>
      <label htmlFor={id} className="visually-hidden">
        {t('console.text')}
      </label>
      <textarea
        id={id}
        className={`text-input mono console-text${hidden ? ' hidden-text' : ''}`}
        placeholder={t('console.text-placeholder')}
        spellCheck={false}
        autoComplete="off"
        rows={4}
        value={text}
        onChange={(event) => onChange(event.target.value)}
      />
      <label className="check-line">
        <input type="checkbox" className="check-input" checked={hidden} onChange={(event) => setHidden(event.target.checked)} />
        <span>{t('console.text-hide')}</span>
      </label>
    </>
  )
}

async function readClipboard(): Promise<string> {
  try {
    const { state } = await navigator.permissions.query({ name: 'clipboard-read' as PermissionName })
    // asked of nobody: a question of the browser's over the dialog would be in the way
    return state === 'granted' ? await navigator.clipboard.readText() : ''
  } catch {
    // Firefox knows no such permission.
    return ''
  }
}
