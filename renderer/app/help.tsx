import { Button, Modal, ModalBody, ModalHeader } from '@patternfly/react-core'
import { RhUiQuestionMarkCircleIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-question-mark-circle-icon'
import { useState } from 'react'
import { useT } from '../lib/i18n/index.ts'
import { SHORTCUTS } from '../lib/keyboard/shortcuts.ts'
import { useSession } from '../lib/session/index.ts'
import { Kbd } from '../ui/index.ts'

export function HelpButton() {
  const t = useT()
  const { info } = useSession()
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button variant="plain" size="sm" aria-label={t('help.title')} icon={<RhUiQuestionMarkCircleIcon />} onClick={() => setOpen(true)} />
      {open && (
        <Modal isOpen variant="small" onClose={() => setOpen(false)} aria-label={t('help.title')}>
          <ModalHeader title={t('help.title')} />
          <ModalBody>
            <dl className="help-keys">
              {SHORTCUTS.map(([keys, meaning]) => (
                <div key={meaning}>
                  <dt>
                    {keys.map((key) => (
                      <Kbd key={key}>{key}</Kbd>
                    ))}
                  </dt>
                  <dd>{t(meaning)}</dd>
                </div>
              ))}
            </dl>
            {info && <p className="sub small">{t('help.version', { version: info.version, face: info.face })}</p>}
          </ModalBody>
        </Modal>
      )}
    </>
  )
}
