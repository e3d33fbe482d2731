import { useState } from 'react'
import { useI18n } from '../../lib/i18n/index.ts'
import { ActionButton } from '../../ui/index.ts'
import { TextDialog } from './text-dialog.tsx'
import { charactersOf } from './typing.ts'

export interface PasteDialogProps {
  readonly onPaste: (text: string) => void
  readonly onCancel: () => void
}

/** A text into a serial port, where a page may not read the clipboard by itself. */
export function PasteDialog({ onPaste, onCancel }: PasteDialogProps) {
  const { t } = useI18n()
  const [text, setText] = useState('')
  return (
    <TextDialog
      title={t('console.paste-title')}
      description={t('console.paste-text')}
      text={text}
      onText={setText}
      onCancel={onCancel}
      actions={
        <ActionButton variant="primary" disabledReason={text === '' ? t('console.text-empty') : undefined} onClick={() => onPaste(text)}>
          {t('console.paste-do', { count: charactersOf(text).length })}
        </ActionButton>
      }
    />
  )
}
