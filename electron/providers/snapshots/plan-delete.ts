import type { Reason, SnapshotOperation } from '../../../shared/model/index.ts'
import { accepted, bytesOf, type Judged, type MergeToDo, Needs, refused } from './judged.ts'
import { judgeMerge } from './plan-merge.ts'
import { cannotTell, deleteNeedsOff, jobRuns, mixedKinds, noSuchSnapshot, standsOn, TRANSIENT } from './reasons.ts'
import { activePath, chainOf, chainProblem, dataDisks, kindOf, needsOf, type SeenSnapshot, type Sight, snapshotNamed } from './sight.ts'
import { step, warn } from './words.ts'

type Delete = Extract<SnapshotOperation, { readonly operation: 'delete' }>

export function planDelete(sight: Sight, { name }: Delete): Judged {
  const snapshot = snapshotNamed(sight, name)
  if (!snapshot) return refused(noSuchSnapshot(name))
  const reason = deleteReason(sight, snapshot)
  if (reason) return refused(reason)
  return kindOf(snapshot) === 'internal' ? deleteInside(sight, snapshot) : deleteBeside(sight, snapshot)
}

/** Why it cannot be deleted without losing what is not its own. */
export function deleteReason(sight: Sight, snapshot: SeenSnapshot): Reason | null {
  if (!sight.isPersistent) return TRANSIENT
  const [job] = sight.jobs
  if (job) return jobRuns(job.target, job.kind)
  const kind = kindOf(snapshot)
  if (kind === 'mixed') return mixedKinds(snapshot.name)
  return kind === 'internal' ? insideReason(sight, snapshot) : null
}

/** To be erased inside a file, that file must be nobody else's to read. */
function insideReason(sight: Sight, snapshot: SeenSnapshot): Reason | null {
  for (const { target, file } of dataDisks(snapshot)) {
    const problem = chainProblem(sight, file)
    if (problem) return problem
    if (sight.blind !== null) return cannotTell(sight.blind)
    const isActive = file === activePath(sight, target)
    if (!isActive && sight.isActive && chainOf(sight, activePath(sight, target)).includes(file)) return deleteNeedsOff(file)
    const users = sight.files.get(file)?.usedBy ?? []
    if (users.length > 0) return standsOn(file, users)
  }
  return null
}

function deleteInside(sight: Sight, snapshot: SeenSnapshot): Judged {
  const files = dataDisks(snapshot).map(({ file }) => file)
  return accepted({ steps: files.map((file) => step.eraseInside(file)), warnings: [...sight.unseen] }, { do: 'delete-internal' })
}

/**
 * It is taken out of the tree first, so that what the tree names can always be come back to; its files are merged afterwards where nothing else
 * needs them, and stay where something does.
 */
function deleteBeside(sight: Sight, snapshot: SeenSnapshot): Judged {
  const merges: MergeToDo[] = []
  const deletes: string[] = []
  const stays: Array<{ readonly file: string; readonly by: readonly string[] }> = []
  const needs = new Needs(sight)
  for (const { target, file } of dataDisks(snapshot)) {
    const end = endOf(sight, snapshot.name, target, file)
    if ('by' in end) stays.push({ file, by: end.by })
    else if ('merge' in end) {
      merges.push(end.merge)
      needs.add(sight.files.get(file)?.pool ?? null, end.bytes)
    } else deletes.push(file)
  }
  const memory = memoryFileOf(sight, snapshot)
  const files = [...deletes, ...memory]
  const shortPool = needs.shortage()?.params?.pool ?? null
  const isHeld = merges.length > 0 && (shortPool !== null || sight.hasManagedSave)
  const does = isHeld ? [] : merges
  const gone = [...does.flatMap((merge) => merge.deletes), ...files]
  return accepted(
    {
      steps: [
        step.forget(snapshot.name),
        ...(does.length > 0 && !sight.isActive ? [step.startPaused()] : []),
        ...does.map(({ top, base }) => step.merge(top, base)),
        ...gone.map((path) => step.deleteFile(path)),
      ],
      warnings: [
        ...(isHeld ? [sight.hasManagedSave ? warn.savedState() : warn.noRoom(shortPool ?? '')] : []),
        ...(does.length > 0 ? [warn.notAgain(snapshot.name)] : []),
        ...(does.length + deletes.length > 0 ? sight.unseen : []),
        ...stays.map(({ file, by }) => (by.length > 0 ? warn.filesStay([file], by) : warn.filesLeft([file]))),
      ],
      deletes: gone,
      freesBytes: bytesOf(sight, gone),
      needs: isHeld ? [] : needs.list(),
    },
    { do: 'delete-external', merges: does, deletes: files },
  )
}

type End = { readonly merge: MergeToDo; readonly bytes: number } | { readonly by: readonly string[] } | { readonly isGone: true }

/** What becomes of the file that a snapshot froze, when that snapshot is no more. */
function endOf(sight: Sight, name: string, target: string, file: string): End {
  const frozen = sight.files.get(file)
  const chain = chainOf(sight, activePath(sight, target))
  const above = chain[chain.indexOf(file) - 1]
  if (above !== undefined) {
    const verdict = judgeMerge(sight, target, above, file, name)
    if (verdict.reason === null) return { merge: { target, top: above, base: file, deletes: verdict.deletes }, bytes: verdict.bytes }
  }
  const others = needsOf(sight, file).filter(({ snapshot }) => snapshot !== name)
  const all = [...others.map(({ snapshot }) => snapshot), ...(frozen?.overlays ?? []), ...(frozen?.usedBy ?? [])]
  // the machine's own file on top stands in the way only if nothing else does
  const by = all.some((one) => one !== above) ? all.filter((one) => one !== above) : all
  if (by.length > 0 || !frozen) return { by }
  if (chain.includes(file) || sight.blind !== null || frozen.pool === null || frozen.problem) return { by: [] }
  return { isGone: true }
}

/** The file of its memory, if it lies in a pool and no other snapshot names it. */
function memoryFileOf(sight: Sight, { name, memoryFile }: SeenSnapshot): string[] {
  if (memoryFile === null) return []
  const isShared = sight.snapshots.some((other) => other.name !== name && other.memoryFile === memoryFile)
  const file = sight.files.get(memoryFile)
  return isShared || !file || file.pool === null || file.problem ? [] : [memoryFile]
}
