import type { MigrationSpec } from '../../../shared/model/index.ts'
import type { ActOptions, CallOptions } from './calls.ts'

/** What a host keeps of a snapshot. Its data lie in and beside the machine's disks. */
export interface SnapshotRecord {
  readonly name: string
  readonly parent: string | null
  readonly isCurrent: boolean
  /** In the host's own words. It goes through the journal: a password of a display is left out of it, and that display is shut. */
  readonly text: string
}

/** What definitions within snapshots name otherwise at the other host. What one of them does not have is left out. */
export interface SnapshotChanges {
  readonly name: string
  readonly nics: MigrationSpec['nics']
  /** `from`: only a disk that was this very file goes on in the other one. */
  readonly files: ReadonlyArray<{
    readonly target: string
    readonly from: { readonly pool: string; readonly volume: string; readonly path: string }
    readonly path: string
    readonly format: string
  }>
  /** Settings of its UEFI in another file; null: they stay in theirs. */
  readonly nvram: { readonly from: string; readonly path: string } | null
}

/** Snapshots of a machine that moves: its host forgets them before it goes, and the other one is told of them once it is there. */
export interface SnapshotRecords {
  read(machineRef: string, options: CallOptions): Promise<readonly SnapshotRecord[]>
  /** Their data stay, and so do snapshots that are not named. This link remembers passwords that the records do not have. */
  forget(machineRef: string, names: readonly string[], options: ActOptions): Promise<void>
  /**
   * Makes them known here: parents first, and the machine goes on from the same one. `from`: who has forgotten them, and may still know their
   * passwords. Answers snapshots with a display that is shut, as its password is lost. Can be done twice.
   */
  recall(
    machineRef: string,
    records: readonly SnapshotRecord[],
    how: { readonly changes: SnapshotChanges | null; readonly from: SnapshotRecords | null },
    options: ActOptions,
  ): Promise<readonly string[]>
}
