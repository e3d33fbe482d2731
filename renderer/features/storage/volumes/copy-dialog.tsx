import { FormGroup } from '@patternfly/react-core'
import { useState } from 'react'
import { toWireError } from '../../../../shared/errors/index.ts'
import type { Pool, PoolId, VolumeRow } from '../../../../shared/model/index.ts'
import { useApiCommand } from '../../../lib/api/index.ts'
import { compareNames, useI18n } from '../../../lib/i18n/index.ts'
import { useTable } from '../../../lib/live/index.ts'
import { Problem } from '../../../ui/index.ts'
import { FormDialog } from '../../machine-actions/index.ts'
import { formatsIn } from '../words.ts'
import { FormatField } from './format-field.tsx'
import { NameField, nameProblem } from './name-field.tsx'
import { closeVolume } from './volume-request.ts'

interface Wanted {
  readonly to: PoolId
  readonly name: string
  readonly format: 'qcow2' | 'raw'
}

export interface CopyDialogProps {
  readonly pool: Pool
  readonly row: VolumeRow
  /** By qemu-img, which reads images of all formats; else by libvirt itself. */
  readonly converts: boolean
}

/** A whole copy, in any pool of the host that runs, in the same format or another. */
export function CopyDialog({ pool, row, converts }: CopyDialogProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const pools = useTable('pool')
    .filter(({ hostId, active }) => hostId === pool.hostId && active)
    .sort((a, b) => compareNames(a.name, b.name))
  const [to, setTo] = useState<PoolId>(pool.id)
  const target = pools.find(({ id }) => id === to) ?? pool
  const formats = formatsIn(target)
  const own = row.facts?.format === 'raw' ? 'raw' : 'qcow2'
  const [wanted, setWanted] = useState<'qcow2' | 'raw'>(converts ? (own === 'raw' ? 'qcow2' : 'raw') : own)
  const chosen = formats.includes(wanted) ? wanted : (formats[0] ?? 'raw')
  const [typed, setTyped] = useState<string | null>(null)
  const name = typed ?? proposed(row.name, converts ? chosen : null)
  const problem = nameProblem(name, to === pool.id ? new Set([row.name]) : undefined, i18n)
  const copy = useApiCommand(converts ? 'volumes.convert' : 'storage.cloneVolume', (api, input: Wanted) =>
    converts
      ? api.volumes.convert({ poolId: input.to, name: input.name, from: { poolId: pool.id, name: row.name }, format: input.format })
      : api.storage.cloneVolume({
          poolId: pool.id,
          name: row.name,
          to: { poolId: input.to, name: input.name },
          format: input.format,
        }),
  )
  const need = row.facts?.allocationBytes ?? null
  return (
    <FormDialog
      title={t(converts ? 'storage.convert.title' : 'storage.copy.title', { name: row.name })}
      submit={t(converts ? 'storage.convert.confirm' : 'storage.copy.confirm')}
      disabled={problem !== null || copy.isPending}
      focus="#volume-name"
      onCancel={closeVolume}
      onSubmit={() => copy.mutate({ to, name, format: chosen }, { onSuccess: closeVolume })}
    >
      <p>{t(converts ? 'storage.convert.text' : row.facts?.backingPath ? 'storage.copy.text-backing' : 'storage.copy.text')}</p>
      <FormGroup label={t('storage.copy.pool')} fieldId="volume-pool">
        <select id="volume-pool" className="text-input" value={to} onChange={(event) => setTo(event.target.value as PoolId)}>
          {pools.map((one) => (
            <option key={one.id} value={one.id}>
              {one.availableBytes === null ? one.name : t('storage.copy.free', { name: one.name, free: format.bytes(one.availableBytes) })}
            </option>
          ))}
        </select>
        {need !== null && target.availableBytes !== null && need > target.availableBytes && (
          <p className="form-note bad-text">{t('storage.copy.no-room', { need: format.bytes(need) })}</p>
        )}
      </FormGroup>
      <NameField id="volume-name" value={name} problem={problem} onChange={setTyped} />
      <FormGroup label={t('column.format')} fieldId="volume-format">
        <FormatField id="volume-format" formats={formats} value={chosen} onChange={setWanted} />
      </FormGroup>
      {copy.error && <Problem error={toWireError(copy.error)} />}
    </FormDialog>
  )
}

/** `web.qcow2` → `web-copy.qcow2`, or with the ending of the new format. */
function proposed(name: string, format: string | null): string {
  const [, stem = name, ending = ''] = /^(.+?)(\.[^.]+)?$/.exec(name) ?? []
  return format === null ? `${stem}-copy${ending}` : `${stem}.${format}`
}
