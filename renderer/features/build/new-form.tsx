import { useMemo, useState } from 'react'
import type { BuildOptions, OsEntry, VolumePlace } from '../../../shared/model/index.ts'
import { useApi } from '../../lib/api/index.ts'
import { type I18n, useI18n } from '../../lib/i18n/index.ts'
import { paths } from '../../lib/paths.ts'
import { dropDraft, keepDraft, useDrafts } from './drafts.ts'
import { FormContext } from './fields/form-context.ts'
import { Frame, type Step } from './frame.tsx'
import type { ChosenHost } from './host-gate.tsx'
import { withValue } from './model/at-path.ts'
import { type FormState, firstForm, toInput } from './model/draft.ts'
import { mended } from './model/mend.ts'
import { onHost, withSource } from './model/source.ts'
import { firstSystem, imagesOf, withSystem } from './model/system.ts'
import { draftNames, totalsOf } from './model/totals.ts'
import { DisksSection } from './sections/disks-section.tsx'
import { HostSection } from './sections/host-section.tsx'
import { MoreSection } from './sections/more-section.tsx'
import { NicsSection } from './sections/nics-section.tsx'
import { SECTIONS, type SectionId, type SectionProps, sectionOf } from './sections/section.tsx'
import { SizeSection } from './sections/size-section.tsx'
import { SourceSection } from './sections/source-section.tsx'
import { StartSection } from './sections/start-section.tsx'
import { SystemSection } from './sections/system-section.tsx'
import { Findings } from './side/findings.tsx'
import { Plan } from './side/plan.tsx'
import { useBegin } from './use-begin.ts'
import { useCheck } from './use-check.ts'
import { useFormFields } from './use-form-fields.ts'
import { useKeptDraft } from './use-kept-draft.ts'
import { whyNot } from './why-not.ts'

export interface NewFormProps extends ChosenHost {
  /** What it begins with; null: as it was left, else the system's own choice. */
  readonly disk: VolumePlace | null
}

/** A form for this host: as it was left, else with a system and a source that fit. */
function startForm(options: BuildOptions, systems: readonly OsEntry[], place: VolumePlace | null): FormState {
  const { made } = useDrafts.getState()
  if (made && !place) return made.draft.hostId === options.hostId ? made : onHost(made, options)
  const system = firstSystem(systems, options)
  const form = firstForm(options)
  const chosen = system ? withSystem(form, system, null, options) : form
  if (!place) return withSource(chosen, 'image', options, system)
  return withValue(withSource(chosen, 'existing', options, system), 'draft.spec.disks.0.source', { kind: 'existing', ...place })
}

export function NewForm({ options, systems, hostId, hostError, onHost: chooseHost, disk }: NewFormProps) {
  const i18n = useI18n()
  const { t } = i18n
  const api = useApi()
  const [form, setForm] = useState(() => startForm(options, systems, disk))
  if (form.draft.hostId !== options.hostId) setForm(onHost(form, options))
  const { draft } = form
  const system = systems.find((one) => one.id === draft.spec.os) ?? null
  const parsed = useMemo(() => toInput(form), [form])
  const check = useCheck(parsed.input, (input, signal) => api.build.check(input, { signal }))
  const findings = check.answer?.findings ?? []
  const change = (to: (before: FormState) => FormState) => setForm(to)
  const set = (path: string, value: unknown) => setForm((before) => withValue(before, `draft.${path}`, value))
  const fields = useFormFields({ draft, issues: parsed.issues, findings, set, locked: () => null })
  const forget = useKeptDraft(() => keepDraft(form), dropDraft)
  const { pending, error, begin } = useBegin(
    async (token) => {
      const whole = toInput(form, 'with')
      if (!whole.input) throw new Error('a form that is not whole was sent')
      return api.build.create({ ...whole.input, token })
    },
    forget,
    check.again,
  )
  const hostState = hostId === options.hostId ? 'read' : (hostError ?? 'reading')
  const names = draftNames(draft)
  const blocked = findings.filter((finding) => finding.severity === 'blocks').length
  const section: SectionProps = { form, options, systems, system, change }
  return (
    <FormContext value={fields.context}>
      <Frame
        title={t('build.title')}
        crumbs={[{ label: t('fleet.title'), path: paths.fleet() }]}
        kind={t('build.title')}
        object={options.hostName}
        steps={stepsOf(form, system, fields.told, i18n)}
        base={t('build.definition.defaults')}
        action={t('build.create', { count: Math.max(1, names.length) })}
        disabledReason={hostState === 'read' ? whyNot({ missing: fields.missing, blocked }, i18n) : t('build.why.host')}
        pending={pending}
        error={error}
        onCreate={begin}
        preview={parsed.input ? () => api.build.preview(parsed.input) : null}
        previewOf={JSON.stringify(parsed.input)}
        onDiscard={() => {
          dropDraft()
          setForm(startForm(options, systems, disk))
        }}
        side={
          <>
            <Plan names={names} totals={totalsOf(draft.spec, draft.count, options)} options={options} />
            <Findings missing={fields.missing} check={check} onMend={(mend) => setForm((before) => mended(before, mend))} />
          </>
        }
      >
        <HostSection draft={{ ...draft, hostId }} host={hostState} onHost={chooseHost} />
        <SystemSection {...section} />
        <SourceSection {...section} />
        <StartSection
          draft={draft.cloudInit}
          kind={form.firstStart}
          usualUser={(system && imagesOf(system, options)[0]?.user) ?? null}
          several={names.length > 1}
          locked={null}
          onKind={(firstStart) => setForm((before) => ({ ...before, firstStart }))}
          set={set}
        />
        <SizeSection {...section} />
        <DisksSection {...section} />
        <NicsSection path="spec.nics" nics={draft.spec.nics} options={options} model={system?.nicModel ?? 'virtio'} />
        <MoreSection {...section} />
      </Frame>
    </FormContext>
  )
}

function stepsOf(
  { draft, source, firstStart }: FormState,
  system: OsEntry | null,
  told: readonly string[],
  { t, format }: I18n,
): readonly Step[] {
  const names = draftNames(draft)
  const { spec, cloudInit } = draft
  const memory = typeof spec.memoryMiB === 'number' ? format.bytes(spec.memoryMiB * 1_048_576) : ''
  const summaries: Readonly<Record<SectionId, string>> = {
    host: names.length === 0 ? t('build.step.no-name') : names.length === 1 ? (names[0] ?? '') : `${names[0]} … ${names.at(-1)}`,
    system: system?.name ?? '',
    source: t(`build.source.${source}`),
    start: firstStart === 'choices' ? cloudInit.user.name || t('build.step.no-user') : t(`build.first-start.${firstStart}`),
    size: t('build.step.size', { vcpus: typeof spec.cpu.vcpus === 'number' ? spec.cpu.vcpus : 0, memory }),
    disks: t('build.step.disks', { count: spec.disks.length }),
    nics: t('build.step.nics', { count: spec.nics.length }),
    more: t(`build.firmware.${spec.firmware}`),
  }
  return SECTIONS.map((id) => ({
    id,
    title: t(`build.section.${id}`),
    summary: summaries[id],
    wrong: told.some((path) => sectionOf(path) === id),
  }))
}
