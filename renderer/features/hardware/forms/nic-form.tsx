import type { EditableNic, HardwareEdit } from '../../../../shared/model/index.ts'
import { NIC_MODELS } from '../../../../shared/model/machine-spec.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { Facts } from '../../../ui/index.ts'
import { EditForm } from '../edit-form.tsx'
import { CheckLine, Field, Select } from '../field.tsx'
import { useHardware } from '../hardware-context.ts'
import { useDraft } from '../use-draft.ts'
import { nicLimitsOf, RateFields, rateTexts } from './limits-fields.tsx'
import { sourceOf, WireChoice, wireOf } from './wire-choice.tsx'

type ChangeNic = Extract<HardwareEdit, { edit: 'changeNic' }>

/** A card: its cable, what it hangs on, its filter, and how fast it may be. */
export function NicForm({ nic }: { readonly nic: EditableNic }) {
  const { t } = useI18n()
  const { view, options, parts } = useHardware()
  const draft = useDraft(`nic ${nic.key}`, {
    linkUp: nic.linkUp,
    wire: wireOf(nic),
    model: nic.model ?? '',
    filter: nic.filter ?? '',
    rates: rateTexts(nic.limits),
  })
  const { values, touched } = draft
  const limits = nicLimitsOf(values.rates)
  const source = sourceOf(values.wire, parts)
  const fields: Readonly<Record<string, Partial<ChangeNic> | null>> = {
    linkUp: touched.linkUp === undefined ? null : { linkUp: values.linkUp },
    source: touched.wire === undefined || source === null ? null : { source },
    model: touched.model === undefined ? null : { model: NIC_MODELS.find((each) => each === values.model) },
    filter: touched.filter === undefined ? null : { filter: values.filter || null },
    limits: touched.rates === undefined || limits === null ? null : { limits },
  }
  const change = (part: Partial<ChangeNic>) => ({ edit: 'changeNic', device: nic.key, ...part }) as ChangeNic
  const running = view.running?.nics.find(({ key }) => key === nic.key)
  const runs = (now: string | null | undefined, kept: string | null) => (now === undefined || now === kept ? null : (now ?? '–'))
  return (
    <>
      <Facts
        facts={[
          { label: t('build.column.mac'), value: <span className="mono">{nic.mac}</span> },
          { label: t('hw.fact.on-host'), value: running?.target && <span className="mono">{running.target}</span> },
        ]}
      />
      <EditForm
        formKey={draft.key}
        title={t('hw.nic.settings')}
        edit={
          draft.isTouched && limits !== null ? change(Object.assign({}, ...Object.values(fields).filter((part) => part !== null))) : null
        }
        problem={limits === null ? t('hw.issue.rate') : null}
        fields={Object.fromEntries(Object.entries(fields).map(([name, part]) => [name, part && change(part)]))}
        save={t('hw.save.nic')}
        onReset={draft.isTouched ? draft.reset : undefined}
      >
        <CheckLine label={t('hw.link-up')} name="linkUp" checked={values.linkUp} onChange={(linkUp) => draft.set({ linkUp })} />
        <WireChoice
          value={values.wire}
          name="source"
          runs={running && wireOf(running) !== wireOf(nic) ? running.source : null}
          onChange={(wire) => draft.set({ wire })}
        />
        <Field label={t('build.column.model')} name="model" runs={runs(running?.model, nic.model)}>
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
        <Field label={t('hw.field.filter')} name="filter" runs={runs(running?.filter, nic.filter)}>
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
        <details className="hw-more" open={nic.limits.inbound !== null || nic.limits.outbound !== null}>
          <summary>{t('hw.rates')}</summary>
          <RateFields texts={values.rates} name="limits" onChange={(rates) => draft.set({ rates })} />
        </details>
      </EditForm>
    </>
  )
}
