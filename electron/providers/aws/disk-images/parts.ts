import type { CloudMachineSpec } from '../../../../shared/model/index.ts'
import type { Rhythm } from '../../cloud/index.ts'
import type { ActOptions, Clock } from '../../provider.ts'
import type { AwsCalls } from '../calls.ts'
import type { Machines } from '../machines.ts'
import type { InstanceTypes } from '../types.ts'

/** What the way of disks into an account and out of it stands on. */
export interface DiskImageParts {
  readonly calls: AwsCalls
  /** EBS direct counts its calls for itself: a disk takes thousands, and nothing from EC2. */
  readonly blockCalls: AwsCalls
  readonly machines: Machines
  readonly types: InstanceTypes
  readonly clock: Clock
  readonly rhythm: Rhythm
  /** As a machine of any image is made: with the same token the same one. */
  readonly launch: (region: string, spec: CloudMachineSpec, token: string, options: ActOptions) => Promise<string>
}
