import type { DiskSpec, MachineSpec, NicSpec, VolumePlace } from '../../../../shared/model/index.ts'

export interface SimulatedDisk {
  /** Path, or pool and volume: what a deletion names. */
  readonly key: string
  readonly target: string
  readonly format: 'qcow2' | 'raw' | null
  readonly capacityBytes: number | null
  readonly allocationBytes: number | null
  readonly device: 'disk' | 'cdrom'
  readonly readOnly: boolean
  /** On a pool that several hosts see. */
  readonly shared: boolean
  /** Null: it lies in no pool. */
  readonly place: VolumePlace | null
  readonly bus: DiskSpec['bus']
  readonly cache: DiskSpec['cache']
  readonly discard: boolean
  readonly ioThread: boolean
}

/** A card with the address that it has in the end. */
export type SimulatedNic = NicSpec & { readonly mac: string }

/** What a machine is built of, beside its facts. */
export interface Shape {
  readonly machineType: string
  readonly firmware: MachineSpec['firmware']
  readonly tpm: boolean
  readonly cpu: MachineSpec['cpu']
  /** Disks and CDs, in the order of the definition. */
  readonly disks: readonly SimulatedDisk[]
  readonly nics: readonly SimulatedNic[]
  readonly boot: MachineSpec['boot']
  readonly graphics: MachineSpec['graphics']
  readonly video: MachineSpec['video']
  readonly agent: boolean
  readonly clipboard: boolean
  readonly watchdog: MachineSpec['watchdog']
  readonly rng: boolean
  /** PCI addresses of the host's devices that it has for itself, with their names. */
  readonly hostDevices: ReadonlyArray<{ readonly address: string; readonly name: string }>
  /** Something on its disks boots. An empty disk leads to no guest: no agent, no address. */
  readonly hasSystem: boolean
}
