/**
 * What a descriptor of the Open Virtualization Format says of its first virtual system (DMTF DSP0243; hardware items are those of CIM's
 * CIM_ResourceAllocationSettingData, DSP1041).
 */
export interface OvfPackage {
  readonly files: readonly OvfFile[]
  readonly disks: readonly OvfDisk[]
  /** Names of the networks it was made in. */
  readonly networks: readonly string[]
  readonly system: OvfSystem
  /** Those that are left where they are. */
  readonly otherSystems: readonly string[]
  /** It asks for settings, or for agreement, that an import does not give. */
  readonly properties: readonly string[]
  readonly hasEula: boolean
}

export interface OvfFile {
  readonly id: string
  readonly href: string
  readonly sizeBytes: number | null
  /** `gzip`, `identity`, …; null: as it is. */
  readonly compression: string | null
  /** In pieces of so many bytes, each a file of its own; null: in one. */
  readonly chunkBytes: number | null
}

export interface OvfDisk {
  readonly id: string
  /** Null: an empty disk. */
  readonly fileId: string | null
  readonly capacityBytes: number
  /** As a URI, such as `http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized`. */
  readonly format: string | null
}

export interface OvfSystem {
  readonly name: string
  readonly description: string | null
  readonly os: OvfOs
  readonly vcpus: number | null
  readonly coresPerSocket: number | null
  readonly memoryMiB: number | null
  readonly firmware: 'bios' | 'uefi' | 'uefi-secure'
  readonly tpm: boolean
  /** In the order of their controllers and places on them. */
  readonly drives: readonly OvfDrive[]
  readonly cards: readonly OvfCard[]
  /** What it has beside, in its maker's words. */
  readonly others: readonly string[]
  /** What our own exports add. */
  readonly own: OwnNotes | null
}

export interface OvfOs {
  /** Of CIM_OperatingSystem.OSType. */
  readonly id: number | null
  /** In words, and as VMware and VirtualBox name it: whatever there is. */
  readonly names: readonly string[]
}

export interface OvfDrive {
  readonly diskId: string
  /** Of its controller, such as `lsilogic`, `AHCI`, `VirtioSCSI`; null: it names none. */
  readonly controller: string | null
}

export interface OvfCard {
  readonly network: string | null
  /** Such as `E1000`, `VmxNet3`, `PCNet32`, `virtio`. */
  readonly model: string | null
}

/** Namespace of {@link OwnNotes}. */
export const OWN_NAMESPACE = 'urn:novacron:ovf:1.0'

/** What OVF has no words for, so that a machine comes back as it was; in a section that other readers pass over. */
export interface OwnNotes {
  /** Of the catalogue. */
  readonly os: string | null
  /** By disk id. */
  readonly buses: Readonly<Record<string, string>>
  /** One for each card, in their order. */
  readonly nicModels: readonly string[]
}

/** CIM's numbers for kinds of hardware. */
export const RESOURCE = {
  other: 1,
  cpu: 3,
  memory: 4,
  ide: 5,
  scsi: 6,
  ethernet: 10,
  floppy: 14,
  cd: 15,
  dvd: 16,
  disk: 17,
  storage: 20,
  serial: 21,
  parallel: 22,
  usb: 23,
  graphics: 24,
  sound: 35,
} as const
