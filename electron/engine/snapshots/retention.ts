import { RETENTION_RULES, type Retention, type Snapshot, type SnapshotSchedule } from '../../../shared/model/index.ts'

type Kept = Pick<Snapshot, 'createdAtMs' | 'scheduleId' | 'tags'>

type Rules = Pick<SnapshotSchedule, 'id' | 'tag' | 'keep'>
export type KeptBy = Retention['snapshots'][number]['keptBy'][number]

/**
 * The snapshots of a schedule, the newest first, each with the rules that keep it; none: it goes. Only its own, and only those that still bear
 * its tag: taking the tag away keeps one for good. Of a day and of a week the newest counts, in this computer's own time zone.
 */
export function explained<S extends Kept>(
  snapshots: readonly S[],
  { id, tag, keep }: Rules,
): Array<{ readonly snapshot: S; readonly keptBy: KeptBy[] }> {
  const own = snapshots
    .filter(({ scheduleId, tags }) => scheduleId === id && tags.includes(tag))
    .sort((a, b) => b.createdAtMs - a.createdAtMs)
  const last = new Set<S>(own.slice(0, keep.last))
  const days = new Set<S>(newestOfEach(own, dayOf, keep.days))
  const weeks = new Set<S>(newestOfEach(own, weekOf, keep.weeks))
  return own.map((snapshot) => ({
    snapshot,
    keptBy: RETENTION_RULES.filter((rule) => ({ last, days, weeks })[rule].has(snapshot)),
  }))
}

/** Those that a schedule does not keep any more, the oldest first. */
export function expired<S extends Kept>(snapshots: readonly S[], rules: Rules): S[] {
  return explained(snapshots, rules)
    .flatMap(({ snapshot, keptBy }) => (keptBy.length === 0 ? [snapshot] : []))
    .toReversed()
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
