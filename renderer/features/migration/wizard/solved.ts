import type { MigrationFinding } from '../../../../shared/model/index.ts'

/** A finding that is none any more since something else was chosen. */
export interface Solved {
  readonly machineId: string
  readonly finding: MigrationFinding
  readonly atMs: number
  readonly undo: () => void
}
