import { Button } from '@patternfly/react-core'
import type { UseQueryResult } from '@tanstack/react-query'
import { useState } from 'react'
import type { AppError } from '../../../../shared/errors/index.ts'
import type { BuildOptions, HostId, OvaContents, VolumePlace } from '../../../../shared/model/index.ts'
import { toPageError, useApi } from '../../../lib/api/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { Facts, Problem } from '../../../ui/index.ts'
import { CheckField } from '../fields/fields.tsx'
import { useVolumes } from '../queries.ts'
import { HostPicker, type HostPickerProps } from '../sections/host-section.tsx'
import { Section } from '../sections/section.tsx'
import { UploadBlock } from '../sections/upload-block.tsx'
import { VolumeFields } from '../sections/volume-fields.tsx'
import { DiskImport } from './disk-import.tsx'
import { fileKindOf, IMPORTED_FILES } from './file-kind.ts'
import type { ImportDraft } from './import-draft.ts'

export interface PackageSectionProps {
  readonly draft: ImportDraft
  readonly host: HostPickerProps['host']
  readonly onHost: (hostId: HostId) => void
  readonly options: BuildOptions
  readonly contents: Pick<UseQueryResult<OvaContents, AppError>, 'data' | 'error' | 'isFetching' | 'refetch'>
  /** What is chosen was uploaded for this import. */
  readonly isUploaded: boolean
  readonly onChoose: (place: VolumePlace, isUploaded: boolean) => void
  /** A disk was made of what was uploaded, which is gone with that. */
  readonly onDiskMade: () => void
}

/** Which package, where it lies, and what it says of itself. */
export function PackageSection({ draft, host, onHost, options, contents, isUploaded, onChoose, onDiskMade }: PackageSectionProps) {
  const i18n = useI18n()
  const { t } = i18n
  const { pool, volume } = draft.package
  const kind = fileKindOf(volume)
  const refusedFile = (name: string): string | null => {
    const found = fileKindOf(name)
    return found === 'descriptor' ? t('import.descriptor-alone', { name }) : found === 'other' ? t('import.no-package', { name }) : null
  }
  return (
    <Section id="source" title="import.section.package">
      <HostPicker hostId={draft.hostId} host={host} onPick={onHost} />
      <VolumeFields
        poolPath="package.pool"
        volumePath="package.volume"
        pool={pool}
        volume={volume}
        use="package"
        options={options}
        onPick={(place) => onChoose(place, false)}
      />
      <UploadBlock
        pool={pool}
        options={options}
        accept={IMPORTED_FILES}
        note={t('import.upload-note')}
        refusedFile={refusedFile}
        renames
        onReady={(name) => onChoose({ pool, volume: name }, true)}
      />
      {isUploaded && <Discard place={draft.package} options={options} onDone={() => onChoose({ pool, volume: '' }, false)} />}
      {volume !== '' && kind === 'disk' && (
        <DiskImport key={`${pool}/${volume}`} place={draft.package} hostId={draft.hostId} options={options} onMade={onDiskMade} />
      )}
      {kind === 'package' && contents.isFetching && !contents.data && (
        <p className="form-note build-indent" role="status">
          {t('import.reading')}
        </p>
      )}
      {kind === 'package' && contents.error && (
        <div className="build-indent" role="alert">
          <div className="bad-text">
            <Problem error={contents.error} />
          </div>
          <Button variant="secondary" size="sm" onClick={() => void contents.refetch()}>
            {t('import.read-again')}
          </Button>
        </div>
      )}
      {contents.data && <Contents contents={contents.data} />}
      {contents.data && (
        <>
          <CheckField
            path="verify"
            reason={contents.data.manifest === null ? t('import.no-manifest') : null}
            disabled={contents.data.manifest === null}
          />
          <CheckField path="removePackage" />
        </>
      )}
    </Section>
  )
}

function Contents({ contents }: { readonly contents: OvaContents }) {
  const { t, format } = useI18n()
  const packed = contents.disks.reduce((sum, disk) => sum + disk.sizeBytes, 0)
  const capacity = contents.disks.reduce((sum, disk) => sum + disk.capacityBytes, 0)
  const disks = { count: contents.disks.length, packed: format.bytes(packed), capacity: format.bytes(capacity) }
  return (
    <div className="import-contents" role="group" aria-label={t('import.contents')}>
      <Facts
        facts={[
          { label: t('import.fact.machine'), value: contents.name },
          { label: t('import.fact.guest'), value: contents.guest },
          { label: t('import.fact.disks'), value: t('import.disks', disks) },
          { label: t('import.fact.networks'), value: contents.networks.length === 0 ? null : contents.networks.join(', ') },
          { label: t('import.fact.manifest'), value: contents.manifest?.toUpperCase().replace('SHA', 'SHA-') },
          ...(contents.spec.title === null ? [] : [{ label: t('import.fact.title'), value: contents.spec.title }]),
          ...(contents.spec.description === null ? [] : [{ label: t('import.fact.description'), value: contents.spec.description }]),
        ]}
      />
    </div>
  )
}

interface DiscardProps {
  readonly place: VolumePlace
  readonly options: BuildOptions
  readonly onDone: () => void
}

/** What was uploaded only to be read has not to stay. */
function Discard({ place, options, onDone }: DiscardProps) {
  const { t } = useI18n()
  const api = useApi()
  const pool = options.pools.find((one) => one.name === place.pool)
  const volumes = useVolumes(pool?.active ? pool.id : null)
  const [pending, setPending] = useState(false)
  const [error, setError] = useState<AppError | null>(null)
  async function discard() {
    if (!pool || pending) return
    setPending(true)
    setError(null)
    try {
      await api.volumes.remove({ poolId: pool.id, name: place.volume })
      await volumes.refetch()
      onDone()
    } catch (thrown) {
      setError(toPageError(thrown, 'command'))
      setPending(false)
    }
  }
  return (
    <div className="build-indent">
      <p className="form-note">
        {t('import.uploaded', place)}{' '}
        <Button variant="link" isInline isLoading={pending} onClick={() => void discard()}>
          {t('import.discard')}
        </Button>
      </p>
      {error && <Problem error={error} />}
    </div>
  )
}
