import type { EditableDisk, HardwareEdit } from '../../../../shared/model/index.ts'
import { DISK_BUSES, DISK_CACHES } from '../../../../shared/model/machine-spec.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { Facts } from '../../../ui/index.ts'
import { EditForm } from '../edit-form.tsx'
import { CheckLine, Field, NumberInput, Select } from '../field.tsx'
import { useHardware } from '../hardware-context.ts'
import { asText, decimal, GIB } from '../numbers.ts'
import { useDraft } from '../use-draft.ts'
import { IoFields, ioLimitsOf, ioTexts } from './limits-fields.tsx'

type ChangeDisk = Extract<HardwareEdit, { edit: 'changeDisk' }>

/** A disk: where it lies, how it is attached, what it may take, and its size. */
export function DiskForms({ disk }: { readonly disk: EditableDisk }) {
  const { t, format } = useI18n()
  return (
    <>
      <Facts
        facts={[
          { label: t('hw.fact.source'), value: disk.source && <span className="mono">{disk.source}</span> },
          { label: t('build.column.format'), value: disk.format },
          { label: t('hw.fact.size'), value: disk.capacityBytes === null ? null : format.bytes(disk.capacityBytes) },
        ]}
      />
      <SettingsForm disk={disk} />
      <SizeForm disk={disk} />
    </>
  )
}

/** Of a drive there is only its bus and what the guest may not do: what is in it has a form of its own. */
export function SettingsForm({ disk }: { readonly disk: EditableDisk }) {
  const { t } = useI18n()
  const { view, options } = useHardware()
  const isPlain = disk.device === 'disk' || disk.device === 'lun'
  const draft = useDraft(`disk ${disk.key}`, {
    bus: disk.bus ?? '',
    cache: disk.cache,
    discard: disk.discard,
    readOnly: disk.readOnly,
    shareable: disk.shareable,
    limits: ioTexts(disk.limits),
  })
  const { values, touched } = draft
  const limits = ioLimitsOf(values.limits)
  const fields: Readonly<Record<string, Partial<ChangeDisk> | null>> = {
    bus: touched.bus === undefined ? null : { bus: DISK_BUSES.find((each) => each === values.bus) },
    cache: touched.cache === undefined ? null : { cache: DISK_CACHES.find((each) => each === values.cache) },
    discard: touched.discard === undefined ? null : { discard: values.discard },
    readOnly: touched.readOnly === undefined ? null : { readOnly: values.readOnly },
    shareable: touched.shareable === undefined ? null : { shareable: values.shareable },
    limits: touched.limits === undefined || limits === null ? null : { limits },
  }
  const change = (part: Partial<ChangeDisk>) => ({ edit: 'changeDisk', device: disk.key, ...part }) as ChangeDisk
  const isWrong = limits === null
  const running = view.running?.disks.find(({ key }) => key === disk.key)
  const runs = (now: string | null | undefined, kept: string | null) => (now === undefined || now === kept ? null : (now ?? '–'))
  return (
    <EditForm
      formKey={draft.key}
      title={t('hw.disk.attached')}
      edit={draft.isTouched && !isWrong ? change(Object.assign({}, ...Object.values(fields).filter((part) => part !== null))) : null}
      problem={isWrong ? t('hw.issue.whole') : null}
      fields={Object.fromEntries(Object.entries(fields).map(([name, part]) => [name, part && change(part)]))}
      save={t('hw.save.disk')}
      onReset={draft.isTouched ? draft.reset : undefined}
    >
      <Field label={t('build.column.bus')} name="bus" runs={runs(running?.bus, disk.bus)}>
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
      {isPlain && (
        <>
          <Field label={t('build.column.cache')} name="cache" runs={runs(running?.cache, disk.cache)}>
            {(id, describedBy) => (
              <Select
                id={id}
                describedBy={describedBy}
                value={values.cache}
                choices={DISK_CACHES.map((each) => ({ id: each, label: t(`build.cache.${each}`) }))}
                onChange={(next) => draft.set({ cache: DISK_CACHES.find((each) => each === next) ?? 'default' })}
              />
            )}
          </Field>
          <CheckLine
            label={t('build.column.discard')}
            note={t('build.help.spec.disks.discard')}
            name="discard"
            checked={values.discard}
            onChange={(discard) => draft.set({ discard })}
          />
          <CheckLine label={t('hw.read-only')} name="readOnly" checked={values.readOnly} onChange={(readOnly) => draft.set({ readOnly })} />
          <CheckLine
            label={t('hw.shareable')}
            note={t('hw.note.shareable')}
            name="shareable"
            checked={values.shareable}
            onChange={(shareable) => draft.set({ shareable })}
          />
        </>
      )}
      <details className="hw-more" open={Object.values(disk.limits).some((limit) => limit !== null)}>
        <summary>{t('hw.limits')}</summary>
        <IoFields texts={values.limits} name="limits" onChange={(next) => draft.set({ limits: next })} />
      </details>
    </EditForm>
  )
}

function SizeForm({ disk }: { readonly disk: EditableDisk }) {
  const { t, format } = useI18n()
  const nowGib = disk.capacityBytes === null ? null : disk.capacityBytes / GIB
  const draft = useDraft(`size ${disk.key}`, { gib: asText(nowGib) })
  const gib = decimal(draft.values.gib)
  const bytes = gib === null ? null : Math.ceil((gib * GIB) / 512) * 512
  const isSmaller = bytes !== null && disk.capacityBytes !== null && bytes < disk.capacityBytes
  const edit: HardwareEdit | null =
    draft.isTouched && bytes !== null && !isSmaller ? { edit: 'resizeDisk', device: disk.key, capacityBytes: bytes } : null
  const problem = !draft.isTouched
    ? null
    : bytes === null
      ? t('hw.issue.number')
      : isSmaller
        ? t('hw.issue.smaller', { size: format.bytes(disk.capacityBytes ?? 0) })
        : null
  return (
    <EditForm
      formKey={draft.key}
      title={t('hw.resize')}
      edit={edit}
      problem={problem}
      save={t('hw.save.size')}
      onReset={draft.isTouched ? draft.reset : undefined}
    >
      <Field label={t('hw.field.size')} note={t('hw.note.size')}>
        {(id, describedBy) => (
          <NumberInput
            id={id}
            describedBy={describedBy}
            value={draft.values.gib}
            unit="GiB"
            onChange={(next) => draft.set({ gib: next })}
          />
        )}
      </Field>
    </EditForm>
  )
}
