import { useState } from 'react'
import { toWireError } from '../../../../shared/errors/index.ts'
import type { Pool, VolumeRow } from '../../../../shared/model/index.ts'
import { type Api, useApiCommand } from '../../../lib/api/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { ConfirmDialog, Problem } from '../../../ui/index.ts'
import { TypedConfirmation } from '../../machine-actions/index.ts'
import { closeVolume } from './volume-request.ts'

/** Names what is lost: nothing brings it back. */
export function WipeDialog({ pool, row }: { readonly pool: Pool; readonly row: VolumeRow }) {
  const { t, format } = useI18n()
  const [typed, setTyped] = useState('')
  const wipe = useApiCommand('storage.wipeVolume', (api, input: Parameters<Api['storage']['wipeVolume']>[0]) =>
    api.storage.wipeVolume(input),
  )
  const { facts } = row
  return (
    <ConfirmDialog
      title={t('storage.wipe.title', { name: row.name })}
      confirm={t('storage.wipe.confirm')}
      cancel={t('action.cancel')}
      danger
      disabled={typed.trim() !== row.name}
      busy={wipe.isPending}
      onCancel={closeVolume}
      onConfirm={() => wipe.mutate({ poolId: pool.id, name: row.name }, { onSuccess: closeVolume })}
    >
      <p>
        {facts
          ? t('storage.wipe.text', { size: format.bytes(facts.allocationBytes), format: facts.format ?? '?' })
          : t('storage.wipe.text-unread')}
      </p>
      <p className="mono small storage-path">{row.path}</p>
      {facts !== null && facts.format !== 'raw' && <p>{t('storage.wipe.format')}</p>}
      <TypedConfirmation wanted={row.name} isName value={typed} onChange={setTyped} label={t('storage.wipe.type', { wanted: row.name })} />
      {wipe.error && <Problem error={toWireError(wipe.error)} />}
    </ConfirmDialog>
  )
}
