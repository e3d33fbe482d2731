import { useState } from 'react'
import type { EditableDisk, HardwareEdit } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { formKey } from '../drafts.ts'
import { EditForm } from '../edit-form.tsx'
import { CheckLine, Field } from '../field.tsx'
import { useHardware } from '../hardware-context.ts'
import { useDraft } from '../use-draft.ts'
import { SettingsForm } from './disk-forms.tsx'
import { VolumeChoice } from './volume-choice.tsx'

/** A drive: what is in it, and how it is attached. */
export function DriveForms({ drive }: { readonly drive: EditableDisk }) {
  return (
    <>
      <MediaForm drive={drive} />
      {drive.source !== null && <EjectForm drive={drive} />}
      <SettingsForm disk={drive} />
    </>
  )
}

function MediaForm({ drive }: { readonly drive: EditableDisk }) {
  const { t } = useI18n()
  const { parts } = useHardware()
  const [first] = parts?.pools.filter(({ active }) => active) ?? []
  const initial = { by: 'volume', pool: drive.place?.pool ?? first?.name ?? '', volume: drive.place?.volume ?? '', path: '' }
  const draft = useDraft(`media ${drive.key}`, initial)
  const { values } = draft
  const media = values.by === 'path' ? { path: values.path.trim() } : { pool: values.pool, volume: values.volume }
  const isWhole = values.by === 'path' ? values.path.trim() !== '' : values.volume !== ''
  const edit: HardwareEdit | null = draft.isTouched && isWhole ? { edit: 'setMedia', device: drive.key, media, force: false } : null
  return (
    <EditForm
      formKey={draft.key}
      title={t('hw.media')}
      edit={edit}
      save={t(drive.source === null ? 'hw.save.insert' : 'hw.save.swap')}
      onReset={draft.isTouched ? draft.reset : undefined}
    >
      <p>{drive.source === null ? t('hw.empty-drive') : t('hw.media.now', { source: drive.source })}</p>
      <span className="segmented" role="radiogroup" aria-label={t('hw.media.from')}>
        {(['volume', 'path'] as const).map((by) => (
          <button key={by} type="button" role="radio" aria-checked={values.by === by} onClick={() => draft.set({ by })}>
            {t(`hw.media.${by}`)}
          </button>
        ))}
      </span>
      {values.by === 'path' ? (
        <Field label={t('hw.field.path')} note={t('hw.note.path')}>
          {(id, describedBy) => (
            <input
              id={id}
              type="text"
              className="text-input mono"
              value={values.path}
              aria-describedby={describedBy}
              spellCheck={false}
              onChange={(event) => draft.set({ path: event.target.value })}
            />
          )}
        </Field>
      ) : (
        <VolumeChoice place={{ pool: values.pool, volume: values.volume }} use="iso" onChange={(place) => draft.set(place)} />
      )}
    </EditForm>
  )
}

function EjectForm({ drive }: { readonly drive: EditableDisk }) {
  const { t } = useI18n()
  const { machine, view } = useHardware()
  const [force, setForce] = useState(false)
  return (
    <EditForm
      formKey={formKey(machine.id, `eject ${drive.key}`)}
      title={t('hw.eject')}
      edit={{ edit: 'setMedia', device: drive.key, media: null, force }}
      save={t('hw.save.eject')}
    >
      {view.running && <CheckLine label={t('hw.force')} note={t('hw.note.force')} checked={force} onChange={setForce} />}
    </EditForm>
  )
}
