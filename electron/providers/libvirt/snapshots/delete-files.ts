import type { StorageVolRef } from '../../../libvirt/index.ts'
import { needsOf } from '../../snapshots/index.ts'
import { otherDisks } from '../disks.ts'
import { libvirtNumber } from '../problems.ts'
import { change, within } from '../volumes/volume-context.ts'
import { DiskUsers } from '../volumes/volume-list.ts'
import { withElsewhere } from './file-users.ts'
import { readSight } from './read-sight.ts'
import type { SnapshotContext } from './snapshot-context.ts'

/** What others stand on is read once more before a file goes, unless the work began, and read it, this short a time ago. */
const BELIEVED_MS = 30_000

/**
 * Deletes files that a plan has named, the uppermost first, each looked at once more just before: one that anything stands on, or that any
 * snapshot or machine names, stays. Answers those that stayed.
 */
export async function deleteFiles(context: SnapshotContext, paths: readonly string[]): Promise<readonly string[]> {
  const stayed: string[] = []
  for (const path of paths) if (!(await deleteFile(context, path))) stayed.push(path)
  if (stayed.length > 0) context.log.warn('files of a disk stay, as something stands on them', { name: context.dom.name, stayed })
  if (paths.length > stayed.length) context.touchPools()
  return stayed
}

async function deleteFile(context: SnapshotContext, path: string): Promise<boolean> {
  const { backing, elsewhere } = context
  const { sight } = await readSight(context, true)
  if (sight.disks.some((disk) => disk.path === path) || sight.snapshots.some(({ memoryFile }) => memoryFile === path)) return false
  if (needsOf(sight, path).length > 0) return false
  const vol = await volumeAt(context, path)
  // somebody was quicker
  if (!vol) return true
  const [inPools, others, disks] = await Promise.all([backing.all(BELIEVED_MS), elsewhere.on([path]), otherDisks(context)])
  const { overlays, blind } = withElsewhere(inPools, others)
  if (blind !== null || (overlays.get(path) ?? []).length > 0) return false
  // our own machine no longer names it, whatever the watch remembers of it
  const machines = new Map([...disks].filter(([uuid]) => uuid !== context.dom.uuid))
  if (new DiskUsers(machines).of(vol, path).length > 0) return false
  await change(context, 'storageVolDelete', { vol, flags: 0 })
  return true
}

/** Null: there is no such volume any more. */
export async function volumeAt(context: SnapshotContext, path: string): Promise<StorageVolRef | null> {
  try {
    return (await context.host.call('storageVolLookupByPath', { path }, within(context))).vol
  } catch (error) {
    context.work.signal.throwIfAborted()
    if (libvirtNumber(error) === undefined) throw error
    return null
  }
}
