import type { VolumePlace } from '../../../../shared/model/index.ts'
import { otherDisks } from '../disks.ts'
import { libvirtNumber, VIR_ERR } from '../problems.ts'
import { change, findVolume } from '../volumes/volume-context.ts'
import { DiskUsers } from '../volumes/volume-list.ts'
import { volumeInUse, volumeUnfinished } from '../volumes/volume-problems.ts'
import type { StorageContext } from './storage-context.ts'

/**
 * Overwrites a volume with zeros, its format included: what was a qcow2 image is a file of zeros then. libvirt tells nothing of how far it is.
 * Throws `precondition` volume.in-use, volume.unfinished.
 */
export async function wipeVolume(context: StorageContext, place: VolumePlace): Promise<void> {
  const { vol, facts } = await findVolume(context, place)
  const [disks, { overlays, blind }] = await Promise.all([otherDisks(context), context.backing.builtOn(vol, facts.path)])
  const users = new DiskUsers(disks).of(vol, facts.path)
  if (users.length > 0) throw volumeInUse(place, users, `It is used by ${users.join(', ')}.`)
  if (overlays.length > 0) throw volumeInUse(place, overlays, `Other images are built on it: ${overlays.join(', ')}.`)
  if (blind !== null) throw volumeInUse(place, [], `Whether other images are built on it cannot be told: ${blind}`)
  try {
    await change(context, 'storageVolWipe', { vol, flags: 0 })
  } catch (error) {
    throw libvirtNumber(error) === VIR_ERR.operationInvalid ? volumeUnfinished(place, error) : error
  } finally {
    context.touchPools()
  }
}
