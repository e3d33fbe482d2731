import type { OutgoingFacts } from '../../providers/provider.ts'

/** Snapshots that a machine has, of either kind. */
export function snapshotCount({ snapshots: { internal, external } }: Pick<OutgoingFacts, 'snapshots'>): number {
  return internal + external
}
