import { FormGroup, TextInput } from '@patternfly/react-core'
import { useState } from 'react'
import { useT } from '../../lib/i18n/index.ts'
import type { ActionDialogProps } from './dialog.ts'
import { FormDialog } from './form-dialog.tsx'

export function RenameDialog({ plan, onRun, onCancel }: ActionDialogProps) {
  const t = useT()
  const machine = plan.fits[0]
  const [name, setName] = useState(machine?.name ?? '')
  if (!machine) return null
  const wanted = name.trim()
  return (
    <FormDialog
      title={t('rename.title', { name: machine.name })}
      submit={t('rename.save')}
      disabled={wanted === '' || wanted === machine.name}
      focus="#machine-name"
      onSubmit={() => onRun([machine.id], { action: 'rename', name: wanted })}
      onCancel={onCancel}
    >
      <FormGroup label={t('rename.name')} fieldId="machine-name">
        <TextInput id="machine-name" value={name} maxLength={255} onChange={(_event, value) => setName(value)} />
      </FormGroup>
    </FormDialog>
  )
}
