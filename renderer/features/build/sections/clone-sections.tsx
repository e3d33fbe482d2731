import type { BuildOptions, CloneSource } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { CheckField, ListField, NumberField, RadioField, SelectField, TextField } from '../fields/fields.tsx'
import { useForm } from '../fields/form-context.ts'
import type { CloneDraft } from '../model/clone-draft.ts'
import { NameFields } from './host-section.tsx'
import { Section } from './section.tsx'
import { usePoolChoices } from './volume-fields.tsx'

const GIB = 1_073_741_824

export interface CloneSectionProps {
  readonly draft: CloneDraft
  readonly source: CloneSource
  readonly options: BuildOptions
}

export function CloneNameSection({ draft }: CloneSectionProps) {
  return (
    <Section id="host" title="build.clone-section.host">
      <NameFields draft={draft} />
      <CheckField path="start" />
    </Section>
  )
}

/** A whole copy or an overlay, where to, and what the copy will not have. */
export function CloneWaySection({ draft, source, options }: CloneSectionProps) {
  const i18n = useI18n()
  const { t } = i18n
  const { set } = useForm()
  const pools = usePoolChoices(options)
  const cannotLink = source.disks.find((disk) => disk.copied && disk.linkReason !== null)?.linkReason
  return (
    <Section id="source" title="build.clone-section.source">
      <RadioField
        label={t('build.clone-mode')}
        name="build-clone-mode"
        value={draft.mode}
        choices={(['full', 'linked'] as const).map((id) => ({
          id,
          label: t(`build.clone-mode.${id}`),
          help: id === 'linked' && cannotLink ? i18n.reason(cannotLink) : t(`build.clone-mode.${id}.help`),
          disabled: id === 'linked' && cannotLink !== undefined && cannotLink !== null,
        }))}
        onChange={(mode) => set('mode', mode)}
      />
      <SelectField
        path="pool"
        choices={[{ id: '', label: t('build.clone-beside') }, ...pools]}
        onChoose={(pool) => set('pool', pool === '' ? null : pool)}
      />
      {source.warnings.length > 0 && (
        <ul className="build-warnings">
          {source.warnings.map((warning) => (
            <li key={warning.code}>{i18n.reason(warning)}</li>
          ))}
        </ul>
      )}
    </Section>
  )
}

export function CloneSizeSection() {
  return (
    <Section id="size">
      <NumberField path="changes.vcpus" />
      <NumberField path="changes.memoryMiB" scale={1_024} unit="GiB" />
    </Section>
  )
}

export function CloneDisksSection({ source }: CloneSectionProps) {
  const { t, format } = useI18n()
  const { locked } = useForm()
  const why = locked('changes.diskSizes')
  return (
    <Section id="disks">
      {why !== null && <p className="form-note">{why}</p>}
      <table className="plain-table inset build-table">
        <thead>
          <tr>
            <th>{t('build.disk')}</th>
            <th>{t('build.column.pool')}</th>
            <th>{t('build.column.format')}</th>
            <th className="end">{t('build.column.now')}</th>
            <th>{t('build.column.clone-size')}</th>
          </tr>
        </thead>
        <tbody>
          {source.disks.map((disk) => (
            <tr key={disk.target}>
              <td className="mono">{disk.target}</td>
              <td>
                {disk.place?.pool ?? <span className="none">–</span>}
                {!disk.copied && <span className="sub block">{t('build.disk.shared')}</span>}
              </td>
              <td>{disk.format ?? <span className="none">–</span>}</td>
              <td className="end num">
                {disk.capacityBytes === null ? <span className="none">–</span> : format.bytes(disk.capacityBytes)}
              </td>
              <td>
                {disk.copied && why === null ? (
                  <NumberField
                    path={`changes.diskSizes.${disk.target}`}
                    scale={GIB}
                    unit="GiB"
                    bare
                    nullable
                    placeholder={t('build.as-original')}
                  />
                ) : (
                  <span className="none">–</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  )
}

export function CloneMoreSection() {
  return (
    <Section id="more">
      <ListField path="changes.tags" apart="words" />
      <TextField path="changes.description" />
    </Section>
  )
}
