import type { SnapshotDisk } from '../../provider.ts'
import { judge, refusedByPlan, snapshotNamed } from '../../snapshots/index.ts'
import { readAbilities } from '../volumes/abilities.ts'
import { findVolume } from '../volumes/volume-context.ts'
import { readSight } from './read-sight.ts'
import type { SnapshotContext } from './snapshot-context.ts'
import { cannotBeCopied } from './snapshot-problems.ts'

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
  for (const disk of disks) if (disk.inside === null) await needSameFormat(context, disk)
  return disks
}

/** libvirt copies a volume as what it takes it for, which may be what a guest wrote into it. */
async function needSameFormat(context: SnapshotContext, { pool, volume, path, format }: SnapshotDisk): Promise<void> {
  const { facts } = await findVolume(context, { pool, volume })
  const found = facts.format ?? 'raw'
  if (found === format) return
  const text = `${path} is defined as ${format} and looks like ${found}: it is not copied, as nobody can tell what would be read.`
  throw cannotBeCopied('snapshot.format-differs', text, { path, format, found })
}

/** What lies inside an image is read by a program of the host. */
async function needConverter({ shell, work }: SnapshotContext): Promise<void> {
  const { convert } = await readAbilities(shell, work.signal)
  if (convert) throw cannotBeCopied(convert.code, convert.text)
}
