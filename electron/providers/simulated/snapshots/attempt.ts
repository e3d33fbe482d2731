import { z } from 'zod'
import type { ProbeAnswer, ProvidedSnapshotOperation } from '../../provider.ts'
import { activePath, chainOf, type Deed, judge, type Sight, snapshotNamed } from '../../snapshots/index.ts'
import { revisionOf } from './sight.ts'

/** What an attempt leaves in the journal: what it was going to do, and how everything was. */
const begunSchema = z.object({
  revision: z.string(),
  /** Null: it was refused. */
  deed: z.json(),
  snapshots: z.array(z.string()),
})
type Begun = Omit<z.infer<typeof begunSchema>, 'deed'> & { readonly deed: Deed | null }

export function baselineOf(sight: Sight, operation: ProvidedSnapshotOperation): string {
  const { deed } = judge(sight, operation)
  return JSON.stringify({ revision: revisionOf(sight), deed, snapshots: sight.snapshots.map(({ name }) => name) })
}

export function begunOf(text: string): Begun {
  const begun = begunSchema.parse(JSON.parse(text))
  // written by baselineOf alone
  return { ...begun, deed: begun.deed as Deed | null }
}

/** Whether an earlier attempt has come so far that going on is all there is. */
export function isUnderWay(sight: Sight, operation: ProvidedSnapshotOperation, { deed }: Begun): boolean {
  if (deed?.do === 'delete-external') return operation.operation === 'delete' && !snapshotNamed(sight, operation.name)
  if (deed?.do !== 'revert-external' && deed?.do !== 'revert-internal') return false
  const isKept = deed.keep !== null && snapshotNamed(sight, deed.keep.name) !== undefined
  return isKept || (deed.do === 'revert-external' && deed.overlays.some(({ path }) => sight.taken.has(path)))
}

/** After a lost reply: did all of it happen? */
export function probeOf(sight: Sight, operation: ProvidedSnapshotOperation, baseline: string): ProbeAnswer {
  const { deed, snapshots } = begunOf(baseline)
  const answer = (isDone: boolean): ProbeAnswer => (isDone ? 'done' : 'not-done')
  const isMerged = (target: string, top: string) => !chainOf(sight, activePath(sight, target)).includes(top)
  switch (operation.operation) {
    case 'create':
      return answer(!snapshots.includes(operation.name) && snapshotNamed(sight, operation.name) !== undefined)
    case 'revert': {
      // of what went on inside one file nothing tells whether it is of before or after
      if (deed?.do === 'revert-internal') return 'unknown'
      if (deed?.do !== 'revert-external') return 'not-done'
      const isThere = deed.overlays.every(({ target, path }) => activePath(sight, target) === path)
      const runs = sight.isActive || (deed.memoryFile === null && !operation.start)
      return answer(isThere && runs && snapshotNamed(sight, operation.name)?.isCurrent === true)
    }
    case 'delete': {
      if (snapshotNamed(sight, operation.name)) return 'not-done'
      const merges = deed?.do === 'delete-external' ? deed.merges : []
      return answer(merges.every(({ target, top }) => isMerged(target, top)))
    }
    case 'merge':
      return answer(isMerged(operation.target, operation.top))
    case 'flatten':
      return answer(chainOf(sight, activePath(sight, operation.target)).length === 1 && sight.jobs.length === 0)
    case 'discard':
      return answer(deed?.do === 'discard' && !deed.deletes.some((path) => sight.taken.has(path)))
    case 'describe': {
      const snapshot = snapshotNamed(sight, operation.name)
      return answer(JSON.stringify([snapshot?.description, snapshot?.tags]) === JSON.stringify([operation.description, operation.tags]))
    }
    default:
      return operation satisfies never
  }
}
