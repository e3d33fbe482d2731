import { useEffect, useEffectEvent, useMemo, useState } from 'react'
import { useNavigate } from 'react-router'
import type { VolumePlace } from '../../../../shared/model/machine-spec.ts'
import { compareNames, useI18n } from '../../../lib/i18n/index.ts'
import { useIndexVersion, useLive } from '../../../lib/live/index.ts'
import { paths } from '../../../lib/paths.ts'
import { RadioField, SelectField } from '../fields/fields.tsx'
import { Picker } from '../fields/picker.tsx'
import { withValue } from '../model/at-path.ts'
import { SOURCES } from '../model/draft.ts'
import { withSource } from '../model/source.ts'
import { imagesOf } from '../model/system.ts'
import { useVolumes } from '../queries.ts'
import { CdFields } from './cd-fields.tsx'
import { FetchBlock, nameOfUrl } from './fetch-block.tsx'
import { Section, type SectionProps } from './section.tsx'
import { UploadBlock } from './upload-block.tsx'
import { VolumeFields } from './volume-fields.tsx'

export function SourceSection(props: SectionProps) {
  const { t } = useI18n()
  const { form, options, system, change } = props
  const templates = useTemplates(form.draft.hostId)
  const [fromTemplate, setFromTemplate] = useState(false)
  const kinds = templates.length > 0 ? ([...SOURCES, 'template'] as const) : SOURCES
  return (
    <Section id="source">
      <RadioField
        label={t('build.source')}
        name="build-source"
        value={fromTemplate ? 'template' : form.source}
        choices={kinds.map((id) => ({ id, label: t(`build.source.${id}`), help: t(`build.source.${id}.help`) }))}
        onChange={(kind) => {
          setFromTemplate(kind === 'template')
          if (kind !== 'template') change((before) => withSource(before, kind, options, system))
        }}
      />
      {fromTemplate ? <TemplatePicker templates={templates} /> : <SourceFields {...props} />}
    </Section>
  )
}

function SourceFields(props: SectionProps) {
  const { form, options, system, change } = props
  const { t } = useI18n()
  const [disk] = form.draft.spec.disks
  const source = disk?.source
  const known = useMemo(() => (system ? imagesOf(system, options).map((image) => image.url) : []), [system, options])
  const setPlace = (path: string, place: VolumePlace & { readonly kind?: 'existing' }) =>
    change((before) => ({ ...before, draft: withValue(before.draft, path, place) }))
  const base = source?.kind === 'image' ? source.base : null
  useUsualImage(poolIdOf(options, base?.pool), base?.volume ?? null, known, (volume) => base && setPlace(BASE, { ...base, volume }))
  if (source?.kind === 'image') {
    return (
      <>
        <VolumeFields
          poolPath={`${BASE}.pool`}
          volumePath={`${BASE}.volume`}
          pool={source.base.pool}
          volume={source.base.volume}
          use="image"
          options={options}
          onPick={(place) => setPlace(BASE, place)}
        />
        <FetchBlock
          key={system?.id ?? ''}
          known={known}
          pool={source.base.pool}
          chosen={source.base.volume}
          hostId={form.draft.hostId}
          options={options}
          onReady={(volume) => setPlace(BASE, { pool: source.base.pool, volume })}
        />
        <UploadBlock
          pool={source.base.pool}
          options={options}
          accept=".qcow2,.img,.raw"
          onReady={(volume) => setPlace(BASE, { pool: source.base.pool, volume })}
        />
        <SelectField
          path="spec.disks.0.source.mode"
          choices={[
            { id: 'copy', label: t('build.mode.copy') },
            { id: 'linked', label: t('build.mode.linked') },
          ]}
          note={t(source.mode === 'copy' ? 'build.mode.copy.help' : 'build.mode.linked.help')}
        />
      </>
    )
  }
  if (source?.kind === 'existing') {
    return (
      <VolumeFields
        poolPath="spec.disks.0.source.pool"
        volumePath="spec.disks.0.source.volume"
        pool={source.pool}
        volume={source.volume}
        use="disk"
        options={options}
        onPick={(place) => setPlace('spec.disks.0.source', { kind: 'existing', ...place })}
      />
    )
  }
  return form.source === 'iso' ? <CdFields {...props} /> : null
}

const BASE = 'spec.disks.0.source.base'

/** Null where there is none of that name, or it is off and cannot be read. */
function poolIdOf(options: SectionProps['options'], pool: string | undefined) {
  const found = options.pools.find((one) => one.name === pool)
  return found?.active ? found.id : null
}

/** Where the pool holds the catalogue's own image already, it is chosen; nothing that a person chose is changed. */
function useUsualImage(
  poolId: Parameters<typeof useVolumes>[0],
  chosen: string | null,
  known: readonly string[],
  choose: (volume: string) => void,
): void {
  const volumes = useVolumes(poolId)
  const there = chosen === '' ? known.map(nameOfUrl).find((name) => volumes.data?.some((one) => one.name === name)) : undefined
  const take = useEffectEvent(choose)
  useEffect(() => {
    if (there !== undefined) take(there)
  }, [there])
}

interface TemplateOf {
  readonly id: string
  readonly name: string
  readonly version: number
}

/** The templates of a host. */
function useTemplates(hostId: string): readonly TemplateOf[] {
  const { index, store } = useLive()
  useIndexVersion()
  const found: TemplateOf[] = []
  for (const id of index.members(`host/${hostId}`)) {
    const machine = store.get('machine', id)
    if (machine?.template) found.push({ id: machine.id, name: machine.name, version: machine.template.version })
  }
  return found.toSorted((a, b) => compareNames(a.name, b.name))
}

function TemplatePicker({ templates }: { readonly templates: readonly TemplateOf[] }) {
  const { t } = useI18n()
  const navigate = useNavigate()
  return (
    <Picker
      path="template"
      picks={templates.map((one) => ({ id: one.id, label: one.name, side: t('template.version', { version: one.version }) }))}
      value=""
      empty={t('build.no-templates')}
      onPick={(machineId) => void navigate(paths.clone(machineId))}
    />
  )
}
