import { Button, Form, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core'
import { useId, useState } from 'react'
import type { NetworkDetail, NetworkEdit } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { ActionButton, Panel } from '../../ui/index.ts'
import { CommandNote } from './command-note.tsx'
import { rangeProblems } from './create-form.ts'
import type { NetworkCommand } from './queries.ts'
import { networkAddress, usualRange } from './subnets.ts'

type Subnet = NetworkDetail['subnets'][number]

export interface EditingProps {
  readonly detail: NetworkDetail
  readonly blocked: string | undefined
  readonly command: NetworkCommand
  readonly onEdit: (edit: NetworkEdit, onBegun?: () => void) => void
}

/** Subnets with the host's own address and what DHCP gives. */
export function SubnetTable({ detail, blocked, command, onEdit }: EditingProps) {
  const { t } = useI18n()
  const [open, setOpen] = useState<Subnet | null>(null)
  return (
    <Panel title={t('network.subnets')}>
      <table className="plain-table inset num">
        <thead>
          <tr>
            <th scope="col">{t('network.subnet')}</th>
            <th scope="col">{t('network.host-address')}</th>
            <th scope="col">DHCP</th>
            <th scope="col">
              <span className="visually-hidden">{t('network.change')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {detail.subnets.map((subnet) => (
            <tr key={subnet.address}>
              <td>{networkAddress(subnet)}</td>
              <td>{subnet.address}</td>
              <td>{subnet.dhcp ? `${subnet.dhcp.start} – ${subnet.dhcp.end}` : t('network.no-dhcp')}</td>
              <td className="end">
                <ActionButton
                  variant="link"
                  isInline
                  disabledReason={blocked}
                  aria-label={t('network.change-range', { subnet: networkAddress(subnet) })}
                  onClick={() => setOpen(subnet)}
                >
                  {t('network.change-ask')}
                </ActionButton>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {open && (
        <RangeDialog
          subnet={open}
          command={command}
          onSubmit={(dhcp) => onEdit({ edit: 'setRange', subnet: open.address, dhcp }, () => setOpen(null))}
          onClose={() => setOpen(null)}
        />
      )}
    </Panel>
  )
}

interface RangeDialogProps {
  readonly subnet: Subnet
  readonly command: NetworkCommand
  readonly onSubmit: (dhcp: Subnet['dhcp']) => void
  readonly onClose: () => void
}

function RangeDialog({ subnet, command, onSubmit, onClose }: RangeDialogProps) {
  const i18n = useI18n()
  const { t } = i18n
  const id = useId()
  const usual = usualRange(subnet)
  const [isOn, setOn] = useState(subnet.dhcp !== null)
  const [start, setStart] = useState(subnet.dhcp?.start ?? usual?.start ?? '')
  const [end, setEnd] = useState(subnet.dhcp?.end ?? usual?.end ?? '')
  const problems = isOn ? rangeProblems(subnet, start, end) : []
  const title = t('network.change-range', { subnet: networkAddress(subnet) })
  return (
    <Modal isOpen variant="small" aria-label={title} onClose={onClose} elementToFocus={`#${CSS.escape(`${id}-on`)}`}>
      <ModalHeader title={title} />
      <ModalBody>
        <Form
          id={id}
          onSubmit={(event) => {
            event.preventDefault()
            if (problems.length === 0) onSubmit(isOn ? { start: start.trim(), end: end.trim() } : null)
          }}
        >
          <label className="check-line">
            <input
              id={`${id}-on`}
              type="checkbox"
              className="check-input"
              checked={isOn}
              onChange={({ target }) => setOn(target.checked)}
            />
            <span>{t('network.field.dhcp-text')}</span>
          </label>
          {isOn &&
            (
              [
                ['start', start, setStart],
                ['end', end, setEnd],
              ] as const
            ).map(([field, value, set]) => (
              <div key={field} className="field">
                <label htmlFor={`${id}-${field}`}>{t(`network.field.${field}`)}</label>
                <input
                  id={`${id}-${field}`}
                  className="text-input mono"
                  value={value}
                  spellCheck={false}
                  aria-invalid={problems.some((one) => one.field === field)}
                  onChange={({ target }) => set(target.value)}
                />
              </div>
            ))}
          {problems[0] && (
            <p className="form-note bad-text" role="alert">
              {i18n.wording(`network.problem.${problems[0].code}`, problems[0].params ?? {})}
            </p>
          )}
          {!isOn && <p className="form-note">{t('network.no-dhcp-note')}</p>}
        </Form>
        {command.error && <CommandNote command={command} />}
      </ModalBody>
      <ModalFooter>
        <Button variant="primary" type="submit" form={id} isDisabled={problems.length > 0 || command.isBusy}>
          {t('network.change')}
        </Button>
        <Button variant="secondary" onClick={onClose}>
          {t('action.cancel')}
        </Button>
      </ModalFooter>
    </Modal>
  )
}
