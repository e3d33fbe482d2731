import type { ActContext } from './act-context.ts'
import { otherDisks } from './disks.ts'
import { allSnapshotFiles } from './snapshots/snapshot-users.ts'

/** Images that machines of the host have as disks and that snapshots lie in, and of which no definition says what they stand on. */
export async function imagesInUse(context: Pick<ActContext, 'host' | 'work' | 'knownDisks'>): Promise<ReadonlySet<string>> {
  const [machines, snapshots] = await Promise.all([otherDisks(context), allSnapshotFiles(context)])
  return new Set([...[...machines.values()].flatMap(({ images }) => images), ...snapshots.flatMap(({ images }) => images)])
}
