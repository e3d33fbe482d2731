import type { DrainOrder, HostId, Machine, MigrationPrediction } from '../../../shared/model/index.ts'

/** What a host can still take, less what is planned for it already. */
export interface Room {
  readonly hostId: HostId
  readonly name: string
  /** Of the same connection as the source: hosts that know each other, and share more. */
  readonly isNear: boolean
  /** Null: not known, so that it comes last. */
  freeKiB: number | null
}

/** States in which a machine is on the host only as a definition. */
const OFF: ReadonlySet<Machine['state']> = new Set<Machine['state']>(['stopped', 'saved', 'crashed'])

export function isOff({ state }: Pick<Machine, 'state'>): boolean {
  return OFF.has(state)
}

export function inOrder(machines: readonly Machine[], order: DrainOrder['order']): Machine[] {
  const byName = machines.toSorted((a, b) => a.name.localeCompare(b.name))
  if (order === 'name') return byName
  const sign = order === 'smallest-first' ? 1 : -1
  return byName.toSorted((a, b) => sign * (a.memoryKiB - b.memoryKiB))
}

/** The near host with most memory left that can take it, else another; as every machine takes its share, they spread by themselves. */
export function roomiest<R extends Room>(rooms: readonly R[], needKiB: number, tried: ReadonlySet<HostId>): R | undefined {
  return rooms
    .filter(({ hostId, freeKiB }) => !tried.has(hostId) && (freeKiB === null || freeKiB >= needKiB))
    .toSorted((a, b) => Number(b.isNear) - Number(a.isNear) || (b.freeKiB ?? -1) - (a.freeKiB ?? -1) || a.name.localeCompare(b.name))[0]
}

type Range = MigrationPrediction['totalMs']

/**
 * How long moves take, so many side by side, each beginning in its turn as soon as there is a place. Null: nothing is known. They may have
 * to share one wire: then it takes as long as one after the other.
 */
export function timeOfAll(predictions: ReadonlyArray<MigrationPrediction | null>, atOnce: number): Range | null {
  const known = predictions.flatMap((prediction) => (prediction ? [prediction.totalMs] : []))
  if (known.length === 0) return null
  return {
    low: lanes(known, atOnce, 'low'),
    likely: lanes(known, atOnce, 'likely'),
    high: Math.max(lanes(known, atOnce, 'high'), lanes(known, 1, 'likely')),
  }
}

function lanes(ranges: readonly Range[], atOnce: number, which: keyof Range): number {
  const ends = Array.from({ length: atOnce }, () => 0)
  for (const range of ranges) {
    const free = ends.indexOf(Math.min(...ends))
    ends[free] = (ends[free] ?? 0) + range[which]
  }
  return Math.max(...ends)
}
