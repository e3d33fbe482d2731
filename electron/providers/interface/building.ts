import type {
  BuildFinding,
  BuildOptions,
  BuildPreview,
  CloneChanges,
  CloneSource,
  MachineSpec,
  OsEntry,
  Template,
  VolumePlace,
} from '../../../shared/model/index.ts'
import type { ActOptions, CallOptions } from './calls.ts'

/** What is defined: a new machine by its specification, or a copy of one that is there. All volumes are there already. */
export type MachineDefinition = {
  /** Chosen by the caller: by it a probe finds the machine. */
  readonly uuid: string
  readonly name: string
  /** One for each card, in their order. */
  readonly macs: readonly string[]
  /**
   * A seed image for cloud-init, attached read-only the way the first disk is: kernels made for clouds (Debian's genericcloud) know virtio and
   * no SATA, so a CD on SATA beside a virtio disk would never be read.
   */
  readonly seed: VolumePlace | null
} & (
  | {
      readonly kind: 'new'
      readonly spec: MachineSpec
      /** The entry of `spec.os`: what kind of guest it is, and how libosinfo names it. */
      readonly os: OsEntry
      /** One for each of the specification's disks, in their order. */
      readonly disks: readonly VolumePlace[]
    }
  | {
      readonly kind: 'copy'
      readonly sourceRef: string
      /** How its disks come to be, so that a check can count their space. */
      readonly mode: 'full' | 'linked'
      readonly changes: CloneChanges
      /**
       * By target of the original, with the format that each was made in: what a guest wrote into its disk must never decide how it is read.
       * A disk that is not named is used as it is.
       */
      readonly disks: Readonly<Record<string, VolumePlace & { readonly format: string }>>
      /** Set: the copy is a template; null: it is none, whatever its original is. */
      readonly template: Template | null
    }
)

/** Makes machines on one host. References are the provider's own; every call throws AppError. */
export interface MachineBuilder {
  options(hostRef: string, options: CallOptions): Promise<Omit<BuildOptions, 'hostId' | 'hostName' | 'pools'>>
  /**
   * What stands in the way of making this machine, as far as the host can tell without making anything; empty: nothing. Space is counted for
   * `count` machines alike. Names and addresses that other machines have are the engine's to check. Only reads.
   */
  check(hostRef: string, definition: MachineDefinition, count: number, options: CallOptions): Promise<readonly BuildFinding[]>
  /** The definition as it would be given, and what the hypervisor says against it. Its volumes need not be there. Only reads. */
  preview(hostRef: string, definition: MachineDefinition, options: CallOptions): Promise<Omit<BuildPreview, 'name'>>
  /** Defines it, off. Throws `conflict` build.name-taken; `indeterminate` when the request left and no answer came. */
  define(hostRef: string, definition: MachineDefinition, options: ActOptions): Promise<void>
  /** Is there a machine with that UUID? Only reads. */
  isDefined(hostRef: string, uuid: string, options: CallOptions): Promise<boolean>
  /** Card address in lower case → name of the machine of this host that has it, as far as the link knows by now. Asks nobody. */
  macs(hostRef: string): ReadonlyMap<string, string>
  /** What a machine is to its clones. Only reads. */
  source(machineRef: string, options: CallOptions): Promise<Omit<CloneSource, 'machineId'>>
  /** The host's own processor, in a form that `commonCpu` of any host of this kind takes. */
  hostCpu(hostRef: string, options: CallOptions): Promise<string>
  /** The processor that all of these can give to a machine, so that it may move among them. */
  commonCpu(hostRef: string, hostCpus: readonly string[], options: CallOptions): Promise<Pick<MachineSpec['cpu'], 'model' | 'features'>>
}
