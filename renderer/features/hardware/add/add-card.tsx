import type { HardwareEdit } from '../../../../shared/model/index.ts'
import { NIC_MODELS } from '../../../../shared/model/machine-spec.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { EditForm } from '../edit-form.tsx'
import { Field, NumberInput, Select } from '../field.tsx'
import { nicLimitsOf, RateFields, rateTexts } from '../forms/limits-fields.tsx'
import { sourceOf, useWires, WireChoice } from '../forms/wire-choice.tsx'
import { useHardware } from '../hardware-context.ts'
import { wholeOrNone } from '../numbers.ts'
import { useDraft } from '../use-draft.ts'

const NO_LIMITS = { inbound: null, outbound: null }

export function AddCard() {
  const { t } = useI18n()
  const { options, parts } = useHardware()
  const wires = useWires()
  const initial = {
    wire: wires.find(({ reason }) => !reason)?.id ?? '',
    model: 'virtio' as string,
    mac: '',
    vlan: '',
    filter: '',
    rates: rateTexts(NO_LIMITS),
  }
  const draft = useDraft('add card', initial)
  const { values } = draft
  const source = sourceOf(values.wire, parts)
  const limits = nicLimitsOf(values.rates)
  const vlan = wholeOrNone(values.vlan)
  const edit: HardwareEdit | null =
    source && limits && vlan !== undefined
      ? {
          edit: 'addNic',
          nic: {
            source,
            vlan,
            model: NIC_MODELS.find((each) => each === values.model) ?? 'virtio',
            mac: values.mac.trim() === '' ? null : values.mac.trim(),
          },
          filter: values.filter || null,
          limits,
        }
      : null
  return (
    <EditForm
      formKey={draft.key}
      edit={edit}
      problem={limits === null ? t('hw.issue.rate') : vlan === undefined ? t('hw.issue.whole') : null}
      save={t('hw.save.add-card')}
      onReset={draft.isTouched ? draft.reset : undefined}
    >
      <WireChoice value={values.wire} onChange={(wire) => draft.set({ wire })} />
      <Field label={t('build.column.model')}>
        {(id, describedBy) => (
          <Select
            id={id}
            describedBy={describedBy}
            value={values.model}
            choices={(options?.nicModels ?? [...NIC_MODELS]).map((model) => ({ id: model, label: model }))}
            onChange={(model) => draft.set({ model })}
          />
        )}
      </Field>
      <Field label={t('build.column.mac')}>
        {(id, describedBy) => (
          <input
            id={id}
            type="text"
            className="text-input mono"
            value={values.mac}
            placeholder={t('hw.chosen-by-console')}
            aria-describedby={describedBy}
            spellCheck={false}
            onChange={(event) => draft.set({ mac: event.target.value })}
          />
        )}
      </Field>
      <Field label={t('build.column.vlan')} note={t('build.help.spec.nics.vlan')}>
        {(id, describedBy) => (
          <NumberInput
            id={id}
            describedBy={describedBy}
            value={values.vlan}
            placeholder={t('build.none')}
            onChange={(next) => draft.set({ vlan: next })}
          />
        )}
      </Field>
      <Field label={t('hw.field.filter')}>
        {(id, describedBy) => (
          <Select
            id={id}
            describedBy={describedBy}
            value={values.filter}
            choices={[{ id: '', label: t('hw.no-filter') }, ...(options?.filters ?? []).map((filter) => ({ id: filter, label: filter }))]}
            onChange={(filter) => draft.set({ filter })}
          />
        )}
      </Field>
      <details className="hw-more">
        <summary>{t('hw.rates')}</summary>
        <RateFields texts={values.rates} onChange={(rates) => draft.set({ rates })} />
      </details>
    </EditForm>
  )
}
