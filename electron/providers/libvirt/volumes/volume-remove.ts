import type { VolumePlace } from '../../../../shared/model/index.ts'
import { otherDisks, runningUsers } from '../disks.ts'
import { libvirtNumber, VIR_ERR } from '../problems.ts'
import { unmark } from './unfinished.ts'
import { activePool, change, findVolume, type VolumeContext } from './volume-context.ts'
import { DiskUsers } from './volume-list.ts'
import { cannotShrink, volumeInUse, volumeUnfinished } from './volume-problems.ts'

/** Deletes a volume that nothing names. Throws `precondition` volume.in-use, volume.unfinished. */
export async function removeVolume(context: VolumeContext, place: VolumePlace): Promise<void> {
  const { vol, facts } = await findVolume(context, place)
  const [disks, { overlays, blind }] = await Promise.all([otherDisks(context), context.backing.builtOn(vol, facts.path)])
  const users = new DiskUsers(disks).of(vol, facts.path)
  if (users.length > 0) throw volumeInUse(place, users, `It is used by ${users.join(', ')}.`)
  if (overlays.length > 0) throw volumeInUse(place, overlays, `Other images are built on it: ${overlays.join(', ')}.`)
  if (blind !== null) throw volumeInUse(place, [], `Whether other images are built on it cannot be told: ${blind}`)
  try {
    await change(context, 'storageVolDelete', { vol, flags: 0 })
  } catch (error) {
    throw libvirtNumber(error) === VIR_ERR.operationInvalid ? volumeUnfinished(place, error) : error
  } finally {
    context.touchPools()
  }
  await unmark(context, await activePool(context, place.pool), place.volume)
}

/** Only larger, and of no machine that runs: it would not hear of it. Throws `invalid-input` volume.cannot-shrink, `precondition` volume.in-use. */
export async function resizeVolume(context: VolumeContext, place: VolumePlace, capacityBytes: number): Promise<void> {
  const { vol, facts } = await findVolume(context, place)
  if (capacityBytes < facts.capacityBytes) throw cannotShrink(place, facts.capacityBytes, capacityBytes)
  if (capacityBytes === facts.capacityBytes) return
  const running = await runningUsers(context, new DiskUsers(await otherDisks(context)).of(vol, facts.path))
  if (running.length > 0)
    throw volumeInUse(place, running, `${running.join(', ')} runs on it. Make the disk larger at the machine instead.`)
  try {
    await change(context, 'storageVolResize', { vol, capacity: BigInt(capacityBytes), flags: 0 })
  } finally {
    context.touchPools()
  }
}
