import { useMemo, useState } from 'react'
import type { BuildOptions, CloneSource, Machine } from '../../../shared/model/index.ts'
import { useApi } from '../../lib/api/index.ts'
import { type I18n, useI18n } from '../../lib/i18n/index.ts'
import { useEntity, useLivePhase } from '../../lib/live/index.ts'
import { paths } from '../../lib/paths.ts'
import { EmptyState, useLate } from '../../ui/index.ts'
import { NotReadable, Waiting } from './build-states.tsx'
import { FormContext } from './fields/form-context.ts'
import { Frame, type Step } from './frame.tsx'
import { withValue } from './model/at-path.ts'
import { type CloneForm as CloneFormState, cloneTotals, firstClone, mayChange, toCloneInput } from './model/clone-draft.ts'
import { mended } from './model/mend.ts'
import { draftNames } from './model/totals.ts'
import { useBuildOptions, useCloneSource } from './queries.ts'
import { CloneDisksSection, CloneMoreSection, CloneNameSection, CloneSizeSection, CloneWaySection } from './sections/clone-sections.tsx'
import { NicsSection } from './sections/nics-section.tsx'
import { type SectionId, sectionOf } from './sections/section.tsx'
import { StartSection } from './sections/start-section.tsx'
import { Findings } from './side/findings.tsx'
import { Plan } from './side/plan.tsx'
import { useBegin } from './use-begin.ts'
import { useCheck } from './use-check.ts'
import { useFormFields } from './use-form-fields.ts'
import { whyNot } from './why-not.ts'

/** Machines from one that is there, or from a template. */
export function CloneMachine({ machineId }: { readonly machineId: string }) {
  const { t } = useI18n()
  const phase = useLivePhase()
  const machine = useEntity('machine', machineId)
  const source = useCloneSource(machineId as Machine['id'])
  const options = useBuildOptions(machine?.hostId ?? null)
  const late = useLate(!source.data || !options.data)
  if (!machine && phase === 'ready') {
    return (
      <EmptyState title={t('machine.unknown')}>
        <p>{t('machine.unknown-text')}</p>
      </EmptyState>
    )
  }
  const error = source.error ?? options.error
  if (error) return <NotReadable error={error} onAgain={() => void Promise.all([source.refetch(), options.refetch()])} />
  if (!machine || !source.data || !options.data) return late ? <Waiting /> : null
  return <CloneForm machine={machine} source={source.data} options={options.data} />
}

interface CloneFormProps {
  readonly machine: Machine
  readonly source: CloneSource
  readonly options: BuildOptions
}

function CloneForm({ machine, source, options }: CloneFormProps) {
  const i18n = useI18n()
  const { t } = i18n
  const api = useApi()
  // The tags of the moment the form was opened: what is sent is what somebody has changed since.
  const [original] = useState({ tags: machine.tags })
  const [form, setForm] = useState(() => firstClone(source, original))
  const { draft } = form
  const parsed = useMemo(() => toCloneInput(form, source, original), [form, source, original])
  const check = useCheck(parsed.input, (input, signal) => api.build.checkClone(input, { signal }))
  const findings = check.answer?.findings ?? []
  const set = (path: string, value: unknown) => setForm((before) => withValue(before, `draft.${path}`, value))
  const locked = (path: string) => (mayChange(source, path) ? null : t('template.fixed'))
  const fields = useFormFields({ draft, issues: parsed.issues, findings, set, locked })
  const { pending, error, begin } = useBegin(
    async (token) => {
      const whole = toCloneInput(form, source, original, 'with')
      if (!whole.input) throw new Error('a form that is not whole was sent')
      return api.build.clone({ ...whole.input, token })
    },
    () => {},
    check.again,
  )
  const names = draftNames(draft)
  const blocked = findings.filter((finding) => finding.severity === 'blocks').length
  const section = { draft, source, options }
  const { template } = source
  return (
    <FormContext value={fields.context}>
      <Frame
        title={
          template
            ? t('template.new-from', { family: template.family, version: template.version })
            : t('build.clone-title', { name: source.name })
        }
        crumbs={[{ label: source.name, path: paths.machine(machine.id) }]}
        kind={t(template ? 'build.from-template' : 'build.clone-of')}
        object={source.name}
        steps={stepsOf(form, source, fields.told, i18n)}
        base={source.name}
        action={t(template ? 'build.create' : 'build.clone', { count: Math.max(1, names.length) })}
        disabledReason={whyNot({ missing: fields.missing, blocked }, i18n)}
        pending={pending}
        error={error}
        onCreate={begin}
        preview={parsed.input ? () => api.build.previewClone(parsed.input) : null}
        previewOf={JSON.stringify(parsed.input)}
        side={
          <>
            <Plan names={names} totals={cloneTotals(form, source, options)} options={options} />
            <Findings missing={fields.missing} check={check} onMend={(mend) => setForm((before) => mended(before, mend))} />
          </>
        }
      >
        <CloneNameSection {...section} />
        <CloneWaySection {...section} />
        <StartSection
          draft={draft.cloudInit}
          kind={form.firstStart}
          usualUser={null}
          several={names.length > 1}
          locked={locked('cloudInit')}
          onKind={(firstStart) => setForm((before) => ({ ...before, firstStart }))}
          set={set}
        />
        <CloneSizeSection />
        <CloneDisksSection {...section} />
        <NicsSection path="changes.nics" nics={draft.changes.nics} options={options} model="virtio" fixed />
        <CloneMoreSection />
      </Frame>
    </FormContext>
  )
}

function stepsOf(
  { draft, firstStart }: CloneFormState,
  source: CloneSource,
  told: readonly string[],
  { t, format }: I18n,
): readonly Step[] {
  const names = draftNames(draft)
  const { vcpus, memoryMiB, nics } = draft.changes
  const summaries: readonly (readonly [SectionId, string])[] = [
    ['host', names.length === 0 ? t('build.step.no-name') : names.length === 1 ? (names[0] ?? '') : `${names[0]} … ${names.at(-1)}`],
    ['source', t(`build.clone-mode.${draft.mode}`)],
    ['start', firstStart === 'choices' ? draft.cloudInit.user.name || t('build.step.no-user') : t(`build.first-start.${firstStart}`)],
    [
      'size',
      t('build.step.size', {
        vcpus: typeof vcpus === 'number' ? vcpus : 0,
        memory: typeof memoryMiB === 'number' ? format.bytes(memoryMiB * 1_048_576) : '',
      }),
    ],
    ['disks', t('build.step.disks', { count: source.disks.length })],
    ['nics', t('build.step.nics', { count: nics.length })],
    ['more', draft.changes.tags.join(', ')],
  ]
  return summaries.map(([id, summary]) => ({
    id,
    title: t(id === 'host' || id === 'source' ? `build.clone-section.${id}` : `build.section.${id}`),
    summary,
    wrong: told.some((path) => sectionOf(path) === id),
  }))
}
