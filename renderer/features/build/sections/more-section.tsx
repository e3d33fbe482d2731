import { VIDEO_MODELS, WATCHDOGS } from '../../../../shared/model/machine-spec.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { CheckField, ListField, SelectField, TextField } from '../fields/fields.tsx'
import { withValue } from '../model/at-path.ts'
import { Section, type SectionProps } from './section.tsx'

/** Orders of what it starts from that make sense, by what they are called. */
const BOOT_ORDERS = {
  disk: ['disk'],
  'disk-cdrom': ['disk', 'cdrom'],
  'cdrom-disk': ['cdrom', 'disk'],
  'disk-network': ['disk', 'network'],
  'network-disk': ['network', 'disk'],
} as const

export function MoreSection({ form, options, change }: SectionProps) {
  const i18n = useI18n()
  const { t } = i18n
  const { spec } = form.draft
  const worded = (reason: Parameters<typeof i18n.reason>[0] | null) => reason && i18n.reason(reason)
  return (
    <Section id="more">
      <SelectField
        path="spec.firmware"
        choices={options.firmwares.map(({ id, reason }) => ({ id, label: t(`build.firmware.${id}`), reason: worded(reason) }))}
      />
      <CheckField path="spec.tpm" reason={worded(options.tpm)} />
      <SelectField
        path="spec.machineType"
        choices={[{ id: '', label: t('build.machine-type.usual') }, ...options.machineTypes.map((id) => ({ id, label: id }))]}
        onChoose={(id) => change((before) => withValue(before, 'draft.spec.machineType', id === '' ? null : id))}
      />
      <SelectField
        path="spec.graphics"
        choices={options.graphics.map(({ id, reason }) => ({ id, label: t(`build.graphics.${id}`), reason: worded(reason) }))}
      />
      <SelectField
        path="spec.video"
        choices={VIDEO_MODELS.filter((id) => options.videoModels.includes(id) || id === spec.video).map((id) => ({ id, label: id }))}
        disabled={spec.graphics === 'none'}
      />
      <CheckField path="spec.agent" />
      <CheckField path="spec.clipboard" reason={worded(options.clipboard)} />
      <CheckField path="spec.rng" reason={worded(options.rng)} />
      <SelectField path="spec.watchdog" choices={WATCHDOGS.map((id) => ({ id, label: t(`build.watchdog.${id}`) }))} />
      <BootOrder form={form} change={change} />
      <CheckField path="spec.autostart" />
      <ListField path="spec.tags" apart="words" placeholder="prod web" />
      <TextField path="spec.title" maxLength={1_000} />
      <TextField path="spec.description" />
    </Section>
  )
}

function BootOrder({ form, change }: Pick<SectionProps, 'form' | 'change'>) {
  const { t } = useI18n()
  const now = form.draft.spec.boot.join('-')
  const orders = Object.keys(BOOT_ORDERS) as (keyof typeof BOOT_ORDERS)[]
  const word = (device: string) => t(`build.boot.${device as 'disk'}`)
  const label = (devices: readonly string[]) => devices.map(word).join(', ')
  return (
    <div className="field">
      <label htmlFor="build-spec.boot">{t('build.field.spec.boot')}</label>
      <div>
        <select
          id="build-spec.boot"
          className="text-input"
          value={now}
          onChange={(event) => {
            const order = orders.find((one) => one === event.target.value)
            if (order) change((before) => withValue(before, 'draft.spec.boot', BOOT_ORDERS[order]))
          }}
        >
          {!orders.some((one) => one === now) && <option value={now}>{label(form.draft.spec.boot)}</option>}
          {orders.map((one) => (
            <option key={one} value={one}>
              {label(BOOT_ORDERS[one])}
            </option>
          ))}
        </select>
      </div>
    </div>
  )
}
