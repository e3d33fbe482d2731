import {
  FINAL_TASK_STATES,
  type Host,
  type Orphan,
  type OrphanReport,
  objectId,
  type PoolId,
  type Reason,
  type Undecided,
} from '../../../shared/model/index.ts'
import type { OrphanLook } from '../../providers/provider.ts'
import type { InventoryReader } from '../ports.ts'
import type { AskedVolume, Verdicts } from './other-claims.ts'

/** Tasks that make volumes which nothing names yet. */
const MAKES: ReadonlySet<string> = new Set([
  'machine.create',
  'machine.clone',
  'machine.makeTemplate',
  'machine.import',
  'volume.upload',
  'volume.fetch',
  'volume.convert',
  'volume.create',
  'volume.clone',
])
/** The host's clock may differ from ours by so much. */
const SKEW_MS = 15 * 60_000

/** Its own host does not name it. */
type Found = OrphanLook['orphans'][number]

export interface ReportPorts {
  readonly inventory: InventoryReader
  readonly observedAtMs: number
  readonly verdicts: Verdicts
}

/** What a host found, as asked of the others. */
export function askedOf({ orphans }: OrphanLook): ReadonlyMap<Found, AskedVolume> {
  return new Map(orphans.flatMap((one) => (one.place ? [[one, { place: one.place, path: one.volume.path }] as const] : [])))
}

/** What a host found and no other uses, largest first, without what a task of the console is making now. */
export function reportOf(
  host: Host,
  { orphans, unseen }: OrphanLook,
  asked: ReadonlyMap<Found, AskedVolume>,
  { inventory, observedAtMs, verdicts }: ReportPorts,
): OrphanReport {
  const since = makingSince(host, inventory)
  const sure: Orphan[] = []
  const undecided: Undecided[] = []
  for (const one of orphans) {
    if (since !== null && (one.modifiedAtMs === null || one.modifiedAtMs >= since)) continue
    const question = asked.get(one)
    const verdict = question ? verdicts.of(question) : null
    if (verdict?.use === 'unknown') undecided.push({ ...shownOf(host, one), reason: verdict.reason })
    else if (!verdict) sure.push(shownOf(host, one))
  }
  return {
    orphans: sure.sort(bySize),
    totalBytes: sure.reduce((sum, { allocationBytes }) => sum + allocationBytes, 0),
    undecided: undecided.sort(bySize),
    unseen: [...unseen, ...(since === null ? [] : [beingMade])],
    observedAtMs,
  }
}

const bySize = (a: Orphan, b: Orphan) => b.allocationBytes - a.allocationBytes

function shownOf({ connectionId }: Host, { poolRef, pool, volume: { name, path }, facts, modifiedAtMs, place: shared }: Found): Orphan {
  const poolId = objectId<PoolId>(connectionId, 'p', poolRef)
  const { format, capacityBytes, allocationBytes } = facts
  return { poolId, pool, name, path, format, capacityBytes, allocationBytes, modifiedAtMs, shared }
}

const beingMade: Reason = {
  code: 'orphans.being-made',
  text: 'Volumes are being made on this host: what was written lately is left out. Look again when that has ended.',
}

/** Since when something may have been written that will be named later; null: nothing is being made. */
function makingSince({ connectionId }: Host, inventory: InventoryReader): number | null {
  let since: number | null = null
  for (const task of inventory.all('task')) {
    if (task.connectionId !== connectionId || !MAKES.has(task.kind) || FINAL_TASK_STATES.has(task.state)) continue
    since = Math.min(since ?? Number.POSITIVE_INFINITY, task.createdAtMs - SKEW_MS)
  }
  return since
}
