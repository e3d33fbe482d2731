import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core'
import { useState } from 'react'
import { toWireError } from '../../../../shared/errors/index.ts'
import type { Host, LeftMachine, Maintenance } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { useLive } from '../../../lib/live/index.ts'
import { Banner, ConfirmDialog, Problem } from '../../../ui/index.ts'
import { useLeave } from './queries.ts'
import { NAMED } from './words.ts'

export interface ReturnDialogProps {
  readonly host: Host
  readonly maintenance: Maintenance
  readonly onClose: () => void
}

/** The host is used again, with its machines brought back from where they are now, or left there. */
export function ReturnDialog({ host, maintenance: { moved, stopped }, onClose }: ReturnDialogProps) {
  const { t } = useI18n()
  const { store } = useLive()
  const [tokens] = useState(() => ({ back: crypto.randomUUID(), stay: crypto.randomUUID() }))
  const [left, setLeft] = useState<readonly LeftMachine[]>([])
  const leave = useLeave()
  const count = moved.length + stopped.length
  const end = (bringBack: boolean) => {
    const token = bringBack ? tokens.back : tokens.stay
    const onSuccess = (answer: { readonly left: readonly LeftMachine[] }) => (answer.left.length > 0 ? setLeft(answer.left) : onClose())
    leave.mutate({ hostId: host.id, bringBack, token }, { onSuccess })
  }
  if (left.length > 0) return <LeftDialog host={host} left={left} onClose={onClose} />
  const whereOf = (machine: Maintenance['moved'][number]) =>
    store.get('host', store.get('machine', machine.nowMachineId)?.hostId ?? machine.toHostId)?.name ?? '–'
  return (
    <ConfirmDialog
      title={t('maintenance.end-title', { host: host.name })}
      confirm={count > 0 ? t('maintenance.bring-back', { count }) : t('maintenance.end')}
      cancel={t('action.cancel')}
      busy={leave.isPending}
      other={count > 0 ? { label: t('maintenance.leave-there'), run: () => end(false) } : undefined}
      onConfirm={() => end(count > 0)}
      onCancel={onClose}
    >
      {count === 0 && <p>{t('maintenance.end-empty', { host: host.name })}</p>}
      {moved.length > 0 && (
        <>
          <p>{t('maintenance.end-moved', { count: moved.length })}</p>
          <ul className="dialog-list">
            {moved.slice(0, NAMED).map((machine) => (
              <li key={machine.machineId}>{t('maintenance.machine-at', { name: machine.name, host: whereOf(machine) })}</li>
            ))}
            {moved.length > NAMED && <li>{t('network.more-machines', { count: moved.length - NAMED })}</li>}
          </ul>
        </>
      )}
      {stopped.length > 0 && (
        <>
          <p>{t('maintenance.end-stopped', { count: stopped.length })}</p>
          <ul className="dialog-list">
            {stopped.slice(0, NAMED).map(({ machineId, name }) => (
              <li key={machineId}>{name}</li>
            ))}
          </ul>
        </>
      )}
      {leave.error && (
        <Banner tone="bad">
          <Problem error={toWireError(leave.error)} />
        </Banner>
      )}
    </ConfirmDialog>
  )
}

/** Those that cannot come, with why: it is said once, and nothing waits for them. */
function LeftDialog({ host, left, onClose }: { readonly host: Host; readonly left: readonly LeftMachine[]; readonly onClose: () => void }) {
  const i18n = useI18n()
  const { t } = i18n
  const title = t('maintenance.left-title', { host: host.name })
  return (
    <Modal isOpen variant="small" aria-label={title} onClose={onClose}>
      <ModalHeader title={title} />
      <ModalBody>
        <ul className="dialog-list">
          {left.map(({ machineId, name, reason }) => (
            <li key={machineId}>
              <b>{name}</b>: {i18n.reason(reason)}
            </li>
          ))}
        </ul>
      </ModalBody>
      <ModalFooter>
        <Button variant="primary" onClick={onClose}>
          {t('action.close')}
        </Button>
      </ModalFooter>
    </Modal>
  )
}
