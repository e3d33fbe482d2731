import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core'
import type { HostKeyInfo } from '../../../shared/model/index.ts'
import { useT } from '../../lib/i18n/index.ts'
import { CommandLine, CopyButton, Facts } from '../../ui/index.ts'

export interface HostKeyDialogProps {
  readonly info: HostKeyInfo
  readonly busy?: boolean
  readonly onTrust: () => void
  readonly onClose: () => void
}

/** The file of a host key by its type, for the command that shows its fingerprint. */
export function keyFileOf(keyType: string): string {
  const kind = keyType.includes('ed25519') ? 'ed25519' : keyType.includes('ecdsa') ? 'ecdsa' : keyType.includes('rsa') ? 'rsa' : 'ed25519'
  return `/etc/ssh/ssh_host_${kind}_key.pub`
}

/** Asks about a key seen for the first time, or refuses a changed one until somebody has compared it. */
export function HostKeyDialog({ info, busy = false, onTrust, onClose }: HostKeyDialogProps) {
  const t = useT()
  const changed = info.status === 'changed'
  const where = info.port === 22 ? info.host : `${info.host}:${info.port}`
  const title = t(changed ? 'host-key.changed.title' : 'host-key.unknown.title', { host: where })
  return (
    <Modal isOpen variant="medium" onClose={onClose} aria-label={title} elementToFocus="#host-key-cancel">
      <ModalHeader title={title} {...(changed && { titleIconVariant: 'warning' as const })} />
      <ModalBody className="host-key">
        <p>{t(changed ? 'host-key.changed.text' : 'host-key.unknown.text')}</p>
        <Facts
          facts={[
            { label: t('host-key.type'), value: <span className="mono">{info.keyType}</span> },
            {
              label: t(changed ? 'host-key.fingerprint-now' : 'host-key.fingerprint'),
              value: (
                <span className="with-copy">
                  <b className="mono">{info.fingerprint}</b>
                  <CopyButton text={info.fingerprint} what={t('host-key.fingerprint')} />
                </span>
              ),
            },
            ...info.previous.map((one) => ({
              label: t('host-key.before', { type: one.keyType }),
              value: (
                <>
                  <span className="mono">{one.fingerprint}</span> <span className="sub small">{one.source}</span>
                </>
              ),
            })),
          ]}
        />
        <p>{t('host-key.compare')}</p>
        <CommandLine command={`ssh-keygen -lf ${keyFileOf(info.keyType)}`} />
        {changed && <p className="sub">{t('host-key.changed.warning')}</p>}
      </ModalBody>
      <ModalFooter>
        <Button variant={changed ? 'danger' : 'primary'} isLoading={busy} isDisabled={busy} onClick={onTrust}>
          {t(changed ? 'host-key.replace' : 'host-key.trust')}
        </Button>
        <Button id="host-key-cancel" variant="secondary" onClick={onClose}>
          {t(changed ? 'host-key.keep' : 'action.cancel')}
        </Button>
      </ModalFooter>
    </Modal>
  )
}
