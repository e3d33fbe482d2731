import type { BuildOptions, OvaContents } from '../../../../shared/model/index.ts'
import { DISK_BUSES, DISK_FORMATS } from '../../../../shared/model/machine-spec.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { SelectField } from '../fields/fields.tsx'
import type { SpecDraft } from '../model/draft.ts'
import { Section } from '../sections/section.tsx'
import { usePoolChoices } from '../sections/volume-fields.tsx'

export interface PackageDisksProps {
  readonly contents: OvaContents
  readonly disks: SpecDraft['disks']
  readonly options: BuildOptions
}

/** The package's disks, and where each of them goes. Their number and sizes are the package's. */
export function PackageDisks({ contents, disks, options }: PackageDisksProps) {
  const { t, format } = useI18n()
  const pools = usePoolChoices(options)
  return (
    <Section id="disks">
      {contents.disks.length === 0 ? (
        <p className="form-note">{t('import.no-disks')}</p>
      ) : (
        <div className="build-table-wrap">
          <table className="plain-table inset build-table">
            <thead>
              <tr>
                <th>{t('build.disk')}</th>
                <th className="num">{t('import.column.packed')}</th>
                <th className="num">{t('build.column.size')}</th>
                <th>{t('build.column.pool')}</th>
                <th>{t('build.column.format')}</th>
                <th>{t('build.column.bus')}</th>
              </tr>
            </thead>
            <tbody>
              {contents.disks.map((disk, index) => {
                const path = `spec.disks.${index}`
                const bus = disks[index]?.bus
                return (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a disk has no other name than its place
                  <tr key={index}>
                    <td>
                      {t('build.disk-number', { number: index + 1 })}
                      <span className="sub block ellipsis import-file" title={disk.file ?? undefined}>
                        {disk.file ?? t('import.empty-disk')}
                      </span>
                    </td>
                    <td className="num">{disk.file === null ? <span className="none">–</span> : format.bytes(disk.sizeBytes)}</td>
                    <td className="num">{format.bytes(disk.capacityBytes)}</td>
                    <td>
                      <SelectField path={`${path}.source.pool`} choices={pools} bare />
                    </td>
                    <td>
                      <SelectField path={`${path}.source.format`} choices={DISK_FORMATS.map((id) => ({ id, label: id }))} bare />
                    </td>
                    <td>
                      <SelectField
                        path={`${path}.bus`}
                        bare
                        choices={DISK_BUSES.filter((id) => options.diskBuses.includes(id) || id === bus).map((id) => ({ id, label: id }))}
                      />
                    </td>
                  </tr>
                )
              })}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  )
}
