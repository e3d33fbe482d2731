/** What the loopback Azure holds, apart from how it is written on the wire. */
export type PowerState = 'starting' | 'running' | 'stopping' | 'stopped' | 'deallocating' | 'deallocated'
export type ProvisioningState = 'Succeeded' | 'Creating' | 'Updating' | 'Deleting' | 'Failed'

export interface AzureDisk {
  readonly id: string
  readonly name: string
  readonly subscription: string
  readonly location: string
  readonly sku: string
  readonly osType: 'Linux' | 'Windows' | null
  sizeGiB: number
  /** Id of the machine it is attached to. */
  owner: string | null
  /** Of one that was uploaded, which need not be whole GiB. */
  readonly sizeBytes?: number
  readonly zone?: string | null
  tags?: Readonly<Record<string, string>>
  /** What else is told of it: its generation, its network access policy. */
  properties?: Readonly<Record<string, unknown>>
  /** Absent: it was there from the start. */
  provisioning?: ProvisioningState
  /** It waits for its bytes; the last revoking of a link ends that. */
  isForUpload?: boolean
}

export interface AzureNic {
  readonly id: string
  readonly name: string
  readonly subscription: string
  readonly location: string
  readonly privateAddress: string
  readonly mac: string
  readonly subnetId: string
  readonly publicIp: AzurePublicIp | null
  owner: string | null
}

export interface AzurePublicIp {
  readonly id: string
  readonly name: string
  readonly subscription: string
  readonly location: string
  readonly address: string
  readonly nicId: string
}

export interface AzureSnapshot {
  readonly id: string
  readonly name: string
  readonly subscription: string
  readonly location: string
  readonly sizeBytes: number
  readonly sourceId: string
  readonly createdAtMs: number
  readonly properties: Readonly<Record<string, unknown>>
  provisioning: ProvisioningState
  tags: Readonly<Record<string, string>>
}

/** A gallery, an image in it or a version of one: what the wire tells of it is kept as it came. */
export interface AzureGalleryPart {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly subscription: string
  readonly location: string
  readonly tags: Readonly<Record<string, string>>
  readonly properties: Readonly<Record<string, unknown>>
  state: 'Creating' | 'Succeeded' | 'Failed'
}

export interface AttachedDisk {
  readonly disk: AzureDisk
  /** Null: the disk of the operating system. */
  readonly lun: number | null
  deleteOption: 'Detach' | 'Delete'
}

export interface AzureVm {
  /** In the case its maker wrote it in; the lists write its resource group in capitals. */
  readonly id: string
  readonly name: string
  readonly subscription: string
  readonly resourceGroup: string
  readonly location: string
  readonly zone: string | null
  readonly vmId: string
  readonly windows: boolean
  readonly spot: boolean
  /** Id of the capacity reservation group that keeps its hardware for it. */
  readonly reservation: string | null
  readonly createdAtMs: number
  readonly nics: readonly AzureNic[]
  disks: AttachedDisk[]
  size: string
  tags: Readonly<Record<string, string>>
  power: PowerState
  /** It may hibernate. */
  canHibernate: boolean
  /** Its memory is on its disk: it is deallocated as well. */
  hibernated: boolean
  /** Of the last operation on it. */
  provisioning: ProvisioningState
  /** When the last operation on it ended. */
  changedAtMs: number
  /** Why the last operation failed. */
  failure: NativeError | null
  /** The list of statuses does not tell its power state, as happens now and then. */
  readonly statusWithheld: boolean
  bootDiagnostics: boolean
  /** Its disks were there before it: there is no image that it was made from, and no login that was given to it. */
  readonly isOfDisks?: boolean
}

export interface AzureLock {
  readonly id: string
  readonly scope: string
  readonly level: 'CanNotDelete' | 'ReadOnly'
}

export interface NativeError {
  readonly code: string
  readonly message: string
}

/** A refusal in Azure's own words. */
export class ArmError extends Error {
  override readonly name = 'ArmError'
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}
