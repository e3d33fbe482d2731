import { Button } from '@patternfly/react-core'
import { Fragment } from 'react'
import type { VolumePlace } from '../../../../shared/model/machine-spec.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { withValue } from '../model/at-path.ts'
import { usualPool } from '../model/source.ts'
import { FetchBlock } from './fetch-block.tsx'
import type { SectionProps } from './section.tsx'
import { UploadBlock } from './upload-block.tsx'
import { VolumeFields } from './volume-fields.tsx'

const MOST_CDS = 4

/** The installation's CD, and others such as one with drivers. */
export function CdFields({ form, options, system, change }: SectionProps) {
  const { t } = useI18n()
  const { media } = form.draft.spec
  const setMedia = (next: typeof media) => change((before) => withValue(before, 'draft.spec.media', next))
  return (
    <>
      {media.map((cd, index) => {
        const path = `spec.media.${index}`
        const place = (next: VolumePlace) => setMedia(media.map((one, at) => (at === index ? next : one)))
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a drive has no other name than its place
          <Fragment key={index}>
            <VolumeFields
              poolPath={`${path}.pool`}
              volumePath={`${path}.volume`}
              pool={cd.pool}
              volume={cd.volume}
              use="iso"
              options={options}
              onPick={place}
            />
            {index === 0 && (
              <FetchBlock
                known={[]}
                pool={cd.pool}
                chosen={cd.volume}
                hostId={form.draft.hostId}
                options={options}
                onReady={(volume) => place({ pool: cd.pool, volume })}
              />
            )}
            <UploadBlock pool={cd.pool} options={options} accept=".iso" onReady={(volume) => place({ pool: cd.pool, volume })} />
            {index > 0 && (
              <Button variant="link" isInline className="build-indent" onClick={() => setMedia(media.filter((_cd, at) => at !== index))}>
                {t('build.remove-cd', { number: index + 1 })}
              </Button>
            )}
          </Fragment>
        )
      })}
      {system?.isoPage && (
        <p className="form-note build-indent">
          {t('build.iso-page')} <span className="mono">{system.isoPage}</span>
        </p>
      )}
      {media.length < MOST_CDS && (
        <Button
          variant="link"
          isInline
          className="build-indent"
          onClick={() => setMedia([...media, { pool: media.at(-1)?.pool ?? usualPool(options), volume: '' }])}
        >
          {t('build.add-cd')}
        </Button>
      )}
    </>
  )
}
