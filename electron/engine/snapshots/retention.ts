import type { Snapshot, SnapshotSchedule } from '../../../shared/model/index.ts'

type Kept = Pick<Snapshot, 'name' | 'createdAtMs' | 'scheduleId' | 'tags'>

/**
 * The snapshots of a schedule that it does not keep any more, the oldest first. Only its own, and only those that still bear its tag: taking
 * the tag away keeps one for good. Of a day and of a week the newest counts, in this computer's own time zone.
 */
export function expired<S extends Kept>(snapshots: readonly S[], { id, tag, keep }: Pick<SnapshotSchedule, 'id' | 'tag' | 'keep'>): S[] {
  const own = snapshots
    .filter(({ scheduleId, tags }) => scheduleId === id && tags.includes(tag))
    .sort((a, b) => b.createdAtMs - a.createdAtMs)
  const kept = new Set<S>(own.slice(0, keep.last))
  for (const one of newestOfEach(own, dayOf, keep.days)) kept.add(one)
  for (const one of newestOfEach(own, weekOf, keep.weeks)) kept.add(one)
  return own.filter((one) => !kept.has(one)).toReversed()
}

function newestOfEach<S extends Kept>(newestFirst: readonly S[], periodOf: (atMs: number) => number, most: number): S[] {
  const found = new Map<number, S>()
  for (const one of newestFirst) {
    const period = periodOf(one.createdAtMs)
    if (found.has(period)) continue
    if (found.size === most) break
    found.set(period, one)
  }
  return [...found.values()]
}

function dayOf(atMs: number): number {
  const at = new Date(atMs)
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime()
}

/** Its Monday. */
function weekOf(atMs: number): number {
  const at = new Date(atMs)
  return new Date(at.getFullYear(), at.getMonth(), at.getDate() - ((at.getDay() + 6) % 7)).getTime()
}
