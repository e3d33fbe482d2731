import { useMemo, useState } from 'react'
import type { HostId, OsEntry, VolumePlace } from '../../../../shared/model/index.ts'
import { useApi } from '../../../lib/api/index.ts'
import { type I18n, useI18n } from '../../../lib/i18n/index.ts'
import { paths } from '../../../lib/paths.ts'
import { CheckField, TextField } from '../fields/fields.tsx'
import { FormContext } from '../fields/form-context.ts'
import { Picker } from '../fields/picker.tsx'
import { Frame, type Step } from '../frame.tsx'
import type { ChosenHost } from '../host-gate.tsx'
import { withValue } from '../model/at-path.ts'
import type { FormState } from '../model/draft.ts'
import { totalsOf } from '../model/totals.ts'
import { useOvaContents } from '../queries.ts'
import { MoreSection } from '../sections/more-section.tsx'
import { NicsSection } from '../sections/nics-section.tsx'
import { Section, type SectionId, sectionOf } from '../sections/section.tsx'
import { SizeSection } from '../sections/size-section.tsx'
import { Findings } from '../side/findings.tsx'
import { Plan } from '../side/plan.tsx'
import { useBegin } from '../use-begin.ts'
import { useCheck } from '../use-check.ts'
import { useFormFields } from '../use-form-fields.ts'
import { whyNot } from '../why-not.ts'
import { fileKindOf } from './file-kind.ts'
import { asForm, firstImport, type ImportDraft, joined, toImportInput, withContents, withPackage } from './import-draft.ts'
import { PackageDisks } from './package-disks.tsx'
import { PackageSection } from './package-section.tsx'

/** Parts of the form, in their order; all but the first need a package that could be read. */
const PARTS = ['source', 'host', 'size', 'disks', 'nics', 'more'] as const

/** A machine out of a package: which one, what is in it, and what becomes of it. */
export function ImportForm({ options, systems, hostId, hostError, onHost }: ChosenHost) {
  const i18n = useI18n()
  const { t } = i18n
  const api = useApi()
  const [draft, setDraft] = useState(() => firstImport(options))
  const [uploaded, setUploaded] = useState<PlaceOnHost | null>(null)
  if (draft.hostId !== options.hostId) setDraft(firstImport(options))
  const isPackage = fileKindOf(draft.package.volume) === 'package'
  const poolId = options.pools.find((pool) => pool.name === draft.package.pool && pool.active)?.id ?? null
  const contents = useOvaContents(isPackage ? poolId : null, draft.package.volume)
  const { spec } = draft
  if (spec === null && contents.data) setDraft(withContents(draft, contents.data))
  const parsed = useMemo(() => toImportInput(draft, poolId), [draft, poolId])
  const asked = useCheck(parsed.input, async (input, signal) => {
    const { findings } = await api.ova.check(input, { signal })
    return { names: [input.machine], findings }
  })
  const findings = asked.answer && contents.data ? joined(contents.data.findings, asked.answer.findings) : []
  const check = { ...asked, answer: asked.answer && { ...asked.answer, findings } }
  const set = (path: string, value: unknown) => setDraft((before) => withValue(before, path, value))
  const fields = useFormFields({ draft, issues: parsed.issues, findings: spec ? findings : [], set, locked: () => null })
  const { pending, error, begin } = useBegin(
    async (token) => {
      if (!parsed.input) throw new Error('a form that is not whole was sent')
      await api.ova.import({ ...parsed.input, token })
      return { names: [parsed.input.machine] }
    },
    () => {},
    asked.again,
  )
  const noPackage = { path: 'package.volume', label: t('build.field.package.volume'), text: t(missingOf(draft, contents.isPending)) }
  const missing = spec ? fields.missing : [noPackage]
  const blocked = findings.filter((finding) => finding.severity === 'blocks').length
  const host = hostId === options.hostId ? 'read' : (hostError ?? 'reading')
  // an upload may end when its form has gone to another host already
  const choose = (place: VolumePlace, isUploaded: boolean) => {
    setUploaded(isUploaded ? { ...place, hostId: options.hostId } : null)
    setDraft((before) => (before.hostId === options.hostId ? withPackage(before, place, isUploaded) : before))
  }
  return (
    <FormContext value={fields.context}>
      <Frame
        title={t('import.title')}
        crumbs={[{ label: t('fleet.title'), path: paths.fleet() }]}
        kind={t('import.title')}
        object={options.hostName}
        steps={stepsOf(draft, systems, fields.told, i18n)}
        action={t('import.do')}
        disabledReason={host === 'read' ? whyNot({ missing, blocked }, i18n) : t('build.why.host')}
        pending={pending}
        error={error}
        onCreate={begin}
        side={
          <>
            {spec && <Plan names={draft.machine === '' ? [] : [draft.machine]} totals={totalsOf(spec, 1, options)} options={options} />}
            <Findings missing={missing} check={check} onMend={({ field, value }) => set(field, value)} />
          </>
        }
      >
        <PackageSection
          draft={{ ...draft, hostId }}
          host={host}
          onHost={onHost}
          options={options}
          contents={contents}
          isUploaded={isSame(uploaded, { ...draft.package, hostId: draft.hostId })}
          onChoose={choose}
          onDiskMade={() => setUploaded(null)}
        />
        {spec && contents.data && (
          <>
            <Section id="host" title="import.section.machine">
              <TextField path="machine" maxLength={128} />
              <Picker
                path="spec.os"
                picks={systems.map((one) => ({ id: one.id, label: one.name, words: `${one.id} ${one.kind}` }))}
                value={spec.os}
                empty={t('build.no-systems')}
                onPick={(id) => set('spec.os', id)}
              />
              <CheckField path="start" />
            </Section>
            <Parts draft={draft} spec={spec} setDraft={setDraft} options={options} systems={systems} contents={contents.data} />
          </>
        )}
      </Frame>
    </FormContext>
  )
}

interface PartsProps extends Pick<ChosenHost, 'options' | 'systems'> {
  readonly draft: ImportDraft
  readonly spec: NonNullable<ImportDraft['spec']>
  readonly setDraft: (to: (before: ImportDraft) => ImportDraft) => void
  readonly contents: Parameters<typeof PackageDisks>[0]['contents']
}

/** Those that the form for new machines has as well. */
function Parts({ draft, spec, setDraft, options, systems, contents }: PartsProps) {
  const system = systems.find((one) => one.id === spec.os) ?? null
  const change = (to: (before: FormState) => FormState) =>
    setDraft((before) => (before.spec ? { ...before, spec: to(asForm(before, before.spec)).draft.spec } : before))
  const section = { form: asForm(draft, spec), options, systems, system, change }
  return (
    <>
      <SizeSection {...section} />
      <PackageDisks contents={contents} disks={spec.disks} options={options} />
      <NicsSection path="spec.nics" nics={spec.nics} options={options} model={system?.nicModel ?? 'virtio'} />
      <MoreSection {...section} />
    </>
  )
}

type PlaceOnHost = VolumePlace & { readonly hostId: HostId }

function isSame(a: PlaceOnHost | null, b: PlaceOnHost): boolean {
  return a !== null && a.hostId === b.hostId && a.pool === b.pool && a.volume === b.volume
}

function missingOf({ package: { volume } }: ImportDraft, isReading: boolean) {
  if (volume === '') return 'import.choose'
  if (fileKindOf(volume) !== 'package') return 'import.no-machine-in-disk'
  return isReading ? 'import.reading' : 'import.not-read'
}

function stepsOf(draft: ImportDraft, systems: readonly OsEntry[], told: readonly string[], { t, format }: I18n): readonly Step[] {
  const { spec } = draft
  const summaries: Partial<Readonly<Record<SectionId, string>>> = {
    source: draft.package.volume === '' ? t('import.step.none') : draft.package.volume,
    ...(spec && {
      host: `${draft.machine}, ${systems.find((one) => one.id === spec.os)?.name ?? spec.os}`,
      size: t('build.step.size', {
        vcpus: typeof spec.cpu.vcpus === 'number' ? spec.cpu.vcpus : 0,
        memory: typeof spec.memoryMiB === 'number' ? format.bytes(spec.memoryMiB * 1_048_576) : '',
      }),
      disks: t('build.step.disks', { count: spec.disks.length }),
      nics: t('build.step.nics', { count: spec.nics.length }),
      more: t(`build.firmware.${spec.firmware}`),
    }),
  }
  const partOf = (path: string) => (sectionOf(path) === 'system' ? 'host' : sectionOf(path))
  return PARTS.flatMap((id) => {
    const summary = summaries[id]
    if (summary === undefined) return []
    const title = id === 'source' ? t('import.section.package') : id === 'host' ? t('import.section.machine') : t(`build.section.${id}`)
    return [{ id, title, summary, wrong: told.some((path) => partOf(path) === id) }]
  })
}
