import { useState } from 'react'
import { useI18n } from '../../lib/i18n/index.ts'
import { TextView } from '../../ui/index.ts'
import { EditForm } from './edit-form.tsx'
import { useHardware } from './hardware-context.ts'
import { useDraft } from './use-draft.ts'

type Shown = 'kept' | 'running' | 'edit'

/** Both definitions as the host has them; what the next start reads can be written anew. */
export function XmlView() {
  const { t } = useI18n()
  const { view } = useHardware()
  const { keptXml, runningXml } = view
  const draft = useDraft('definition', { xml: keptXml ?? '' })
  const [shown, setShown] = useState<Shown>(draft.isTouched ? 'edit' : keptXml === null ? 'running' : 'kept')
  const choices: readonly Shown[] = [...(keptXml === null ? [] : ['kept' as const]), ...(runningXml === null ? [] : ['running' as const])]
  return (
    <div className="hw-xml-view">
      <div className="hw-bar">
        <span className="segmented" role="radiogroup" aria-label={t('machine.xml-version')}>
          {[...choices, ...(keptXml === null ? [] : ['edit' as const])].map((one) => (
            <button key={one} type="button" role="radio" aria-checked={shown === one} onClick={() => setShown(one)}>
              {t(`hw.xml.${one}`)}
            </button>
          ))}
        </span>
        {keptXml === null && <span className="sub">{t('hw.xml.transient')}</span>}
      </div>
      {shown === 'edit' ? (
        <EditForm
          formKey={draft.key}
          edit={draft.isTouched && draft.values.xml.trim() !== '' ? { edit: 'setDefinition', xml: draft.values.xml } : null}
          save={t('hw.save.definition')}
          showsChanges
          onReset={draft.isTouched ? draft.reset : undefined}
        >
          <p className="form-note">{t('hw.xml.note')}</p>
          <textarea
            className="text-input mono hw-xml whole"
            spellCheck={false}
            aria-label={t('hw.xml.edit')}
            value={draft.values.xml}
            onChange={(event) => draft.set({ xml: event.target.value })}
          />
        </EditForm>
      ) : (
        <TextView format="xml" text={(shown === 'running' ? runningXml : keptXml) ?? ''} />
      )}
    </div>
  )
}
