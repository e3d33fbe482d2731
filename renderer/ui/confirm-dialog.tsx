import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core'
import type { ReactNode } from 'react'

export interface ConfirmDialogProps {
  readonly title: string
  /** The verb that does it, such as "Delete 3 machines". */
  readonly confirm: string
  readonly cancel: string
  readonly danger?: boolean
  readonly busy?: boolean
  /** The confirming button waits for something, such as a typed name. */
  readonly disabled?: boolean
  /** Another way of doing it, as good as the first or worse: it stands beside it. */
  readonly other?: { readonly label: string; readonly run: () => void } | undefined
  readonly children?: ReactNode
  readonly onConfirm: () => void
  readonly onCancel: () => void
}

/** Asks before what cannot be taken back, and names what goes. The harmless answer has the focus. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  return (
    <Modal isOpen variant="small" onClose={props.onCancel} aria-label={props.title} elementToFocus="#confirm-dialog-cancel">
      <ModalHeader title={props.title} />
      <ModalBody>{props.children}</ModalBody>
      <ModalFooter>
        <Button
          variant={props.danger ? 'danger' : 'primary'}
          isDisabled={props.disabled === true || props.busy === true}
          isLoading={props.busy === true}
          onClick={props.onConfirm}
        >
          {props.confirm}
        </Button>
        {props.other && (
          <Button variant="secondary" isDisabled={props.disabled === true || props.busy === true} onClick={props.other.run}>
            {props.other.label}
          </Button>
        )}
        <Button id="confirm-dialog-cancel" variant="secondary" onClick={props.onCancel}>
          {props.cancel}
        </Button>
      </ModalFooter>
    </Modal>
  )
}
