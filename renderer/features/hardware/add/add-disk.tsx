import type { HardwareEdit } from '../../../../shared/model/index.ts'
import { DISK_BUSES, DISK_CACHES } from '../../../../shared/model/machine-spec.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { EditForm } from '../edit-form.tsx'
import { CheckLine, Field, NumberInput, Select } from '../field.tsx'
import { usePools, useUsualPool, VolumeChoice } from '../forms/volume-choice.tsx'
import { useHardware } from '../hardware-context.ts'
import { decimal, GIB } from '../numbers.ts'
import { useDraft } from '../use-draft.ts'

/** A new volume, or one that is there. */
export function AddDisk() {
  const { t } = useI18n()
  const { options } = useHardware()
  const pools = usePools()
  const usual = useUsualPool()
  const initial = {
    from: 'new' as 'new' | 'existing',
    pool: usual.pool,
    volume: '',
    name: '',
    gib: '20',
    format: 'qcow2' as string,
    bus: 'virtio' as string,
    cache: 'default' as string,
    discard: true,
    readOnly: false,
  }
  const draft = useDraft('add disk', initial)
  const { values } = draft
  const gib = decimal(values.gib)
  const formats = usual.formats(values.pool)
  const format = formats.find((each) => each === values.format) ?? formats[0] ?? 'raw'
  const sizeBytes = gib === null ? null : Math.ceil((gib * GIB) / 512) * 512
  const source =
    values.from === 'existing'
      ? values.volume === ''
        ? null
        : { kind: 'existing' as const, pool: values.pool, volume: values.volume }
      : sizeBytes === null || values.pool === ''
        ? null
        : { kind: 'new' as const, pool: values.pool, sizeBytes, format }
  const edit: HardwareEdit | null = source && {
    edit: 'addDisk',
    disk: {
      source,
      bus: DISK_BUSES.find((each) => each === values.bus) ?? 'virtio',
      cache: DISK_CACHES.find((each) => each === values.cache) ?? 'default',
      discard: values.discard,
      ioThread: false,
    },
    name: values.from === 'new' && values.name.trim() !== '' ? values.name.trim() : null,
    readOnly: values.readOnly,
  }
  return (
    <EditForm
      formKey={draft.key}
      edit={edit}
      problem={values.from === 'new' && sizeBytes === null ? t('hw.issue.number') : null}
      save={t('hw.save.add-disk')}
      onReset={draft.isTouched ? draft.reset : undefined}
    >
      <span className="segmented" role="radiogroup" aria-label={t('hw.add.disk-from')}>
        {(['new', 'existing'] as const).map((from) => (
          <button key={from} type="button" role="radio" aria-checked={values.from === from} onClick={() => draft.set({ from })}>
            {t(`hw.add.disk.${from}`)}
          </button>
        ))}
      </span>
      {values.from === 'existing' ? (
        <VolumeChoice place={{ pool: values.pool, volume: values.volume }} use="disk" onChange={(place) => draft.set(place)} />
      ) : (
        <>
          <Field label={t('build.column.pool')}>
            {(id, describedBy) => (
              <Select id={id} describedBy={describedBy} value={values.pool} choices={pools} onChange={(pool) => draft.set({ pool })} />
            )}
          </Field>
          <Field label={t('hw.field.size')}>
            {(id, describedBy) => (
              <NumberInput id={id} describedBy={describedBy} value={values.gib} unit="GiB" onChange={(next) => draft.set({ gib: next })} />
            )}
          </Field>
          <Field label={t('build.column.format')}>
            {(id, describedBy) => (
              <Select
                id={id}
                describedBy={describedBy}
                value={format}
                choices={formats.map((each) => ({ id: each, label: each }))}
                onChange={(next) => draft.set({ format: next })}
              />
            )}
          </Field>
          <Field label={t('hw.field.volume-name')}>
            {(id, describedBy) => (
              <input
                id={id}
                type="text"
                className="text-input"
                value={values.name}
                placeholder={t('hw.chosen-by-console')}
                aria-describedby={describedBy}
                spellCheck={false}
                onChange={(event) => draft.set({ name: event.target.value })}
              />
            )}
          </Field>
        </>
      )}
      <Field label={t('build.column.bus')}>
        {(id, describedBy) => (
          <Select
            id={id}
            describedBy={describedBy}
            value={values.bus}
            choices={DISK_BUSES.filter((bus) => options?.diskBuses.includes(bus) ?? true).map((bus) => ({ id: bus, label: bus }))}
            onChange={(bus) => draft.set({ bus })}
          />
        )}
      </Field>
      <Field label={t('build.column.cache')}>
        {(id, describedBy) => (
          <Select
            id={id}
            describedBy={describedBy}
            value={values.cache}
            choices={DISK_CACHES.map((each) => ({ id: each, label: t(`build.cache.${each}`) }))}
            onChange={(cache) => draft.set({ cache })}
          />
        )}
      </Field>
      <CheckLine
        label={t('build.column.discard')}
        note={t('build.help.spec.disks.discard')}
        checked={values.discard}
        onChange={(discard) => draft.set({ discard })}
      />
      <CheckLine label={t('hw.read-only')} checked={values.readOnly} onChange={(readOnly) => draft.set({ readOnly })} />
    </EditForm>
  )
}
