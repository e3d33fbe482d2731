import { createHash } from 'node:crypto'
import { constants as c, type DomainRef } from '../../../libvirt/index.ts'
import type { VolumeContext } from '../volumes/volume-context.ts'
import type { SnapshotFacts } from './snapshot-xml.ts'

/** What work on the snapshots of one machine has. */
export interface SnapshotContext extends VolumeContext {
  readonly dom: DomainRef
  readonly touchDefinition: () => void
  /** What was parsed already, by the text: of hundreds of snapshots hardly one changes from look to look. */
  readonly parsed: Map<string, SnapshotFacts>
}

export const DISK_ONLY = c.VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY

export function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 24)
}
