import type { SnapshotDisk } from '../../provider.ts'
import { judge, snapshotNamed } from '../../snapshots/index.ts'
import { readAbilities } from '../volumes/abilities.ts'
import { readSight } from './read-sight.ts'
import type { SnapshotContext } from './snapshot-context.ts'
import { cannotBeCopied, refusedByPlan } from './snapshot-problems.ts'

/** Where the data of a snapshot lie, for a whole copy. Throws `precondition` as the plan of a clone refuses it. */
export async function dataOf(context: SnapshotContext, name: string): Promise<readonly SnapshotDisk[]> {
  const { sight } = await readSight(context, true)
  const judged = judge(sight, { operation: 'clone', name, as: name })
  const snapshot = snapshotNamed(sight, name)
  if (!snapshot || judged.deed === null) throw refusedByPlan(judged.plan)
  const disks = snapshot.disks.flatMap(({ target, kind, file: path }): SnapshotDisk[] => {
    const file = path === null ? undefined : sight.files.get(path)
    if (kind === 'none' || !file || file.pool === null || file.volume === null) return []
    const { pool, volume, capacityBytes, allocationBytes } = file
    const inside = kind === 'internal' ? name : null
    return [{ target, path: file.path, pool, volume, format: file.format ?? 'qcow2', capacityBytes, allocationBytes, inside }]
  })
  if (disks.some(({ inside }) => inside !== null)) await needConverter(context)
  return disks
}

/** What lies inside an image is read by a program of the host. */
async function needConverter({ shell, work }: SnapshotContext): Promise<void> {
  const { convert } = await readAbilities(shell, work.signal)
  if (convert) throw cannotBeCopied(convert.code, convert.text)
}
