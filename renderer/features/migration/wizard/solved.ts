import type { MigrationFinding } from '../../../../shared/model/index.ts'

/** A finding that is none any more since somebody mended it here. */
export interface Solved {
  readonly machineId: string
  readonly finding: MigrationFinding
  readonly atMs: number
  /** Null: what was done on a host stays done. */
  readonly undo: (() => void) | null
}
