import type { BuildOptions, Volume } from '../../../../shared/model/index.ts'
import type { VolumePlace } from '../../../../shared/model/machine-spec.ts'
import { compareNames, useI18n } from '../../../lib/i18n/index.ts'
import { type Choice, SelectField } from '../fields/fields.tsx'
import { Picker } from '../fields/picker.tsx'
import { fileKindOf } from '../import/file-kind.ts'
import { useVolumes } from '../queries.ts'

/** What a volume is wanted for. */
export type VolumeUse = 'image' | 'iso' | 'disk' | 'package'

export function isIso(volume: Volume): boolean {
  return volume.format === 'iso' || /\.iso$/i.test(volume.name)
}

/** Whether a volume can serve: an image is not in use by a machine as its disk, a CD is one. */
export function serves(volume: Volume, use: VolumeUse): boolean {
  if (use === 'iso') return isIso(volume)
  if (use === 'package') return volume.usedBy.length === 0 && fileKindOf(volume.name) === 'package'
  const isDisk = volume.format === 'qcow2' || volume.format === 'raw'
  return isDisk && !isIso(volume) && volume.usedBy.length === 0
}

export function usePoolChoices(options: BuildOptions): readonly Choice[] {
  const { t, format } = useI18n()
  return options.pools
    .toSorted((a, b) => compareNames(a.name, b.name))
    .map((pool) => ({
      id: pool.name,
      label: pool.availableBytes === null ? pool.name : `${pool.name} (${t('build.free', { size: format.bytes(pool.availableBytes) })})`,
      reason: pool.active ? null : t('build.pool-off'),
    }))
}

export interface VolumeFieldsProps {
  /** Of the pool's name and of the volume's. */
  readonly poolPath: string
  readonly volumePath: string
  readonly pool: string
  readonly volume: string
  readonly use: VolumeUse
  readonly options: BuildOptions
  readonly onPick: (place: VolumePlace) => void
  /** In a table: without labels of their own. */
  readonly bare?: boolean
}

/** A pool, and one of the volumes in it. */
export function VolumeFields({ poolPath, volumePath, pool, volume, use, options, onPick, bare = false }: VolumeFieldsProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const pools = usePoolChoices(options)
  const chosen = options.pools.find((one) => one.name === pool)
  const volumes = useVolumes(chosen?.active ? chosen.id : null)
  const picks = (volumes.data ?? [])
    .filter((one) => serves(one, use))
    .toSorted((a, b) => compareNames(a.name, b.name))
    .map((one) => ({ id: one.name, label: one.name, side: format.bytes(one.capacityBytes) }))
  const empty = volumes.isPending && chosen?.active ? t('build.reading-volumes') : t(`build.no-volumes.${use}`, { pool })
  return (
    <>
      <SelectField path={poolPath} choices={pools} bare={bare} onChoose={(next) => onPick({ pool: next, volume: '' })} />
      <Picker
        path={volumePath}
        picks={picks}
        value={volume}
        empty={empty}
        bare={bare}
        note={volumes.error ? <span className="bad-text">{i18n.error(volumes.error)}</span> : undefined}
        onPick={(name) => onPick({ pool, volume: name })}
      />
    </>
  )
}
