import { useI18n } from '../../../lib/i18n/index.ts'
import { type PoolFormState, TextLine } from './form-line.tsx'
import { BUILDABLE, proposedName, WRITES_DEVICES } from './pool-draft.ts'

/** Its name, and what is made or written over on the way. */
export function PoolOptions({ form, taken }: { readonly form: PoolFormState; readonly taken: ReadonlySet<string> }) {
  const { t } = useI18n()
  const { draft, put } = form
  const { type, build, overwrite, autostart } = draft
  const device = type === 'disk' ? draft.device : draft.devices
  return (
    <>
      <TextLine form={form} field="name" proposed={proposedName(draft, taken)} />
      {BUILDABLE.has(type) && (
        <Check
          label={t(`storage.build.${type}` as 'storage.build.dir')}
          note={t(`storage.build-note.${type}` as 'storage.build-note.dir')}
          checked={build}
          onChange={(on) => put({ build: on, ...(!on && { overwrite: false }) })}
        />
      )}
      {build && WRITES_DEVICES.has(type) && (
        <Check
          label={t('storage.overwrite')}
          note={t('storage.overwrite.note', { device: device.trim() === '' ? '…' : device.trim() })}
          isBad={overwrite}
          checked={overwrite}
          onChange={(on) => put({ overwrite: on })}
        />
      )}
      <Check
        label={t('storage.autostart.check')}
        note={t('storage.autostart.note')}
        checked={autostart}
        onChange={(on) => put({ autostart: on })}
      />
    </>
  )
}

interface CheckProps {
  readonly label: string
  readonly note: string
  readonly isBad?: boolean
  readonly checked: boolean
  readonly onChange: (on: boolean) => void
}

function Check({ label, note, isBad = false, checked, onChange }: CheckProps) {
  return (
    <div className="field">
      <span className="field-label" />
      <label className="check-line">
        <input type="checkbox" className="check-input" checked={checked} onChange={(event) => onChange(event.target.checked)} />
        <span>
          {label}
          <span className={`form-note block${isBad ? ' bad-text' : ''}`}>{note}</span>
        </span>
      </label>
    </div>
  )
}
