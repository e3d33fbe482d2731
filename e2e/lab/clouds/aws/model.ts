import type { RawXml } from './wire.ts'

export interface AwsWorldOptions {
  readonly machines: number
  readonly seed: number
  /** Regions with machines in them, of those that the account has from the start. */
  readonly regions: number
  readonly transitionMs: number
  /** A change is missing from lists for so long; from a look at one object it never is. */
  readonly staleMs: number
  readonly nowMs: () => number
}

/** What regions and machines know of the account they are in. */
export interface AwsAccount {
  readonly account: string
  readonly options: AwsWorldOptions
  /** Tokens of blocks are good for so long. */
  blockTokenMs: number
  /** Reservations on a page at most, whatever was asked for: a service may give fewer. */
  pageSize: number
  nowMs(): number
  /** The next number for an id. */
  serial(): number
  /** A machine of that region has another state. */
  moved(region: string, instance: AwsInstance): void
}

export type OptInStatus = 'opt-in-not-required' | 'opted-in' | 'not-opted-in'

/** The size of the blocks that EBS's own interface reads and writes. */
export const BLOCK_BYTES = 524_288
/** Content by the number of the block; what is not in it was never written, and is read as zeros. */
export type Blocks = ReadonlyMap<number, Buffer>

export interface AwsVolume {
  readonly id: string
  readonly zone: string
  readonly tags: Map<string, string>
  readonly type: string
  readonly snapshotId: string | null
  readonly createdAtMs: number
  sizeGb: number
  state: 'creating' | 'available' | 'in-use' | 'deleting'
  attachedTo: { readonly instanceId: string; readonly device: string; readonly atMs: number } | null
  /** Replaced as a whole: snapshots share it. */
  blocks: Blocks
}

export interface AwsSnapshot {
  readonly id: string
  readonly volumeId: string
  readonly sizeGb: number
  readonly description: string
  readonly tags: Map<string, string>
  readonly startedAtMs: number
  readonly isEncrypted: boolean
  /** Null: it is still written to, block by block. */
  completesAtMs: number | null
  /** One that is written block by block is given up when for so long nothing was. Null: it is a volume's. */
  readonly timeoutMs: number | null
  writtenAtMs: number
  readonly blocks: Map<number, Buffer>
}

export function snapshotState(of: AwsSnapshot, nowMs: number): 'pending' | 'completed' | 'error' {
  if (of.completesAtMs !== null) return nowMs >= of.completesAtMs ? 'completed' : 'pending'
  return of.timeoutMs !== null && nowMs >= of.writtenAtMs + of.timeoutMs ? 'error' : 'pending'
}

export interface AwsImageDisk {
  readonly device: string
  readonly snapshotId: string
  readonly sizeGb: number
  readonly deleteOnTermination: boolean
}

export interface AwsImage {
  readonly id: string
  readonly name: string
  readonly owner: string
  readonly description: string
  readonly platform: string | null
  readonly arch: string
  readonly bootMode: string | null
  readonly rootDevice: string
  readonly disks: readonly AwsImageDisk[]
  readonly createdAtMs: number
  readonly tags: Map<string, string>
}

export interface AwsSubnet {
  readonly id: string
  readonly vpcId: string
  readonly zone: string
  readonly cidr: string
  readonly tags: Map<string, string>
}

export interface AwsGroup {
  readonly id: string
  readonly name: string
  readonly vpcId: string
  readonly tags: Map<string, string>
}

export interface AwsAddress {
  readonly id: string
  readonly ip: string
  readonly tags: Map<string, string>
  instanceId: string | null
}

export const STATE_CODES = { pending: 0, running: 16, 'shutting-down': 32, terminated: 48, stopping: 64, stopped: 80 } as const
export type InstanceState = keyof typeof STATE_CODES

export interface AwsInstance {
  readonly id: string
  readonly reservationId: string
  readonly tags: Map<string, string>
  readonly zone: string
  readonly privateIp: string
  readonly macAddress: string
  readonly subnetId: string
  readonly vpcId: string
  readonly imageId: string
  readonly isSpot: boolean
  readonly isWindows: boolean
  readonly hibernation: boolean
  readonly keyName: string | null
  readonly clientToken: string
  readonly userData: string | null
  readonly rootDevice: string
  /** Device → volume. */
  readonly disks: Map<string, { readonly volumeId: string; deleteOnTermination: boolean }>
  groupIds: readonly string[]
  type: string
  state: InstanceState
  /** Where it goes by itself, and when. */
  goes: { readonly to: InstanceState; readonly atMs: number } | null
  launchedAtMs: number
  publicIp: string | null
  reason: string
  stateReason: { readonly code: string; readonly message: string } | null
  isProtected: boolean
  /** Its fragment of an answer; null: to be written. */
  xml: RawXml | null
  /** What lists still show, and until when. */
  old: { readonly xml: RawXml | null; readonly untilMs: number } | null
}
