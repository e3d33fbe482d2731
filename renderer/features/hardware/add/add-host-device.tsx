import type { HostDevice } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { EditForm } from '../edit-form.tsx'
import { useHardware } from '../hardware-context.ts'
import { useDraft } from '../use-draft.ts'

/** A device of the host, with what shares its group: the host loses all of that. */
export function AddHostDevice() {
  const i18n = useI18n()
  const { t } = i18n
  const { options } = useHardware()
  const draft = useDraft('add host', { name: '' })
  const devices = options?.hostDevices ?? []
  const { name } = draft.values
  return (
    <EditForm
      formKey={draft.key}
      edit={name === '' ? null : { edit: 'addHostDevice', hostDevice: name }}
      save={t('hw.save.add-host')}
      onReset={draft.isTouched ? draft.reset : undefined}
    >
      {devices.length === 0 && <p className="sub">{t('hw.add.no-host-device')}</p>}
      {(['pci', 'usb', 'mdev'] as const).map((kind) => {
        const own = devices.filter((device) => device.kind === kind)
        return own.length === 0 ? null : (
          <fieldset key={kind} className="hw-group hw-host-devices">
            <legend>{t(`hw.host.${kind}`)}</legend>
            {own.map((device) => (
              <Offered
                key={device.name}
                device={device}
                isChosen={device.name === name}
                onChoose={() => draft.set({ name: device.name })}
              />
            ))}
          </fieldset>
        )
      })}
    </EditForm>
  )
}

interface OfferedProps {
  readonly device: HostDevice
  readonly isChosen: boolean
  readonly onChoose: () => void
}

function Offered({ device, isChosen, onChoose }: OfferedProps) {
  const i18n = useI18n()
  const { t } = i18n
  const { address, vendor, product, driver, iommuGroup, groupMates, reason } = device
  return (
    <label className={isChosen ? 'check-line chosen' : 'check-line'}>
      <input type="radio" className="check-input" name="hw-host-device" checked={isChosen} disabled={reason !== null} onChange={onChoose} />
      <span>
        {product ?? device.name} {vendor && <span className="sub">{vendor}</span>}
        <span className="form-note block num">
          {[address, driver && t('hw.host.driver', { driver }), iommuGroup === null ? null : t('hw.host.group', { group: iommuGroup })]
            .filter((part) => part !== null)
            .join(', ')}
        </span>
        {groupMates.length > 0 && reason === null && (
          <span className="form-note block warn-text">
            {t('hw.host.mates', {
              devices: groupMates.map((mate) => (mate.product === null ? mate.name : `${mate.product} (${mate.name})`)).join(', '),
            })}
          </span>
        )}
        {reason && <span className="form-note block">{i18n.reason(reason)}</span>}
      </span>
    </label>
  )
}
