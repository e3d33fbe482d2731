import { useState } from 'react'
import { toWireError } from '../../../../shared/errors/index.ts'
import type { Pool, VolumeRow } from '../../../../shared/model/index.ts'
import { type Api, useApiCommand } from '../../../lib/api/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { Problem } from '../../../ui/index.ts'
import { FormDialog } from '../../machine-actions/index.ts'
import { bytesOf, SizeField, typedOf } from './size-field.tsx'
import { closeVolume } from './volume-request.ts'

/** Larger only: what is at the end of a disk cannot be moved from outside. */
export function ResizeDialog({ pool, row }: { readonly pool: Pool; readonly row: VolumeRow }) {
  const { t, format, language } = useI18n()
  const now = row.facts?.capacityBytes ?? 0
  const [size, setSize] = useState(typedOf(now, language))
  const resize = useApiCommand('storage.resizeVolume', (api, input: Parameters<Api['storage']['resizeVolume']>[0]) =>
    api.storage.resizeVolume(input),
  )
  const bytes = bytesOf(size)
  const problem = bytes === null ? t('storage.size.bad') : bytes < now ? t('storage.resize.smaller', { now: format.bytes(now) }) : null
  return (
    <FormDialog
      title={t('storage.resize.title', { name: row.name })}
      submit={t('storage.resize.confirm')}
      disabled={problem !== null || bytes === null || bytes <= now || resize.isPending}
      focus="#volume-size"
      onCancel={closeVolume}
      onSubmit={() =>
        bytes !== null && resize.mutate({ poolId: pool.id, name: row.name, capacityBytes: bytes }, { onSuccess: closeVolume })
      }
    >
      <SizeField
        id="volume-size"
        value={size}
        problem={problem}
        note={t('storage.resize.note', { now: format.bytes(now) })}
        onChange={setSize}
      />
      {resize.error && <Problem error={toWireError(resize.error)} />}
    </FormDialog>
  )
}
