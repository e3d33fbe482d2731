import type { Reason, SnapshotOperation } from '../../../shared/model/index.ts'
import { accepted, bytesOf, type Judged, Needs, refused } from './judged.ts'
import { busyReason } from './offers.ts'
import { discardsAbove } from './plan-discard.ts'
import { ALONE_ALREADY, cannotTell, NOTHING_TO_MERGE, needed, notInChain, standsOn } from './reasons.ts'
import { activePath, chainOf, chainProblem, type Need, needsOf, type Sight } from './sight.ts'
import { step } from './words.ts'

type Merge = Extract<SnapshotOperation, { readonly operation: 'merge' }>
type Flatten = Extract<SnapshotOperation, { readonly operation: 'flatten' }>

export interface MergeVerdict {
  readonly reason: Reason | null
  /** Snapshots that it would destroy. */
  readonly destroys: readonly Need[]
  /** Files that go when it is done. */
  readonly deletes: readonly string[]
  /** What the base may grow by. */
  readonly bytes: number
}

/**
 * Whether what lies between `top` and `base` of a disk's chain can be written into `base`. That changes what `base`, and everything between,
 * reads as; `top` reads as before, and so does whatever stands on it. So it is refused while anything else reads one of the others: a snapshot
 * frozen there, one inside a file that goes (what it did not copy it reads from beneath), another image, another machine. What lies inside
 * `base` itself stays: qcow2 copies before it writes.
 *
 * `without`: a snapshot that is deleted first, whose data nobody needs then.
 */
export function judgeMerge(sight: Sight, target: string, top: string, base: string, without: string | null = null): MergeVerdict {
  const chain = chainOf(sight, activePath(sight, target))
  const from = chain.indexOf(top)
  const to = chain.indexOf(base)
  const refuse = (reason: Reason, destroys: readonly Need[] = []): MergeVerdict => ({ reason, destroys, deletes: [], bytes: 0 })
  if (from < 0) return refuse(notInChain(target, top))
  if (to < 0) return refuse(notInChain(target, base))
  if (from === to) return refuse(NOTHING_TO_MERGE)
  if (to < from) return refuse(notInChain(target, base))
  const problem = chainProblem(sight, chain[0] ?? top)
  if (problem) return refuse(problem)
  if (sight.blind !== null) return refuse(cannotTell(sight.blind))
  const goes = chain.slice(from, to)
  const changes = chain.slice(from + 1, to + 1)
  const kept = (need: Need) => need.snapshot !== without && chainOf(sight, need.file).includes(top) && !isInsideGoing(need, goes)
  for (const path of [...goes, base]) {
    const destroys = needsOf(sight, path).filter((need) => need.snapshot !== without && !kept(need) && !isInsideBase(need, base))
    if (destroys.length > 0) return refuse(needed(path, destroys), destroys)
  }
  for (const path of changes) {
    const file = sight.files.get(path)
    const next = chain[chain.indexOf(path) - 1]
    const others = [...(file?.overlays ?? []).filter((overlay) => overlay !== next), ...(file?.usedBy ?? [])]
    if (others.length > 0) return refuse(standsOn(path, others))
  }
  const topUsers = sight.files.get(top)?.usedBy ?? []
  if (topUsers.length > 0) return refuse(standsOn(top, topUsers))
  return {
    reason: null,
    destroys: [],
    deletes: deletable(sight, goes, chain[from - 1], without),
    bytes: goes.reduce((bytes, path) => bytes + (sight.files.get(path)?.allocationBytes ?? 0), 0),
  }
}

/** It lies inside a file that goes, or whose base changes without the file being above the top. */
function isInsideGoing({ how, file }: Need, goes: readonly string[]): boolean {
  return how === 'inside' && goes.includes(file)
}

function isInsideBase({ how, file }: Need, base: string): boolean {
  return how === 'inside' && file === base
}

/**
 * Of the files that are merged away, the top first: a file stays when an image other than those of the chain stands on it, and then so does
 * everything beneath it. Snapshots that are frozen at the top are put on the base before it goes.
 */
function deletable(sight: Sight, goes: readonly string[], above: string | undefined, without: string | null): string[] {
  const gone: string[] = []
  for (const [index, path] of goes.entries()) {
    const next = index === 0 ? above : goes[index - 1]
    const file = sight.files.get(path)
    if (!file || file.pool === null || file.overlays.some((overlay) => overlay !== next)) break
    const needs = needsOf(sight, path).filter(({ snapshot, how }) => snapshot !== without && how === 'inside')
    if (needs.length > 0) break
    // a branch that was frozen above the top stands on it by a file that is none of the active chain
    gone.push(path)
  }
  return gone
}

export function planMerge(sight: Sight, operation: Merge): Judged {
  const { target, top, base } = operation
  const busy = busyReason(sight)
  if (busy) return refused(busy)
  const { reason, destroys, deletes, bytes } = judgeMerge(sight, target, top, base)
  if (reason) {
    const names = [...new Set(destroys.map(({ snapshot }) => snapshot))]
    const deletions = names.map((name) => ({ operation: 'delete' as const, name }))
    const blocked = reason.code === 'snapshot.stands-on' ? reason.params?.['file'] : undefined
    return refused(reason, typeof blocked === 'string' ? discardsAbove(sight, target, blocked) : deletions)
  }
  const needs = new Needs(sight)
  needs.add(sight.files.get(base)?.pool ?? null, bytes)
  const shortage = needs.shortage()
  if (shortage) return refused(shortage)
  return accepted(
    {
      steps: [...(sight.isActive ? [] : [step.startPaused()]), step.merge(top, base), ...deletes.map((path) => step.deleteFile(path))],
      warnings: [...sight.unseen],
      deletes: [...deletes],
      freesBytes: bytesOf(sight, deletes),
      needs: needs.list(),
    },
    { do: 'merge', merge: { target, top, base, deletes } },
  )
}

/** What is inside the file reads from beneath it what it did not copy: once nothing is beneath, that is lost. */
export function planFlatten(sight: Sight, { target }: Flatten): Judged {
  const busy = busyReason(sight)
  if (busy) return refused(busy)
  const active = activePath(sight, target)
  const [file, ...beneath] = chainOf(sight, active)
  if (file === undefined) return refused(notInChain(target, target))
  if (beneath.length === 0) return refused(ALONE_ALREADY)
  const problem = chainProblem(sight, file)
  if (problem) return refused(problem)
  const inside = needsOf(sight, file)
  if (inside.length > 0) {
    const names = [...new Set(inside.map(({ snapshot }) => snapshot))]
    return refused(
      needed(file, inside),
      names.map((name) => ({ operation: 'delete', name })),
    )
  }
  const needs = new Needs(sight)
  const held = beneath.reduce((bytes, path) => bytes + (sight.files.get(path)?.allocationBytes ?? 0), 0)
  const capacity = sight.files.get(file)?.capacityBytes ?? held
  needs.add(sight.files.get(file)?.pool ?? null, Math.min(held, capacity))
  const shortage = needs.shortage()
  if (shortage) return refused(shortage)
  return accepted(
    { steps: [...(sight.isActive ? [] : [step.startPaused()]), step.pull(file)], freesBytes: 0, needs: needs.list() },
    { do: 'flatten', target },
  )
}
