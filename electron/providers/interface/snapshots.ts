import type { SnapshotOperation, SnapshotPlan, SnapshotTree } from '../../../shared/model/index.ts'
import type { ActOptions, CallOptions, ProbeAnswer } from './calls.ts'

/** `clone` is a machine of its own, which the engine builds. */
export type ProvidedSnapshotOperation = Exclude<SnapshotOperation, { readonly operation: 'clone' }>

/** Where the data of a snapshot lie, for a whole copy of them. */
export interface SnapshotDisk {
  readonly target: string
  readonly path: string
  readonly pool: string
  readonly volume: string
  readonly format: string
  readonly capacityBytes: number | null
  readonly allocationBytes: number | null
  /** Name of the snapshot inside the file that holds them; null: the file as it is. */
  readonly inside: string | null
}

export interface SnapshotActOptions extends ActOptions {
  /** The losses that the plan named were shown and agreed to. Without it a plan that loses something is refused. */
  readonly acceptsLosses: boolean
  /** What `baseline` answered for an attempt that broke off: what that has begun is taken to its end, though the tree is another by now. */
  readonly begun?: string | undefined
  /** Of `create`: the schedule that makes it. */
  readonly scheduleId?: string | null | undefined
}

/** Snapshots of the machines of one connection. References are the provider's own; every call throws AppError. */
export interface SnapshotKeeper {
  tree(machineRef: string, options: CallOptions): Promise<SnapshotTree>
  /** What it would do. Only reads. */
  plan(machineRef: string, operation: SnapshotOperation, options: CallOptions): Promise<SnapshotPlan>
  /**
   * Does it. Judges anew just before: throws `conflict` snapshot.changed-meanwhile when the tree is not that of `revision` any more, and
   * refuses what the plan refuses. `indeterminate` when the request left and no answer came.
   */
  act(machineRef: string, operation: ProvidedSnapshotOperation, revision: string, options: SnapshotActOptions): Promise<void>
  /** What to remember before it, so that `probe` can tell whether it happened: plain data for the journal. Only reads. */
  baseline(machineRef: string, operation: ProvidedSnapshotOperation, options: CallOptions): Promise<string>
  /** After a lost reply or a crash: did all of it happen? `not-done` while a part of it is left to do: `act` with `begun` does that. Only reads. */
  probe(machineRef: string, operation: ProvidedSnapshotOperation, baseline: string, options: CallOptions): Promise<ProbeAnswer>
  /** Where the data of each of its disks lie. Throws `precondition` when they cannot be copied, as the plan of a clone does. Only reads. */
  disksOf(machineRef: string, name: string, options: CallOptions): Promise<readonly SnapshotDisk[]>
}
