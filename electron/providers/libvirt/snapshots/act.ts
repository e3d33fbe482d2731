import { z } from 'zod'
import { constants as c } from '../../../libvirt/index.ts'
import type { ProbeAnswer, ProvidedSnapshotOperation, SnapshotActOptions } from '../../provider.ts'
import {
  activePath,
  chainOf,
  changedMeanwhile,
  type Deed,
  type Judged,
  judge,
  type MergeToDo,
  refusedByPlan,
  type Sight,
  snapshotNamed,
  wouldLose,
} from '../../snapshots/index.ts'
import { libvirtNumber, VIR_ERR } from '../problems.ts'
import { change, lookAnew, within } from '../volumes/volume-context.ts'
import { takeSnapshot } from './create.ts'
import { deleteFiles } from './delete-files.ts'
import { discardBranch, readSightFor } from './discard.ts'
import { flattenDisk, mergeFiles } from './merge-files.ts'
import { endStill } from './paused-start.ts'
import { readSight } from './read-sight.ts'
import { redefine } from './redefine.ts'
import { revertBeside, revertInside } from './revert.ts'
import type { SnapshotContext } from './snapshot-context.ts'

/** What an attempt leaves in the journal: what it was going to do, to the letter. */
const begunSchema = z.object({
  revision: z.string(),
  /** Null: it was refused. */
  deed: z.json(),
  snapshots: z.array(z.string()),
  /** Of each disk, the file that was written. */
  active: z.record(z.string(), z.string()),
  current: z.string().nullable(),
  /** The machine was off. */
  wasOff: z.boolean(),
})
type Begun = Omit<z.infer<typeof begunSchema>, 'deed'> & { readonly deed: Deed | null }

/** Operations that write into files which others may stand on, or delete them. */
const WRITES_BELOW: ReadonlySet<ProvidedSnapshotOperation['operation']> = new Set(['delete', 'merge', 'revert', 'discard'])

export async function baselineOf(context: SnapshotContext, operation: ProvidedSnapshotOperation): Promise<string> {
  // what is gone on with after a crash is what such an operation was going to do; the others are judged anew
  const { sight, revision } = await readSight(context, WRITES_BELOW.has(operation.operation))
  const active = Object.fromEntries(sight.disks.flatMap(({ target, path }) => (path === null ? [] : [[target, path]])))
  const { deed } = judge(sight, operation)
  const current = sight.snapshots.find(({ isCurrent }) => isCurrent)?.name ?? null
  return JSON.stringify({ revision, deed, snapshots: sight.snapshots.map(({ name }) => name), active, current, wasOff: !sight.isActive })
}

function begunOf(text: string): Begun {
  const begun = begunSchema.parse(JSON.parse(text))
  // written by baselineOf alone
  return { ...begun, deed: begun.deed as Deed | null }
}

async function lookAtAll(context: SnapshotContext): Promise<void> {
  const flags = c.VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE
  const { pools } = await context.host.call('connectListAllStoragePools', { needResults: 1, flags }, within(context))
  for (const pool of pools) await lookAnew(context, pool, 0)
  context.backing.forget()
  context.elsewhere.forget()
}

/** Does it, or takes what an earlier attempt has begun to its end. */
export async function actOn(
  context: SnapshotContext,
  operation: ProvidedSnapshotOperation,
  revision: string,
  options: SnapshotActOptions,
): Promise<void> {
  const begun = options.begun === undefined ? null : begunOf(options.begun)
  // what stands on a file libvirt knows as of when it looked at that pool last
  if (WRITES_BELOW.has(operation.operation)) await lookAtAll(context)
  const { sight, revision: actual } = await readSightFor(context, operation, true)
  if (begun?.deed && isUnderWay(sight, operation, begun)) {
    await carryOut(context, sight, operation, begun.deed, options)
    // a daemon that was killed has forgotten that it was to end what the attempt before had started for its work
    if (begun.wasOff && sight.isPaused && operation.operation !== 'revert') await endStill(context)
    return
  }
  if (actual !== revision) throw changedMeanwhile(revision, actual)
  const judged: Judged = judge(sight, operation)
  if (judged.deed === null) throw refusedByPlan(judged.plan)
  if (judged.plan.losses.length > 0 && !options.acceptsLosses) throw wouldLose(judged.plan)
  await carryOut(context, sight, operation, judged.deed, options)
}

/** Whether an earlier attempt has come so far that going on is all there is. What has not begun is judged anew, like any other. */
function isUnderWay(sight: Sight, operation: ProvidedSnapshotOperation, { deed, active }: Begun): boolean {
  if (!deed) return false
  const hasJob = (target: string) => sight.jobs.some((job) => job.target === target)
  switch (deed.do) {
    case 'delete-external':
      return operation.operation === 'delete' && !snapshotNamed(sight, operation.name)
    case 'revert-external': {
      const { keep } = deed
      const isKept = keep !== null && snapshotNamed(sight, keep.name) !== undefined
      return (
        isKept || deed.overlays.some(({ target, path }) => sight.files.has(path) || sight.taken.has(path) || isMoved(sight, target, active))
      )
    }
    case 'merge':
      return hasJob(deed.merge.target) || !chainOf(sight, activePath(sight, deed.merge.target)).includes(deed.merge.top)
    case 'flatten':
      return hasJob(deed.target)
    case 'discard':
      return deed.deletes.some((path) => !sight.taken.has(path))
    default:
      return false
  }
}

function isMoved(sight: Sight, target: string, active: Readonly<Record<string, string>>): boolean {
  return activePath(sight, target) !== (active[target] ?? null)
}

async function carryOut(
  context: SnapshotContext,
  sight: Sight,
  operation: ProvidedSnapshotOperation,
  deed: Deed,
  { scheduleId = null }: SnapshotActOptions,
): Promise<void> {
  switch (operation.operation) {
    case 'create': {
      const { name, description, tags, freeze } = operation
      const beside = deed.do === 'create-external' ? deed : null
      const files = { overlays: beside?.overlays ?? null, memoryFile: beside?.memoryFile ?? null }
      return await takeSnapshot(context, sight, { name, description, tags, freeze, scheduleId, ...files })
    }
    case 'revert':
      if (deed.do === 'revert-external') return await revertBeside(context, deed, operation)
      if (deed.do === 'revert-internal') return await revertInside(context, deed, operation)
      return
    case 'delete':
      if (deed.do === 'delete-internal') return await forget(context, operation.name, 0)
      if (deed.do === 'delete-external') return await deleteBeside(context, deed, operation.name)
      return
    case 'merge':
      if (deed.do === 'merge') await mergeFiles(context, deed.merge)
      return
    case 'flatten':
      return await flattenDisk(context, operation.target)
    case 'discard':
      if (deed.do === 'discard') await discardBranch(context, deed)
      return
    case 'describe':
      return await redefine(context, operation.name, { description: { text: operation.description, tags: operation.tags } })
    default:
      return operation satisfies never
  }
}

/**
 * Out of the tree first: whatever ends it halfway, the tree names nothing that cannot be come back to. libvirt 9.0 takes a snapshot that is only
 * forgotten for one that was merged: it has those that are frozen in its overlay lie in its base from then on, which are other data. It knows
 * the overlay by the name that the snapshot has for it, so that name goes before.
 */
async function deleteBeside(
  context: SnapshotContext,
  deed: Extract<Deed, { readonly do: 'delete-external' }>,
  name: string,
): Promise<void> {
  const { sight } = await readSight(context, true)
  if (snapshotNamed(sight, name)) await redefine(context, name, { withoutOverlays: true })
  await forget(context, name, c.VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY)
  await needUnmoved(context, sight)
  for (const merge of deed.merges) await mergeFiles(context, merge)
  await deleteFiles(context, deed.deletes)
}

/** Every other snapshot lies where it lay. */
async function needUnmoved(context: SnapshotContext, { snapshots, files }: Sight): Promise<void> {
  const { sight } = await readSight(context, true)
  for (const { name, disks } of sight.snapshots) {
    const before = snapshots.find((snapshot) => snapshot.name === name)?.disks ?? []
    const moved = disks.flatMap(({ target, file }) => {
      const path = before.find((disk) => disk.target === target)?.file ?? null
      return path === null || path === file ? [] : [{ target, path, format: files.get(path)?.format ?? 'qcow2' }]
    })
    if (moved.length > 0) await redefine(context, name, { files: moved })
  }
}

async function forget(context: SnapshotContext, name: string, flags: number): Promise<void> {
  const { host, dom } = context
  try {
    const { snap } = await host.call('domainSnapshotLookupByName', { dom, name, flags: 0 }, within(context))
    await change(context, 'domainSnapshotDelete', { snap, flags }, { dedicated: true })
  } catch (error) {
    // an earlier attempt, or somebody else, was quicker
    if (libvirtNumber(error) !== VIR_ERR.noSnapshot) throw error
  }
  context.touchDefinition()
}

export async function probeOf(context: SnapshotContext, operation: ProvidedSnapshotOperation, baseline: string): Promise<ProbeAnswer> {
  const begun = begunOf(baseline)
  const { sight } = await readSight(context, true)
  const answer = (isDone: boolean): ProbeAnswer => (isDone ? 'done' : 'not-done')
  const { deed } = begun
  switch (operation.operation) {
    case 'create':
      if (begun.snapshots.includes(operation.name)) return 'not-done'
      if (snapshotNamed(sight, operation.name)) return 'done'
      // the memory may still be on its way to its file
      return (await isSaving(context)) ? 'unknown' : 'not-done'
    case 'revert': {
      const isCurrent = snapshotNamed(sight, operation.name)?.isCurrent === true
      // what went on inside one file looks the same before and after, but libvirt notes last where the machine goes on from
      if (deed?.do === 'revert-internal') return begun.current === operation.name ? 'unknown' : answer(isCurrent)
      if (deed?.do !== 'revert-external') return 'not-done'
      const isThere = deed.overlays.every(({ target, path }) => activePath(sight, target) === path)
      const runs = sight.isActive || (deed.memoryFile === null && !operation.start)
      return answer(isCurrent && isThere && runs)
    }
    case 'delete':
      if (snapshotNamed(sight, operation.name)) return 'not-done'
      if (deed?.do !== 'delete-external') return 'done'
      return answer(deed.merges.every((merge) => isMerged(sight, merge)))
    case 'merge':
      return answer(isMerged(sight, deed?.do === 'merge' ? deed.merge : { ...operation, deletes: [] }))
    case 'flatten':
      return answer(chainOf(sight, activePath(sight, operation.target)).length === 1 && sight.jobs.length === 0)
    case 'discard':
      return answer(deed?.do === 'discard' && !deed.deletes.some((path) => sight.taken.has(path)))
    case 'describe': {
      const snapshot = snapshotNamed(sight, operation.name)
      const isSame = JSON.stringify([snapshot?.description, snapshot?.tags]) === JSON.stringify([operation.description, operation.tags])
      return answer(isSame)
    }
    default:
      return operation satisfies never
  }
}

function isMerged(sight: Sight, { target, top, deletes }: MergeToDo): boolean {
  const isGone = !chainOf(sight, activePath(sight, target)).includes(top)
  const isNeeded = sight.snapshots.some(({ disks }) => disks.some((disk) => disk.target === target && disk.file === top))
  return isGone && !isNeeded && !deletes.some((path) => sight.taken.has(path))
}

async function isSaving(context: SnapshotContext): Promise<boolean> {
  const { host, dom } = context
  try {
    return (await host.call('domainGetJobInfo', { dom }, within(context))).type !== 0
  } catch (error) {
    // off, or a driver that keeps no such figures
    if (libvirtNumber(error) === undefined) throw error
    return false
  }
}
