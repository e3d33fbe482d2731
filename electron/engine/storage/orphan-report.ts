import {
  FINAL_TASK_STATES,
  type Host,
  type Orphan,
  type OrphanReport,
  objectId,
  type PoolId,
  type Reason,
} from '../../../shared/model/index.ts'
import type { OrphanLook } from '../../providers/provider.ts'
import type { InventoryReader } from '../ports.ts'

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

/** What a host found, largest first, without what a task of the console is making now. */
export function reportOf(host: Host, { orphans, unseen }: OrphanLook, inventory: InventoryReader, nowMs: number): OrphanReport {
  const since = makingSince(host, inventory)
  const found = orphans
    .map(({ poolRef, pool, volume: { name, path }, facts: { format, capacityBytes, allocationBytes }, modifiedAtMs }): Orphan => {
      const poolId = objectId<PoolId>(host.connectionId, 'p', poolRef)
      return { poolId, pool, name, path, format, capacityBytes, allocationBytes, modifiedAtMs }
    })
    .filter(({ modifiedAtMs }) => since === null || (modifiedAtMs !== null && modifiedAtMs < since))
    .sort((a, b) => b.allocationBytes - a.allocationBytes)
  return {
    orphans: found,
    totalBytes: found.reduce((sum, { allocationBytes }) => sum + allocationBytes, 0),
    unseen: [...unseen, ...(since === null ? [] : [beingMade])],
    observedAtMs: nowMs,
  }
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
