import { allSnapshotFiles } from '../snapshots/snapshot-users.ts'
import type { HardwareContext } from './hardware-context.ts'

/** As before a deletion: what a volume stands on may have been read this short a time ago. */
const BELIEVED_MS = 30_000

/** A file that must not be written to, and what would be destroyed: snapshots whose data it is, images that stand on it. */
export interface FrozenFile {
  readonly volume: string
  readonly by: readonly string[]
}

/** The first of these files that is frozen; null: none of them, as far as can be seen. */
export async function frozenAmong(context: HardwareContext, paths: readonly string[]): Promise<FrozenFile | null> {
  if (paths.length === 0) return null
  const [snapshots, inPools, elsewhere] = await Promise.all([
    allSnapshotFiles(context),
    context.backing.all(BELIEVED_MS),
    context.elsewhere.on(paths.filter((path) => path.startsWith('/'))),
  ])
  for (const volume of paths) {
    const holding = snapshots.filter(({ files }) => files.includes(volume)).map(({ machine, snapshot }) => `${machine} (${snapshot})`)
    const above = [...(inPools.overlays.get(volume) ?? []), ...(elsewhere.overlays.get(volume) ?? [])]
    const by = [...new Set([...holding, ...above])]
    if (by.length > 0) return { volume, by }
  }
  return null
}
