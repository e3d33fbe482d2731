import type { StorageVolRef } from '../../libvirt/index.ts'
import { type ActContext, within } from './act-context.ts'
import { type Asking, findVolume, keptDefinition, namedDisks } from './disks.ts'
import type { ChosenVolume } from './marker.ts'
import { libvirtNumber, VIR_ERR } from './problems.ts'

/** The volumes behind the chosen disks, as far as the machine's definition does not forbid to delete them anyway. */
export async function rememberVolumes(asking: Asking, diskKeys: readonly string[]): Promise<readonly ChosenVolume[]> {
  if (diskKeys.length === 0) return []
  const disks = namedDisks(await keptDefinition(asking)).filter(
    ({ named: { key, device, readOnly, shareable, isSeed } }) =>
      diskKeys.includes(key) && !shareable && (isSeed || (!readOnly && (device === 'disk' || device === 'lun'))),
  )
  const chosen = await Promise.all(
    disks.map(async ({ named: { key }, source }): Promise<ChosenVolume | null> => {
      const volume = await findVolume(asking, source)
      return volume && { key, pool: volume.pool, name: volume.name, capacityBytes: await capacityOf(asking, volume) }
    }),
  )
  return chosen.filter((volume) => volume !== null)
}

async function capacityOf({ host, work }: Pick<Asking, 'host' | 'work'>, vol: StorageVolRef): Promise<number> {
  return Number((await host.call('storageVolGetInfo', { vol }, within({ work }))).capacity)
}

/**
 * A remembered volume as it is now. Null: it is gone. `isSame` false: what has its name has another size, so it may be somebody else's.
 * Throws AppError or LibvirtError while its pool does not tell, such as one that is stopped.
 */
export async function findAgain(
  asking: Pick<ActContext, 'host' | 'work'>,
  { pool: poolName, name, capacityBytes }: ChosenVolume,
): Promise<{ readonly volume: StorageVolRef; readonly isSame: boolean } | null> {
  const { host } = asking
  const { pool } = await host.call('storagePoolLookupByName', { name: poolName }, within(asking))
  try {
    const { vol } = await host.call('storageVolLookupByName', { pool, name }, within(asking))
    return { volume: vol, isSame: (await capacityOf(asking, vol)) === capacityBytes }
  } catch (error) {
    if (libvirtNumber(error) === VIR_ERR.noStorageVolume) return null
    throw error
  }
}
