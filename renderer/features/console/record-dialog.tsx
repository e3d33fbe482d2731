import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core'
import { useState } from 'react'
import { useI18n } from '../../lib/i18n/index.ts'
import { MOST_RECORDED_BYTES } from './recording.ts'

export interface RecordDialogProps {
  readonly onStart: (withInput: boolean) => void
  readonly onCancel: () => void
}

/** What will be in a recording and where it goes, before anything is recorded. */
export function RecordDialog({ onStart, onCancel }: RecordDialogProps) {
  const { t, format } = useI18n()
  const [withInput, setWithInput] = useState(false)
  return (
    <Modal isOpen variant="small" className="console-dialog" aria-label={t('console.record.title')} onClose={onCancel}>
      <ModalHeader title={t('console.record.title')} />
      <ModalBody>
        <div className="console-form">
          <p>{t('console.record.what')}</p>
          <p>{t('console.record.where', { size: format.bytes(MOST_RECORDED_BYTES) })}</p>
          <label className="check-line">
            <input type="checkbox" className="check-input" checked={withInput} onChange={(event) => setWithInput(event.target.checked)} />
            <span>
              {t('console.record.input')}
              <span className="form-note block">{t('console.record.input-note')}</span>
            </span>
          </label>
        </div>
      </ModalBody>
      <ModalFooter>
        <Button onClick={() => onStart(withInput)}>{t('console.record.do')}</Button>
        <Button variant="link" onClick={onCancel}>
          {t('action.cancel')}
        </Button>
      </ModalFooter>
    </Modal>
  )
}
