import type { EditableHardware, HardwareEdit } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { EditForm } from '../edit-form.tsx'
import { Field, NumberInput } from '../field.tsx'
import { useHardware } from '../hardware-context.ts'
import { asText, decimal } from '../numbers.ts'
import { useDraft } from '../use-draft.ts'

type Tune = EditableHardware['tune']
type TuneKey = keyof Tune

const SCALES: Readonly<Record<TuneKey, { readonly scale: number; readonly unit: string }>> = {
  cpuShares: { scale: 1, unit: '' },
  cpuQuotaPercent: { scale: 1, unit: '%' },
  memoryHardLimitKiB: { scale: 1_024, unit: 'MiB' },
  memorySoftLimitKiB: { scale: 1_024, unit: 'MiB' },
  ioWeight: { scale: 1, unit: '' },
}
const KEYS = Object.keys(SCALES) as readonly TuneKey[]

function textOf(key: TuneKey, value: number | null): string {
  return value === null ? '' : asText(value / SCALES[key].scale)
}

/** Null: no limit. Undefined: it is no number. */
function limitOf(key: TuneKey, text: string): number | null | undefined {
  if (text.trim() === '') return null
  const value = decimal(text)
  if (value === null) return undefined
  return key === 'cpuQuotaPercent' ? value : Math.round(value * SCALES[key].scale)
}

/** Its weight against the others of the host, and what it may take at most. */
export function TuneForm() {
  const { t } = useI18n()
  const { view, shown } = useHardware()
  const texts = (tune: Tune) => Object.fromEntries(KEYS.map((key) => [key, textOf(key, tune[key])])) as Record<TuneKey, string>
  const draft = useDraft('tune', texts(shown.tune))
  const { values, touched } = draft
  const changed = KEYS.filter((key) => touched[key] !== undefined)
  const change = (keys: readonly TuneKey[]): HardwareEdit => ({
    edit: 'setTune',
    ...Object.fromEntries(keys.map((key) => [key, limitOf(key, values[key])])),
  })
  const isWrong = changed.some((key) => limitOf(key, values[key]) === undefined)
  const runs = view.running && texts(view.running.tune)
  return (
    <EditForm
      formKey={draft.key}
      edit={changed.length > 0 && !isWrong ? change(changed) : null}
      problem={isWrong ? t('hw.issue.number') : null}
      fields={Object.fromEntries(
        KEYS.map((key) => [key, changed.includes(key) && limitOf(key, values[key]) !== undefined ? change([key]) : null]),
      )}
      save={t('hw.save.tune')}
      onReset={draft.isTouched ? draft.reset : undefined}
    >
      {KEYS.map((key) => (
        <Field
          key={key}
          label={t(`hw.field.tune.${key}`)}
          name={key}
          note={t(`hw.note.${key}`)}
          runs={runs && runs[key] !== textOf(key, shown.tune[key]) ? runs[key] || t('hw.no-limit') : null}
        >
          {(id, describedBy) => (
            <NumberInput
              id={id}
              describedBy={describedBy}
              value={values[key]}
              unit={SCALES[key].unit}
              placeholder={t(key === 'cpuShares' || key === 'ioWeight' ? 'hw.usual' : 'hw.no-limit')}
              onChange={(next) => draft.set({ [key]: next })}
            />
          )}
        </Field>
      ))}
    </EditForm>
  )
}
