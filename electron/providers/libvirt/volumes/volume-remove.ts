import type { VolumePlace } from '../../../../shared/model/index.ts'
import { sameDevices } from '../device-names.ts'
import { type Others, otherDisks, runningUsers, savedUsers } from '../disks.ts'
import { libvirtNumber, VIR_ERR } from '../problems.ts'
import { snapshotsIn } from '../snapshots/snapshot-users.ts'
import { definedDisks } from './definitions-now.ts'
import { unmark } from './unfinished.ts'
import { activePool, change, type FoundVolume, findVolume, type VolumeContext } from './volume-context.ts'
import { DiskUsers } from './volume-list.ts'
import { cannotShrink, volumeInUse, volumeUnfinished } from './volume-problems.ts'

/** Throws `precondition` volume.in-use for what a machine's definition or snapshot names, or another image is built on. */
export async function needUnused(context: VolumeContext, place: VolumePlace, { vol, facts }: FoundVolume): Promise<void> {
  const [first, { overlays, blind }, elsewhere, snapshots] = await Promise.all([
    // of a device a machine may have another name, which is looked up below: no second look then
    definedDisks(context, facts.type === 'block'),
    context.backing.builtOn(vol, facts.path),
    context.elsewhere.on([facts.path]),
    snapshotsIn(context, vol, facts.path),
  ])
  // a moment may be enough to let go of it
  const disks = new DiskUsers(first).of(vol, facts.path).length > 0 ? await definedDisks(context, true) : first
  const users = new DiskUsers(disks).of(vol, facts.path)
  if (users.length > 0) throw volumeInUse(place, users, `It is used by ${users.join(', ')}.`)
  const byOtherNames = facts.type === 'block' ? await usersByOtherNames(context, disks, facts.path) : []
  if (byOtherNames === null)
    throw volumeInUse(place, [], 'Whether a machine uses it by another name cannot be told: this connection runs no programs on the host.')
  if (byOtherNames.length > 0) throw volumeInUse(place, byOtherNames, `It is used by ${byOtherNames.join(', ')}, by another name.`)
  if (snapshots.length > 0) throw volumeInUse(place, snapshots, `It holds snapshots of machines: ${snapshots.join(', ')}.`)
  const above = [...overlays, ...(elsewhere.overlays.get(facts.path) ?? [])]
  if (above.length > 0) throw volumeInUse(place, above, `Other images are built on it: ${above.join(', ')}.`)
  const unknown = blind ?? elsewhere.blind
  if (unknown !== null) throw volumeInUse(place, [], `Whether other images are built on it cannot be told: ${unknown}`)
}

/** Names that the kernel and udev give a device beside the one its pool has for it. */
const OTHER_NAMES = /^\/dev\/(mapper|disk|block|dm-)/

/** Null: nobody can tell. */
async function usersByOtherNames({ shell, work }: VolumeContext, disks: Others, path: string): Promise<readonly string[] | null> {
  const machines = [...disks.values()]
  const names = machines.flatMap(({ keys }) => keys).filter((key) => shell !== null || OTHER_NAMES.test(key))
  const same = await sameDevices(shell, names, [path], work.signal)
  return same && machines.filter(({ keys }) => keys.some((key) => same.has(key))).map(({ name }) => name)
}

/** Deletes a volume that nothing names. Throws `precondition` volume.in-use, volume.unfinished. */
export async function removeVolume(context: VolumeContext, place: VolumePlace): Promise<void> {
  const { vol, facts } = await findVolume(context, place)
  await needUnused(context, place, { vol, facts })
  try {
    // A large file takes its file system a while.
    await change(context, 'storageVolDelete', { vol, flags: 0 }, { dedicated: 'many' })
  } catch (error) {
    throw libvirtNumber(error) === VIR_ERR.operationInvalid ? volumeUnfinished(place, error) : error
  } finally {
    context.touchPools()
  }
  await unmark(context, await activePool(context, place.pool), place.volume)
}

/**
 * Only larger, and of no machine that runs, as it would not hear of it, or whose memory is saved with the disk as it is. Throws
 * `invalid-input` volume.cannot-shrink, `precondition` volume.in-use.
 */
export async function resizeVolume(context: VolumeContext, place: VolumePlace, capacityBytes: number): Promise<void> {
  const { vol, facts } = await findVolume(context, place)
  if (capacityBytes < facts.capacityBytes) throw cannotShrink(place, facts.capacityBytes, capacityBytes)
  if (capacityBytes === facts.capacityBytes) return
  const users = new DiskUsers(await otherDisks(context)).of(vol, facts.path)
  const holding = [...(await runningUsers(context, users)), ...(await savedUsers(context, users))]
  if (holding.length > 0) {
    const reason = `${holding.join(', ')} runs on it, or waits with its memory saved. Make the disk larger at the machine instead.`
    throw volumeInUse(place, holding, reason)
  }
  try {
    await change(context, 'storageVolResize', { vol, capacity: BigInt(capacityBytes), flags: 0 })
  } finally {
    context.touchPools()
  }
}
