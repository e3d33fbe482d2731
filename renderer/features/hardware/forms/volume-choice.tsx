import type { Volume, VolumePlace } from '../../../../shared/model/index.ts'
import { DISK_FORMATS } from '../../../../shared/model/machine-spec.ts'
import { compareNames, useI18n } from '../../../lib/i18n/index.ts'
import { type Choice, Field, Select } from '../field.tsx'
import { useHardware } from '../hardware-context.ts'
import { useVolumes } from '../queries.ts'

export function isIso({ name, format }: Volume): boolean {
  return format === 'iso' || /\.iso$/i.test(name)
}

/** Pools of block devices: a volume there is what is in it, and nothing more. */
const BLOCK_TYPES: ReadonlySet<string> = new Set(['logical', 'rbd', 'disk', 'iscsi', 'iscsi-direct', 'scsi', 'mpath', 'zfs'])

/** Where a new volume goes unless somebody says otherwise: beside the machine's first disk, else into a pool of files. */
export function useUsualPool(): { readonly pool: string; readonly formats: (pool: string) => readonly (typeof DISK_FORMATS)[number][] } {
  const { parts, shown } = useHardware()
  const pools = (parts?.pools ?? []).filter(({ active }) => active)
  const beside = shown.disks.find(({ device, place }) => device === 'disk' && place !== null)?.place?.pool
  const found = pools.find(({ name }) => name === beside) ?? pools.find(({ type }) => type === 'dir') ?? pools[0]
  return {
    pool: found?.name ?? '',
    formats: (name) => (BLOCK_TYPES.has(parts?.pools.find((pool) => pool.name === name)?.type ?? '') ? ['raw'] : DISK_FORMATS),
  }
}

/** Pools of the host, those that are off with the reason. */
export function usePools(): readonly Choice[] {
  const { t, format } = useI18n()
  const { parts } = useHardware()
  return (parts?.pools ?? [])
    .toSorted((a, b) => compareNames(a.name, b.name))
    .map(({ name, active, availableBytes }) => ({
      id: name,
      label: availableBytes === null ? name : `${name} (${t('build.free', { size: format.bytes(availableBytes) })})`,
      reason: active ? null : t('build.pool-off'),
    }))
}

export interface VolumeChoiceProps {
  readonly place: VolumePlace
  readonly use: 'disk' | 'iso'
  readonly onChange: (place: VolumePlace) => void
}

/** A pool and one of its volumes; one that another machine has is shown with that machine's name. */
export function VolumeChoice({ place, use, onChange }: VolumeChoiceProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const { parts } = useHardware()
  const pools = usePools()
  const pool = parts?.pools.find(({ name }) => name === place.pool)
  const volumes = useVolumes(pool?.active ? pool.id : null)
  const choices = (volumes.data ?? [])
    .filter((volume) => isIso(volume) === (use === 'iso'))
    .toSorted((a, b) => compareNames(a.name, b.name))
    .map((volume) => ({
      id: volume.name,
      label:
        volume.usedBy.length > 0 && use === 'disk'
          ? t('hw.volume-of', { volume: volume.name, machines: volume.usedBy.join(', ') })
          : `${volume.name} (${format.bytes(volume.capacityBytes)})`,
    }))
  const empty = volumes.isPending && pool?.active === true ? t('build.reading-volumes') : t('hw.choose-volume')
  return (
    <>
      <Field label={t('build.column.pool')}>
        {(id, describedBy) => (
          <Select
            id={id}
            describedBy={describedBy}
            value={place.pool}
            choices={pools}
            onChange={(next) => onChange({ pool: next, volume: '' })}
          />
        )}
      </Field>
      <Field label={t(use === 'iso' ? 'hw.field.iso' : 'hw.field.volume')} problem={volumes.error ? i18n.error(volumes.error) : null}>
        {(id, describedBy) => (
          <Select
            id={id}
            describedBy={describedBy}
            value={place.volume}
            choices={
              place.volume === ''
                ? [{ id: '', label: choices.length === 0 && volumes.data ? t('hw.no-volume') : empty }, ...choices]
                : choices
            }
            onChange={(volume) => onChange({ ...place, volume })}
          />
        )}
      </Field>
    </>
  )
}
