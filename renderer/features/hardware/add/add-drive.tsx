import type { HardwareEdit } from '../../../../shared/model/index.ts'
import { DISK_BUSES } from '../../../../shared/model/machine-spec.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { EditForm } from '../edit-form.tsx'
import { CheckLine, Field, Select } from '../field.tsx'
import { VolumeChoice } from '../forms/volume-choice.tsx'
import { useHardware } from '../hardware-context.ts'
import { useDraft } from '../use-draft.ts'

/** A CD drive, empty or with an image in it. */
export function AddDrive() {
  const { t } = useI18n()
  const { options, parts } = useHardware()
  const buses = DISK_BUSES.filter((bus) => bus !== 'virtio' && (options?.diskBuses.includes(bus) ?? true))
  const initial = {
    bus: (buses.find((bus) => bus === 'sata') ?? buses[0] ?? 'sata') as string,
    isEmpty: true,
    pool: parts?.pools.find(({ active }) => active)?.name ?? '',
    volume: '',
  }
  const draft = useDraft('add drive', initial)
  const { values } = draft
  const isWhole = values.isEmpty || values.volume !== ''
  const edit: HardwareEdit | null = isWhole
    ? {
        edit: 'addDrive',
        bus: DISK_BUSES.find((each) => each === values.bus) ?? 'sata',
        media: values.isEmpty ? null : { pool: values.pool, volume: values.volume },
      }
    : null
  return (
    <EditForm formKey={draft.key} edit={edit} save={t('hw.save.add-drive')} onReset={draft.isTouched ? draft.reset : undefined}>
      <Field label={t('build.column.bus')}>
        {(id, describedBy) => (
          <Select
            id={id}
            describedBy={describedBy}
            value={values.bus}
            choices={buses.map((bus) => ({ id: bus, label: bus }))}
            onChange={(bus) => draft.set({ bus })}
          />
        )}
      </Field>
      <CheckLine label={t('hw.add.drive.empty')} checked={values.isEmpty} onChange={(isEmpty) => draft.set({ isEmpty })} />
      {!values.isEmpty && (
        <VolumeChoice place={{ pool: values.pool, volume: values.volume }} use="iso" onChange={(place) => draft.set(place)} />
      )}
    </EditForm>
  )
}
