import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core'
import { useState } from 'react'
import { useI18n } from '../../lib/i18n/index.ts'
import { ActionButton } from '../../ui/index.ts'
import { TextField } from './text-field.tsx'
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
    <Modal
      isOpen
      variant="small"
      className="console-dialog"
      aria-label={t('console.paste-title')}
      elementToFocus=".console-text"
      onClose={onCancel}
    >
      <ModalHeader title={t('console.paste-title')} description={t('console.paste-text')} />
      <ModalBody>
        <div className="console-form">
          <TextField text={text} onChange={setText} />
        </div>
      </ModalBody>
      <ModalFooter>
        <ActionButton variant="primary" disabledReason={text === '' ? t('console.text-empty') : undefined} onClick={() => onPaste(text)}>
          {t('console.paste-do', { count: charactersOf(text).length })}
        </ActionButton>
        <Button variant="link" onClick={onCancel}>
          {t('action.cancel')}
        </Button>
      </ModalFooter>
    </Modal>
  )
}
