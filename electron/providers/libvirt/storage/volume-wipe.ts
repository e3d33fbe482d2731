import type { VolumePlace } from '../../../../shared/model/index.ts'
import { libvirtNumber, VIR_ERR } from '../problems.ts'
import { change, findVolume } from '../volumes/volume-context.ts'
import { volumeUnfinished } from '../volumes/volume-problems.ts'
import { needUnused } from '../volumes/volume-remove.ts'
import type { StorageContext } from './storage-context.ts'

/**
 * Overwrites a volume with zeros, its format included: what was a qcow2 image is a file of zeros then. libvirt tells nothing of how far it is.
 * Throws `precondition` volume.in-use, volume.unfinished.
 */
export async function wipeVolume(context: StorageContext, place: VolumePlace): Promise<void> {
  const found = await findVolume(context, place)
  await needUnused(context, place, found)
  try {
    await change(context, 'storageVolWipe', { vol: found.vol, flags: 0 })
  } catch (error) {
    throw libvirtNumber(error) === VIR_ERR.operationInvalid ? volumeUnfinished(place, error) : error
  } finally {
    context.touchPools()
  }
}
