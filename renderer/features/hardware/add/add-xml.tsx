import { useI18n } from '../../../lib/i18n/index.ts'
import { EditForm } from '../edit-form.tsx'
import { useDraft } from '../use-draft.ts'

/** Whatever libvirt knows and has no form here. */
export function AddXml() {
  const { t } = useI18n()
  const draft = useDraft('add xml', { xml: '' })
  const { xml } = draft.values
  return (
    <EditForm
      formKey={draft.key}
      edit={xml.trim() === '' ? null : { edit: 'addDevice', xml }}
      save={t('hw.save.add-xml')}
      showsChanges
      onReset={draft.isTouched ? draft.reset : undefined}
    >
      <textarea
        className="text-input mono hw-xml"
        rows={8}
        spellCheck={false}
        aria-label={t('hw.device-xml.title')}
        placeholder={"<watchdog model='itco' action='reset'/>"}
        value={xml}
        onChange={(event) => draft.set({ xml: event.target.value })}
      />
      <p className="form-note">{t('hw.add.xml.note')}</p>
    </EditForm>
  )
}
