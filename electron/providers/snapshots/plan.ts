import type { SnapshotOperation } from '../../../shared/model/index.ts'
import { accepted, type Judged, Needs, refused } from './judged.ts'
import { planCreate } from './plan-create.ts'
import { planDelete } from './plan-delete.ts'
import { planDiscard } from './plan-discard.ts'
import { planFlatten, planMerge } from './plan-merge.ts'
import { brokenReason, planRevert } from './plan-revert.ts'
import { cloneNeedsOff, diskNotCovered, noSuchSnapshot, notInFolder } from './reasons.ts'
import { activePath, coveredDisks, type Sight, snapshotNamed } from './sight.ts'
import { step } from './words.ts'

/** What an operation would do, and why it is refused: by these rules alone, whoever asks. Pure. */
export function judge(sight: Sight, operation: SnapshotOperation): Judged {
  switch (operation.operation) {
    case 'create':
      return planCreate(sight, operation)
    case 'revert':
      return planRevert(sight, operation)
    case 'delete':
      return planDelete(sight, operation)
    case 'merge':
      return planMerge(sight, operation)
    case 'flatten':
      return planFlatten(sight, operation)
    case 'discard':
      return planDiscard(sight, operation)
    case 'clone':
      return planClone(sight, operation)
    case 'describe':
      return snapshotNamed(sight, operation.name)
        ? accepted({ steps: [step.describe()] }, { do: 'describe' })
        : refused(noSuchSnapshot(operation.name))
    default:
      return operation satisfies never
  }
}

/** Whole copies of what nobody writes to. */
function planClone(sight: Sight, { name, as }: Extract<SnapshotOperation, { readonly operation: 'clone' }>): Judged {
  const snapshot = snapshotNamed(sight, name)
  if (!snapshot) return refused(noSuchSnapshot(name))
  const broken = brokenReason(sight, snapshot)
  if (broken) return refused(broken)
  const data = snapshot.disks.filter(({ kind }) => kind !== 'none')
  for (const { target } of coveredDisks(sight)) {
    // it would have to be shared, or copied while the machine writes to it
    if (!data.some((disk) => disk.target === target)) return refused(diskNotCovered(target, name))
  }
  const needs = new Needs(sight)
  for (const { target, kind, file: path } of data) {
    const file = path === null ? undefined : sight.files.get(path)
    if (!file || file.pool === null || !file.inFolder) return refused(notInFolder(path ?? target))
    if (kind === 'internal' && sight.isActive && activePath(sight, target) === file.path) return refused(cloneNeedsOff(file.path))
    needs.add(file.pool, file.capacityBytes === null ? 0 : Math.min(file.capacityBytes, bytesBeneath(sight, file.path)))
  }
  const shortage = needs.shortage()
  if (shortage) return refused(shortage)
  const steps = [...data.map(({ file }) => step.copy(file ?? '')), step.define(as)]
  return accepted({ steps, needs: needs.list() }, { do: 'clone' })
}

function bytesBeneath(sight: Sight, path: string): number {
  let bytes = 0
  for (let at: string | null = path; at !== null; at = sight.files.get(at)?.base ?? null) bytes += sight.files.get(at)?.allocationBytes ?? 0
  return bytes
}
