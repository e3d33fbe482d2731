import { Button, Form, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core'
import { type ReactNode, useId } from 'react'
import { useT } from '../../lib/i18n/index.ts'

export interface FormDialogProps {
  readonly title: string
  readonly submit: string
  readonly disabled: boolean
  /** CSS selector of what has the focus first. */
  readonly focus: string
  readonly children: ReactNode
  readonly onSubmit: () => void
  readonly onCancel: () => void
}

/** A small form in a dialog: Enter sends it. */
export function FormDialog({ title, submit, disabled, focus, children, onSubmit, onCancel }: FormDialogProps) {
  const t = useT()
  const id = useId()
  return (
    <Modal isOpen variant="small" aria-label={title} onClose={onCancel} elementToFocus={focus}>
      <ModalHeader title={title} />
      <ModalBody>
        <Form
          id={id}
          onSubmit={(event) => {
            event.preventDefault()
            if (!disabled) onSubmit()
          }}
        >
          {children}
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button variant="primary" type="submit" form={id} isDisabled={disabled}>
          {submit}
        </Button>
        <Button variant="secondary" onClick={onCancel}>
          {t('action.cancel')}
        </Button>
      </ModalFooter>
    </Modal>
  )
}
