import { Button } from '@patternfly/react-core'
import { useState } from 'react'
import { useI18n } from '../../../lib/i18n/index.ts'
import { deviceXmlOf } from '../device-xml.ts'
import { formKey } from '../drafts.ts'
import { EditForm } from '../edit-form.tsx'
import { useHardware } from '../hardware-context.ts'
import { type Device, deviceTitle, isDisk, isNic } from '../items.ts'
import { useDraft } from '../use-draft.ts'

/** Every device has these: its XML, and the way to be rid of it. */
export function DeviceForms({ device }: { readonly device: Device }) {
  const { t } = useI18n()
  const [open, setOpen] = useState<'xml' | 'remove' | null>(null)
  const toggle = (part: 'xml' | 'remove') => setOpen(open === part ? null : part)
  return (
    <div className="hw-device-parts">
      <span className="hw-actions">
        <Button variant="secondary" size="sm" aria-expanded={open === 'xml'} onClick={() => toggle('xml')}>
          {t('hw.device-xml')}
        </Button>
        <Button variant="secondary" size="sm" aria-expanded={open === 'remove'} onClick={() => toggle('remove')}>
          {t('hw.remove')}
        </Button>
      </span>
      {open !== null && (
        <div key={open} ref={intoView}>
          {open === 'xml' ? <XmlForm device={device} /> : <RemoveForm device={device} />}
        </div>
      )}
    </div>
  )
}

/** It opens at the foot of the form, below the edge more often than not. */
function intoView(part: HTMLDivElement | null): void {
  part?.scrollIntoView({ block: 'start' })
}

function XmlForm({ device }: { readonly device: Device }) {
  const { t } = useI18n()
  const { view } = useHardware()
  const text =
    isDisk(device) || isNic(device) ? (deviceXmlOf(view.keptXml, device.key) ?? deviceXmlOf(view.runningXml, device.key)) : device.xml
  const draft = useDraft(`xml ${device.key}`, { xml: text ?? '' })
  const { xml } = draft.values
  return (
    <EditForm
      formKey={draft.key}
      title={t('hw.device-xml.title')}
      edit={draft.isTouched && xml.trim() !== '' ? { edit: 'changeDevice', device: device.key, xml } : null}
      save={t('hw.save.xml')}
      showsChanges
      onReset={draft.isTouched ? draft.reset : undefined}
    >
      <textarea
        className="text-input mono hw-xml"
        rows={Math.min(24, xml.split('\n').length + 2)}
        spellCheck={false}
        aria-label={t('hw.device-xml.title')}
        value={xml}
        onChange={(event) => draft.set({ xml: event.target.value })}
      />
    </EditForm>
  )
}

function RemoveForm({ device }: { readonly device: Device }) {
  const i18n = useI18n()
  const { t } = i18n
  const { machine } = useHardware()
  return (
    <EditForm
      formKey={formKey(machine.id, `remove ${device.key}`)}
      title={t('hw.remove.title', { device: deviceTitle(device, i18n), name: machine.name })}
      edit={{ edit: 'removeDevice', device: device.key }}
      save={t('hw.save.remove')}
      danger
    >
      <p className="sub">{t('hw.remove.text')}</p>
    </EditForm>
  )
}
