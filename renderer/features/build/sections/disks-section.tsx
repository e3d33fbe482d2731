import { Button } from '@patternfly/react-core'
import { DISK_BUSES, DISK_CACHES, DISK_FORMATS } from '../../../../shared/model/machine-spec.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { CheckField, NumberField, SelectField } from '../fields/fields.tsx'
import { withValue } from '../model/at-path.ts'
import { newDisk } from '../model/source.ts'
import { Section, type SectionProps } from './section.tsx'
import { usePoolChoices, VolumeFields } from './volume-fields.tsx'

const GIB = 1_073_741_824
const MOST = 32

export function DisksSection({ form, options, system, change }: SectionProps) {
  const { t } = useI18n()
  const { disks } = form.draft.spec
  const pools = usePoolChoices(options)
  const setDisks = (next: typeof disks) => change((before) => withValue(before, 'draft.spec.disks', next))
  return (
    <Section id="disks">
      <div className="build-table-wrap">
        <table className="plain-table inset build-table">
          <thead>
            <tr>
              <th>{t('build.disk')}</th>
              <th>{t('build.column.pool')}</th>
              <th>{t('build.column.size')}</th>
              <th>{t('build.column.format')}</th>
              <th>{t('build.column.bus')}</th>
              <th>{t('build.column.cache')}</th>
              <th title={t('build.help.spec.disks.discard')}>{t('build.column.discard')}</th>
              <th title={t('build.help.spec.disks.ioThread')}>{t('build.column.ioThread')}</th>
              <th>
                <span className="visually-hidden">{t('build.remove')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {disks.map(({ source, bus }, index) => {
              const path = `spec.disks.${index}`
              const name = t('build.disk-number', { number: index + 1 })
              return (
                // biome-ignore lint/suspicious/noArrayIndexKey: a disk has no other name than its place
                <tr key={index}>
                  <td>
                    {name}
                    <span className="sub block">{t(`build.disk.${source.kind}`)}</span>
                  </td>
                  <td>
                    {source.kind !== 'existing' ? (
                      <SelectField path={`${path}.source.pool`} choices={pools} bare />
                    ) : index === 0 ? (
                      source.pool
                    ) : (
                      <VolumeFields
                        poolPath={`${path}.source.pool`}
                        volumePath={`${path}.source.volume`}
                        pool={source.pool}
                        volume={source.volume}
                        use="disk"
                        options={options}
                        bare
                        onPick={(place) => change((before) => withValue(before, `draft.${path}.source`, { kind: 'existing', ...place }))}
                      />
                    )}
                  </td>
                  <td>
                    {source.kind === 'existing' ? (
                      <span className="none">–</span>
                    ) : (
                      <NumberField
                        path={`${path}.source.sizeBytes`}
                        scale={GIB}
                        unit="GiB"
                        bare
                        nullable={source.kind === 'image'}
                        {...(source.kind === 'image' && { placeholder: t('build.as-image-short') })}
                      />
                    )}
                  </td>
                  <td>
                    {source.kind === 'existing' ? (
                      <span className="none">–</span>
                    ) : (
                      <SelectField path={`${path}.source.format`} choices={DISK_FORMATS.map((id) => ({ id, label: id }))} bare />
                    )}
                  </td>
                  <td>
                    <SelectField
                      path={`${path}.bus`}
                      bare
                      choices={DISK_BUSES.filter((id) => options.diskBuses.includes(id) || id === bus).map((id) => ({ id, label: id }))}
                    />
                  </td>
                  <td>
                    <SelectField path={`${path}.cache`} bare choices={DISK_CACHES.map((id) => ({ id, label: t(`build.cache.${id}`) }))} />
                  </td>
                  <td>
                    <CheckField path={`${path}.discard`} bare />
                  </td>
                  <td>
                    <CheckField path={`${path}.ioThread`} bare disabled={bus !== 'virtio' && bus !== 'scsi'} />
                  </td>
                  <td>
                    {index > 0 && (
                      <Button
                        variant="link"
                        isInline
                        aria-label={t('build.remove-disk', { number: index + 1 })}
                        onClick={() => setDisks(disks.filter((_disk, place) => place !== index))}
                      >
                        {t('build.remove')}
                      </Button>
                    )}
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
      <div className="build-row">
        {disks.length < MOST && (
          <>
            <Button variant="link" isInline onClick={() => setDisks([...disks, newDisk(options, disks.at(-1), system)])}>
              {t('build.add-disk')}
            </Button>
            <Button
              variant="link"
              isInline
              onClick={() => {
                const disk = newDisk(options, disks.at(-1), system)
                setDisks([...disks, { ...disk, source: { kind: 'existing', pool: disk.source.pool, volume: '' } }])
              }}
            >
              {t('build.add-existing-disk')}
            </Button>
          </>
        )}
      </div>
    </Section>
  )
}
