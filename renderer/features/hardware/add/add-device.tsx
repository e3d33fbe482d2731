import { useI18n } from '../../../lib/i18n/index.ts'
import { useDraft } from '../use-draft.ts'
import { AddCard } from './add-card.tsx'
import { AddDisk } from './add-disk.tsx'
import { AddDrive } from './add-drive.tsx'
import { AddHostDevice } from './add-host-device.tsx'
import { AddXml } from './add-xml.tsx'

const KINDS = { disk: AddDisk, drive: AddDrive, card: AddCard, host: AddHostDevice, xml: AddXml } as const
const KIND_IDS = Object.keys(KINDS) as readonly (keyof typeof KINDS)[]

/** What kind of device, then what that kind has to know. */
export function AddDevice() {
  const { t } = useI18n()
  const draft = useDraft<{ kind: keyof typeof KINDS }>('add', { kind: 'disk' })
  const { kind } = draft.values
  const Form = KINDS[kind]
  return (
    <>
      <h2>{t('hw.add.title')}</h2>
      <fieldset className="hw-kinds">
        <legend className="visually-hidden">{t('hw.add.kind')}</legend>
        {KIND_IDS.map((id) => (
          <label key={id} className={kind === id ? 'chosen' : undefined}>
            <input type="radio" className="check-input" name="hw-kind" checked={kind === id} onChange={() => draft.set({ kind: id })} />
            <span>
              {t(`hw.add.${id}`)}
              <span className="form-note block">{t(`hw.add.${id}.text`)}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <Form key={kind} />
    </>
  )
}
