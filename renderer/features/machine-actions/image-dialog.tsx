import { FormGroup, TextInput } from '@patternfly/react-core'
import { useState } from 'react'
import { useT } from '../../lib/i18n/index.ts'
import type { ActionDialogProps } from './dialog.ts'
import { FormDialog } from './form-dialog.tsx'
import { Help } from './help.tsx'
import { nameFor } from './names.ts'

/** A private image of one machine, to make others from. */
export function ImageDialog({ plan, onRun, onCancel }: ActionDialogProps) {
  const t = useT()
  const machine = plan.fits[0]
  const [name, setName] = useState(() => nameFor([machine?.name ?? ''], new Date()))
  if (!machine) return null
  const wanted = name.trim()
  return (
    <FormDialog
      title={t('image.title', { name: machine.name })}
      submit={t('image.make')}
      disabled={wanted === ''}
      focus="#image-name"
      onSubmit={() => onRun([machine.id], { action: 'createImage', name: wanted })}
      onCancel={onCancel}
    >
      <FormGroup label={t('image.name')} fieldId="image-name">
        <TextInput id="image-name" maxLength={63} value={name} aria-describedby="image-help" onChange={(_event, value) => setName(value)} />
        <Help id="image-help">{t(machine.state === 'running' ? 'image.running' : 'image.stopped')}</Help>
      </FormGroup>
    </FormDialog>
  )
}
