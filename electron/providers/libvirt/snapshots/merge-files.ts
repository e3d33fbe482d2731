import { constants as c } from '../../../libvirt/index.ts'
import {
  activePath,
  chainOf,
  jobFailed,
  judge,
  type MergeToDo,
  poolFullMeanwhile,
  refusedByPlan,
  type Sight,
} from '../../snapshots/index.ts'
import { activePool, availableBytes, change } from '../volumes/volume-context.ts'
import { ACTIVE_COMMIT, COMMIT, jobOn, PULL, runJob } from './block-job.ts'
import { deleteFiles } from './delete-files.ts'
import { whileActive } from './paused-start.ts'
import { readSight } from './read-sight.ts'
import { redefine } from './redefine.ts'
import type { SnapshotContext } from './snapshot-context.ts'
import { otherJobRuns } from './snapshot-problems.ts'

/** What is left of a pool that ran full. */
const FULL_BYTES = 4_194_304

/**
 * Writes files of a chain into the one beneath them. The hypervisor does it, with its own locks; the files above keep what they have until the
 * definition and every snapshot stand on the new chain, so that at each moment everything can be read. A job of an earlier attempt is gone on
 * with.
 */
export async function mergeFiles(context: SnapshotContext, merge: MergeToDo): Promise<void> {
  const { target, top, base } = merge
  const before = await readSight(context, true)
  if (isInChain(before.sight, target, top)) {
    await whileActive(context, async () => {
      const job = await jobOn(context, target)
      if (job && job.type !== COMMIT && job.type !== ACTIVE_COMMIT) throw otherJobRuns(target, 'other')
      await runJob(context, target, 'merging', job ? null : () => commit(context, before.sight, merge))
    })
    await needMerged(context, merge)
  }
  context.touchDefinition()
  await moveSnapshots(context, target, top, base)
  await deleteFiles(context, merge.deletes)
}

/** Judged once more, for it may be long after the plan: throws what refuses it by now. */
async function commit(context: SnapshotContext, sight: Sight, { target, top, base }: MergeToDo): Promise<void> {
  const { plan, deed } = judge(sight, { operation: 'merge', target, top, base })
  if (deed === null) throw refusedByPlan(plan)
  const flags = activePath(sight, target) === top ? c.VIR_DOMAIN_BLOCK_COMMIT_ACTIVE : 0
  await change(context, 'domainBlockCommit', { dom: context.dom, disk: target, base, top, bandwidth: 0n, flags }, { signal: undefined })
}

function isInChain(sight: Sight, target: string, path: string): boolean {
  return chainOf(sight, activePath(sight, target)).includes(path)
}

/** The chain tells whether it happened. */
async function needMerged(context: SnapshotContext, { target, top, base }: MergeToDo): Promise<void> {
  const { sight } = await readSight(context, true)
  if (!isInChain(sight, target, top)) return
  const pool = sight.files.get(base)?.pool ?? null
  if (pool !== null) {
    const available = await availableBytes(context, await activePool(context, pool))
    if (available < FULL_BYTES) throw poolFullMeanwhile(target, pool, available)
  }
  throw jobFailed(target, 'commit')
}

/** Snapshots that were frozen at the top are, to the byte, what the base is now. */
async function moveSnapshots(context: SnapshotContext, target: string, top: string, base: string): Promise<void> {
  const { sight } = await readSight(context, true)
  const format = sight.files.get(base)?.format ?? 'qcow2'
  for (const { name, disks } of sight.snapshots) {
    const isFrozen = disks.some((disk) => disk.target === target && disk.kind === 'external' && disk.file === top)
    if (isFrozen) await redefine(context, name, { files: [{ target, path: base, format }] })
  }
}

/** Draws everything beneath into the active file. */
export async function flattenDisk(context: SnapshotContext, target: string): Promise<void> {
  const { sight } = await readSight(context, true)
  if (chainOf(sight, activePath(sight, target)).length < 2) return
  await whileActive(context, async () => {
    const job = await jobOn(context, target)
    if (job && job.type !== PULL) throw otherJobRuns(target, 'other')
    const args = { dom: context.dom, path: target, bandwidth: 0n, flags: 0 }
    await runJob(context, target, 'flattening', job ? null : () => change(context, 'domainBlockPull', args, { signal: undefined }))
  })
  context.touchDefinition()
  const after = await readSight(context, true)
  const path = activePath(after.sight, target)
  if (chainOf(after.sight, path).length < 2) return
  const pool = path === null ? null : (after.sight.files.get(path)?.pool ?? null)
  if (pool !== null) {
    const available = await availableBytes(context, await activePool(context, pool))
    if (available < FULL_BYTES) throw poolFullMeanwhile(target, pool, available)
  }
  throw jobFailed(target, 'pull')
}
