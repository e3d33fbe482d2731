import type { SnapshotOperation, SnapshotPlan, SnapshotTree } from '../../../shared/model/index.ts'
import type { ActOptions, CallOptions, ProbeAnswer } from './calls.ts'

/** `clone` is a machine of its own, which the engine builds. */
export type ProvidedSnapshotOperation = Exclude<SnapshotOperation, { readonly operation: 'clone' }>

/** Snapshots of the machines of one connection. References are the provider's own; every call throws AppError. */
export interface SnapshotKeeper {
  tree(machineRef: string, options: CallOptions): Promise<SnapshotTree>
  /** What it would do. Only reads. */
  plan(machineRef: string, operation: SnapshotOperation, options: CallOptions): Promise<SnapshotPlan>
  /**
   * Does it. Judges anew just before: throws `conflict` snapshot.changed-meanwhile when the tree is not that of `revision` any more, and
   * refuses what the plan refuses. `indeterminate` when the request left and no answer came.
   */
  act(machineRef: string, operation: ProvidedSnapshotOperation, revision: string, options: ActOptions): Promise<void>
  /** What to remember before it, so that `probe` can tell whether it happened: plain data for the journal. Only reads. */
  baseline(machineRef: string, operation: ProvidedSnapshotOperation, options: CallOptions): Promise<string>
  /** After a lost reply or a crash: did all of it happen? Only reads. */
  probe(machineRef: string, operation: ProvidedSnapshotOperation, baseline: string, options: CallOptions): Promise<ProbeAnswer>
}
