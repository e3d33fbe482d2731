import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core'
import type { ReactNode } from 'react'
import { useI18n } from '../../lib/i18n/index.ts'
import { TextField } from './text-field.tsx'

export interface TextDialogProps {
  readonly title: string
  readonly description: string
  readonly text: string
  readonly onText: (text: string) => void
  readonly onCancel: () => void
  /** Under the text. */
  readonly children?: ReactNode
  /** The buttons before that which gives it up. */
  readonly actions: ReactNode
}

/** Asks for a text that goes into the machine. */
export function TextDialog({ title, description, text, onText, onCancel, children, actions }: TextDialogProps) {
  const { t } = useI18n()
  return (
    <Modal isOpen variant="small" className="console-dialog" aria-label={title} elementToFocus=".console-text" onClose={onCancel}>
      <ModalHeader title={title} description={description} />
      <ModalBody>
        <div className="console-form">
          <TextField text={text} onChange={onText} />
          {children}
        </div>
      </ModalBody>
      <ModalFooter>
        {actions}
        <Button variant="link" onClick={onCancel}>
          {t('action.cancel')}
        </Button>
      </ModalFooter>
    </Modal>
  )
}
