import type { EditableHardware, HardwareEdit } from '../../../../shared/model/index.ts'
import { CPU_MODES } from '../../../../shared/model/machine-spec.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { cpuFeaturesOf } from '../device-xml.ts'
import { EditForm } from '../edit-form.tsx'
import { Field, NumberInput, Select } from '../field.tsx'
import { useHardware } from '../hardware-context.ts'
import { whole } from '../numbers.ts'
import { useDraft } from '../use-draft.ts'

/** How many, and of what kind. */
export function CpuForms() {
  return (
    <>
      <VcpuForm />
      <ModelForm />
    </>
  )
}

function VcpuForm() {
  const { t, format } = useI18n()
  const { view, shown, options } = useHardware()
  const draft = useDraft('vcpus', { vcpus: String(shown.vcpus), maxVcpus: String(shown.maxVcpus) })
  const { values, touched } = draft
  const [vcpus, maxVcpus] = [whole(values.vcpus), whole(values.maxVcpus)]
  const isMaxChanged = touched.maxVcpus !== undefined
  const edit: HardwareEdit | null =
    draft.isTouched && vcpus !== null && maxVcpus !== null ? { edit: 'setVcpus', vcpus, ...(isMaxChanged && { maxVcpus }) } : null
  const problem = draft.isTouched && (vcpus === null || maxVcpus === null) ? t('hw.issue.whole') : null
  const { running } = view
  const runs = (now: number | undefined, kept: number) => (now === undefined || now === kept ? null : format.number(now))
  return (
    <EditForm
      formKey={draft.key}
      title={t('hw.vcpus')}
      edit={edit}
      problem={problem}
      fields={{
        vcpus: touched.vcpus !== undefined && vcpus !== null ? { edit: 'setVcpus', vcpus } : null,
        maxVcpus: isMaxChanged && maxVcpus !== null ? { edit: 'setVcpus', vcpus: Math.min(shown.vcpus, maxVcpus), maxVcpus } : null,
      }}
      save={t('hw.save.vcpus')}
      onReset={draft.isTouched ? draft.reset : undefined}
    >
      <Field label={t('hw.field.vcpus')} name="vcpus" runs={runs(running?.vcpus, shown.vcpus)}>
        {(id, describedBy) => (
          <NumberInput id={id} describedBy={describedBy} value={values.vcpus} onChange={(next) => draft.set({ vcpus: next })} />
        )}
      </Field>
      <Field
        label={t('hw.field.maxVcpus')}
        name="maxVcpus"
        runs={runs(running?.maxVcpus, shown.maxVcpus)}
        note={options && t('hw.note.maxVcpus', { max: options.maxVcpus })}
      >
        {(id, describedBy) => (
          <NumberInput id={id} describedBy={describedBy} value={values.maxVcpus} onChange={(next) => draft.set({ maxVcpus: next })} />
        )}
      </Field>
    </EditForm>
  )
}

type Topology = NonNullable<EditableHardware['cpu']['topology']>
type Mode = (typeof CPU_MODES)[number]

function ModelForm() {
  const { t } = useI18n()
  const { view, shown, parts } = useHardware()
  const { cpu, maxVcpus } = shown
  const draft = useDraft('cpu', {
    mode: cpu.mode ?? '',
    model: cpu.model ?? '',
    sockets: cpu.topology ? String(cpu.topology.sockets) : '',
    cores: cpu.topology ? String(cpu.topology.cores) : '',
    threads: cpu.topology ? String(cpu.topology.threads) : '',
  })
  const { values } = draft
  const mode = CPU_MODES.find((each) => each === values.mode)
  const topology = topologyOf(values)
  const product = topology ? topology.sockets * topology.cores * topology.threads : maxVcpus
  const problem = !draft.isTouched
    ? null
    : topology === undefined
      ? t('hw.issue.topology')
      : mode === undefined
        ? t('hw.issue.cpu-mode')
        : mode === 'custom' && values.model === ''
          ? t('hw.issue.cpu-model-missing')
          : product !== maxVcpus
            ? t('hw.issue.topology-product', { product, max: maxVcpus })
            : null
  const edit: HardwareEdit | null =
    draft.isTouched && problem === null && mode && topology !== undefined
      ? {
          edit: 'setCpu',
          cpu: {
            vcpus: maxVcpus,
            mode,
            ...(mode === 'custom' && { model: values.model }),
            features: featuresFor(mode, view.keptXml),
            topology,
          },
        }
      : null
  const number = (field: 'sockets' | 'cores' | 'threads') => (
    <Field label={t(`hw.field.${field}`)}>
      {(id, describedBy) => (
        <NumberInput id={id} describedBy={describedBy} value={values[field]} onChange={(next) => draft.set({ [field]: next })} />
      )}
    </Field>
  )
  return (
    <EditForm
      formKey={draft.key}
      title={t('hw.cpu-model')}
      edit={edit}
      problem={problem}
      save={t('hw.save.cpu')}
      onReset={draft.isTouched ? draft.reset : undefined}
    >
      <Field label={t('hw.field.cpu-mode')} note={mode ? t(`hw.cpu-mode.${mode}`) : null}>
        {(id, describedBy) => (
          <Select
            id={id}
            describedBy={describedBy}
            value={values.mode}
            choices={[
              ...(cpu.mode === null ? [{ id: '', label: t('hw.cpu-mode.none') }] : []),
              ...CPU_MODES.map((each) => ({ id: each, label: each })),
            ]}
            onChange={(next) => draft.set({ mode: next })}
          />
        )}
      </Field>
      {mode === 'custom' && (
        <Field label={t('hw.field.cpu-model')}>
          {(id, describedBy) => (
            <Select
              id={id}
              describedBy={describedBy}
              value={values.model}
              choices={(parts?.cpuModels ?? []).map((each) => ({ id: each, label: each }))}
              onChange={(next) => draft.set({ model: next })}
            />
          )}
        </Field>
      )}
      {number('sockets')}
      {number('cores')}
      {number('threads')}
      <p className="form-note hw-indent">{t('hw.note.topology', { max: maxVcpus })}</p>
    </EditForm>
  )
}

/** Null: the host chooses. Undefined: it is not whole. */
function topologyOf({ sockets, cores, threads }: Readonly<Record<'sockets' | 'cores' | 'threads', string>>): Topology | null | undefined {
  if (sockets.trim() === '' && cores.trim() === '' && threads.trim() === '') return null
  const [s, c, th] = [whole(sockets), whole(cores), whole(threads)]
  return s && c && th ? { sockets: s, cores: c, threads: th } : undefined
}

/** Features that the definition names stay: of a processor that is passed through none can be named. */
function featuresFor(mode: Mode, xml: string | null) {
  return mode === 'host-passthrough' || mode === 'maximum' ? [] : cpuFeaturesOf(xml)
}
