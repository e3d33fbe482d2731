import { Button, Form, FormGroup, Modal, ModalBody, ModalFooter, ModalHeader, TextInput } from '@patternfly/react-core'
import { useState } from 'react'
import { useT } from '../../lib/i18n/index.ts'
import type { ActionDialogProps } from './dialog.ts'

export function RenameDialog({ plan, onRun, onCancel }: ActionDialogProps) {
  const t = useT()
  const machine = plan.fits[0]
  const [name, setName] = useState(machine?.name ?? '')
  if (!machine) return null
  const title = t('rename.title', { name: machine.name })
  const wanted = name.trim()
  const same = wanted === '' || wanted === machine.name
  return (
    <Modal isOpen variant="small" aria-label={title} onClose={onCancel} elementToFocus="#machine-name">
      <ModalHeader title={title} />
      <ModalBody>
        <Form
          id="rename-form"
          onSubmit={(event) => {
            event.preventDefault()
            if (!same) onRun([machine.id], { action: 'rename', name: wanted })
          }}
        >
          <FormGroup label={t('rename.name')} fieldId="machine-name">
            <TextInput id="machine-name" value={name} maxLength={255} onChange={(_event, value) => setName(value)} />
          </FormGroup>
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button variant="primary" type="submit" form="rename-form" isDisabled={same}>
          {t('rename.save')}
        </Button>
        <Button variant="secondary" onClick={onCancel}>
          {t('action.cancel')}
        </Button>
      </ModalFooter>
    </Modal>
  )
}
