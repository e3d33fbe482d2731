import type { DiskFile } from '../build/disk-xml.ts'
import type { NodeDevice } from './node-device.ts'

/** What the host says of the things that an edit names. */
export interface EditFacts {
  /** The disk that is added, or what goes into a drive. Null: none, or it is not there. */
  readonly file: DiskFile | null
  /** The device of the host that is added. */
  readonly hostDevice: NodeDevice | null
  /** Names of disks that are taken in one of the two definitions. */
  readonly targets: readonly string[]
  /** Host processors there are. */
  readonly hostCpus: number
}
