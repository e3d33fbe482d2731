import type { Machine, TaskId, VolumeRow } from '../../../../shared/model/index.ts'
import { DISK_FORMATS } from '../../../../shared/model/index.ts'
import type { I18n } from '../../../lib/i18n/index.ts'
import type { MenuEntry } from '../../../ui/index.ts'
import type { PoolScene } from '../pools/pool-scene.ts'
import { runningAmong } from '../words.ts'
import { askVolume } from './volume-request.ts'

export interface VolumeMenu {
  readonly scene: PoolScene
  readonly row: VolumeRow
  readonly i18n: I18n
  /** Why nothing can be changed in this pool now. */
  readonly noWrite: string | undefined
  readonly noRead: string | undefined
  readonly noBuild: string | undefined
  readonly machine: (id: string) => Machine | undefined
  /** What is built on it, as far as it was read. */
  readonly overlay: string | undefined
  readonly isGone: boolean
  readonly download: () => void
  readonly build: () => void
  readonly deleting: (taskId: TaskId) => void
}

/** Why a volume is not to be touched: machines name it, or another is built on it. Undefined: nothing that is known. */
export function inUseReason({ owners }: VolumeRow, overlay: string | undefined, { t }: I18n): string | undefined {
  if (owners.length > 0) return t('storage.volume.used', { names: owners.map(({ name }) => name).join(', ') })
  return overlay === undefined ? undefined : t('storage.volume.built-on', { name: overlay })
}

/** What can be done to a volume, and why not. */
export function volumeEntries(menu: VolumeMenu): readonly MenuEntry[] {
  const { scene, row, i18n, noWrite, noRead, noBuild, machine, overlay, isGone } = menu
  const { t } = i18n
  const poolId = scene.pool.id
  const gone = isGone ? t('storage.volume.is-gone') : undefined
  const unread = row.facts === null ? t('storage.volume.not-read') : undefined
  const running = runningAmong(row.owners, machine)
  const runs = running.length > 0 ? t('storage.volume.runs', { names: running.map(({ name }) => name).join(', ') }) : undefined
  const used = inUseReason(row, overlay, i18n)
  const format = row.facts?.format ?? null
  const isDisk = (DISK_FORMATS as readonly (string | null)[]).includes(format)
  const item = (id: string, disabledReason: string | undefined, run: () => void, danger = false): MenuEntry => ({
    kind: 'item',
    id,
    label: t(`storage.volume.${id}` as 'storage.volume.resize'),
    disabledReason,
    danger,
    run,
  })
  const about = (kind: 'resize' | 'copy' | 'convert' | 'wipe' | 'delete') => () =>
    askVolume({ kind, poolId, rows: [row], overlay, ...(kind === 'delete' && { onBegun: menu.deleting }) })
  return [
    item('build', noBuild ?? gone, menu.build),
    item('download', noRead ?? gone, menu.download),
    { kind: 'divider', id: 'divider-1' },
    item('resize', noWrite ?? gone ?? unread ?? (isDisk ? runs : t('storage.volume.not-a-disk')), about('resize')),
    item('copy', noWrite ?? gone ?? unread ?? (isDisk ? runs : t('storage.volume.convert-instead')), about('copy')),
    item('convert', noWrite ?? gone ?? unread ?? runs, about('convert')),
    { kind: 'divider', id: 'divider-2' },
    item('wipe', noWrite ?? gone ?? used, about('wipe'), true),
    item('delete', noWrite ?? used, about('delete'), true),
  ]
}
