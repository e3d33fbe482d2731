import type { BranchFile, Reason, SnapshotOperation } from '../../../shared/model/index.ts'
import { accepted, bytesOf, type Judged, refused } from './judged.ts'
import { slug } from './new-files.ts'
import { busyReason } from './offers.ts'
import { cannotTell, heldOpen, machineStands, needed, nextStart, noBranch, notInPool, standsOn } from './reasons.ts'
import { chainOf, leftBehind, type Need, neededOf, needsOf, type SeenFile, type Sight } from './sight.ts'
import { loss, step, warn } from './words.ts'

type Discard = Extract<SnapshotOperation, { readonly operation: 'discard' }>

/**
 * A branch that was left behind goes: the file at its end, and downwards those that nothing else needs. Irreversible, so it is refused whenever
 * it is not certain that nobody reads one of them, and what goes is a loss that has to be agreed to.
 */
export function planDiscard(sight: Sight, operation: Discard): Judged {
  const { target, path } = operation
  const busy = busyReason(sight)
  if (busy) return refused(busy)
  const reason = keepsReason(sight, target, path)
  if (reason) return refused(reason, insteadOf(sight, target, path))
  const goes = goingWith(sight, target, path)
  const branch = goes.flatMap((each) => branchFileOf(sight, each))
  const unknown = branch.filter(({ inside }) => inside === null).map((file) => file.path)
  const foreign = goes.filter((each) => !isOurs(sight, target, each))
  return accepted(
    {
      steps: goes.map((each) => step.deleteFile(each)),
      losses: [
        loss.branch(goes),
        ...branch.flatMap((file) => (file.inside !== null && file.inside.length > 0 ? [loss.inside(file.path, file.inside)] : [])),
      ],
      warnings: [
        ...sight.unseen,
        ...(foreign.length > 0 ? [warn.notOurs(foreign)] : []),
        ...(unknown.length > 0 ? [warn.insideUnknown(unknown)] : []),
      ],
      deletes: goes,
      freesBytes: bytesOf(sight, goes),
      branch,
    },
    { do: 'discard', target, deletes: goes },
  )
}

/** Why a file stays: something needs it, may need it, or nobody can tell. */
function keepsReason(sight: Sight, target: string, path: string): Reason | null {
  const file = sight.files.get(path)
  if (sight.disks.some((disk) => chainOf(sight, disk.path).includes(path))) return machineStands(path)
  if (!file) return noBranch(target, path)
  const needs = [...needsOf(sight, path), ...namedBy(sight, path)]
  if (needs.length > 0) return needed(path, needs)
  if (!leftBehind(sight, neededOf(sight, target)).has(path)) return noBranch(target, path)
  if (file.problem) return file.problem
  if (sight.nextPaths.includes(path)) return nextStart(path)
  const others = [...file.overlays, ...file.usedBy]
  if (others.length > 0) return standsOn(path, others)
  if (sight.held.has(path)) return heldOpen(path)
  if (sight.blind !== null) return cannotTell(sight.blind)
  return file.pool === null || file.volume === null ? notInPool(path) : null
}

/** Snapshots whose definition of then names the file for a disk that they do not cover. */
function namedBy({ snapshots }: Pick<Sight, 'snapshots'>, path: string): Need[] {
  return snapshots.flatMap(({ name: snapshot, definition, memoryFile }) =>
    definition.some((disk) => disk.path === path) || memoryFile === path
      ? [{ snapshot, target: '', file: path, how: 'frozen' as const }]
      : [],
  )
}

/** From the end of a branch down, until something else needs a file. */
function goingWith(sight: Sight, target: string, path: string): string[] {
  const goes = [path]
  for (const below of chainOf(sight, path).slice(1)) {
    const above = goes.at(-1) ?? path
    const file = sight.files.get(below)
    // without the one above nothing stands on it
    const rest = file && { ...file, overlays: file.overlays.filter((overlay) => overlay !== above) }
    if (!rest || keepsReason(withFile(sight, rest), target, below) !== null) break
    goes.push(below)
  }
  return goes
}

function withFile(sight: Sight, file: SeenFile): Sight {
  return { ...sight, files: new Map([...sight.files, [file.path, file]]) }
}

/** What can be done first: the ends of the branches that stand on it, if those were left behind as well; the snapshots that need it. */
function insteadOf(sight: Sight, target: string, path: string): SnapshotOperation[] {
  const names = new Set(needsOf(sight, path).map(({ snapshot }) => snapshot))
  if (names.size > 0) return [...names].map((name) => ({ operation: 'delete', name }))
  return discardsAbove(sight, target, path)
}

/** Discarding what was left behind on a file: an operation for each end of a branch that can go now. */
export function discardsAbove(sight: Sight, target: string, path: string): SnapshotOperation[] {
  const above = leftBehind(sight, new Set([path]))
  const ends = [...above].filter((each) => sight.files.get(each)?.overlays.length === 0 && keepsReason(sight, target, each) === null)
  return ends.map((each) => ({ operation: 'discard', target, path: each }))
}

function branchFileOf(sight: Sight, path: string): BranchFile[] {
  const file = sight.files.get(path)
  if (!file) return []
  const { pool, allocationBytes, writtenAtMs, base } = file
  const frozen = base === null ? [] : needsOf(sight, base).filter(({ how }) => how === 'frozen')
  const inside = sight.inside.get(path)
  const since = [...new Set(frozen.map(({ snapshot }) => snapshot))]
  return [{ path, pool, allocationBytes, writtenAtMs, inside: inside === undefined ? null : [...inside], since }]
}

/** The console gave it its name, or a snapshot began it. */
function isOurs({ name, snapshots }: Sight, target: string, path: string): boolean {
  const fileName = path.slice(path.lastIndexOf('/') + 1)
  return fileName.startsWith(`${slug(name)}-${target}.`) || snapshots.some(({ disks }) => disks.some(({ overlay }) => overlay === path))
}
