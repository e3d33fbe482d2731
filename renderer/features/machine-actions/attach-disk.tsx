import { FormGroup, Radio, SearchInput } from '@patternfly/react-core'
import { useState } from 'react'
import type { CloudFacts, CloudResource, Machine } from '../../../shared/model/index.ts'
import { useApiQuery } from '../../lib/api/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { Skeleton } from '../../ui/index.ts'
import type { ActionDialogProps } from './dialog.ts'
import { FormDialog } from './form-dialog.tsx'

const SHOWN = 50

export interface AttachDiskProps extends Omit<ActionDialogProps, 'plan'> {
  readonly machine: Machine
  readonly cloud: CloudFacts
}

/** The disks of the place that nobody uses and that this machine can reach. */
export function AttachDisk({ machine, cloud, onRun, onCancel }: AttachDiskProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const { hostId } = machine
  const { data, error, isPending } = useApiQuery(
    'clouds.resources',
    { hostId, kind: 'disk' },
    (api, signal) => api.clouds.resources({ hostId, kind: 'disk' }, { signal }),
    { staleMs: 0 },
  )
  const [search, setSearch] = useState('')
  const [diskId, setDiskId] = useState<string | null>(null)
  const free = (data ?? []).filter((disk) => isFree(disk, cloud))
  const shown = free.filter(({ name, id }) => `${name} ${id}`.toLowerCase().includes(search.trim().toLowerCase()))
  const chosen = free.find(({ id }) => id === diskId)
  const place = cloud.zone ?? cloud.region
  return (
    <FormDialog
      title={t('disk.attach-title', { name: machine.name })}
      submit={chosen ? t('disk.attach', { disk: chosen.name }) : t('disk.attach-one')}
      disabled={!chosen}
      focus="#disk-search input"
      onSubmit={() => {
        if (chosen) onRun([machine.id], { action: 'attachDisk', diskId: chosen.id })
      }}
      onCancel={onCancel}
    >
      <SearchInput
        id="disk-search"
        aria-label={t('disk.search')}
        placeholder={t('disk.search')}
        value={search}
        onChange={(_event, value) => setSearch(value)}
        onClear={() => setSearch('')}
      />
      {isPending && <Skeleton width={240} />}
      {error && <p className="dialog-problem">{i18n.error(error)}</p>}
      {data && shown.length === 0 && <p className="sub">{t(free.length === 0 ? 'disk.none-free' : 'disk.none-found', { place })}</p>}
      {shown.length > 0 && (
        <FormGroup role="radiogroup" label={t('disk.free-in', { place })} fieldId="disk-free">
          {shown.slice(0, SHOWN).map((disk, index) => (
            <Radio
              key={disk.id}
              id={`free-disk-${index}`}
              name="disk"
              label={disk.name}
              description={[disk.sizeBytes === null ? '–' : format.bytes(disk.sizeBytes), disk.zone ?? disk.region ?? ''].join(', ')}
              isChecked={disk.id === diskId}
              onChange={() => setDiskId(disk.id)}
            />
          ))}
          {shown.length > SHOWN && <p className="sub">{t('type.more', { count: format.number(shown.length - SHOWN) })}</p>}
        </FormGroup>
      )}
    </FormDialog>
  )
}

/** A disk reaches the machines of its own zone, or of its region where it has none. */
function isFree({ id, usedBy, region, zone }: CloudResource, cloud: CloudFacts): boolean {
  if (usedBy.length > 0 || cloud.disks.some((disk) => disk.id.toLowerCase() === id.toLowerCase())) return false
  if (region !== null && region !== cloud.region) return false
  return zone === null || cloud.zone === null || zone === cloud.zone
}
