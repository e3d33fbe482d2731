import type { CloudMachineSpec, MigrationFinding } from '../../../shared/model/index.ts'
import type { ActOptions, CallOptions } from './calls.ts'
import type { VolumePiece } from './volumes.ts'

/**
 * Disks of machines into a cloud and out of it, in raw bytes, by the cloud's own interface for images. A handle is the provider's own: plain text
 * that goes through the task journal, so it holds no address that is a secret by itself (a signed one is asked for anew). Every call throws AppError.
 */

/** A disk that is to be sent. Raw: its bytes are the guest's, from the first to the last. */
export interface ImportDisk {
  /** In the guest: `vda`. */
  readonly target: string
  readonly sizeBytes: number
  /** The one the machine boots from. */
  readonly isBoot: boolean
  readonly isUefi: boolean
  readonly isWindows: boolean
  /** What it is named or tagged with, so that a person who finds it knows what it is of. */
  readonly name: string
  /**
   * Where its machine is to stand, as that machine's spec says. Azure makes a disk in the region and resource group of its machine's subnet, and in
   * its zone, so it is to be told before there is a machine; absent: the one subnet that there is, no zone.
   */
  readonly spot?: Pick<CloudMachineSpec, 'subnetId' | 'zone'>
}

/** What is made of the disks once all are there: the machine, off or on as the cloud makes it. */
export interface ImportedMachine {
  readonly spec: Omit<CloudMachineSpec, 'imageId'>
  readonly isUefi: boolean
  readonly isWindows: boolean
  /** In their order, the one it boots from first. */
  readonly disks: ReadonlyArray<{ readonly handle: string; readonly target: string; readonly sizeBytes: number }>
}

export interface WriteOptions extends CallOptions {
  /** An earlier attempt at this window may have got through in part: whatever it left is written over, by zeros as well. */
  readonly isAgain?: boolean
}

export interface DiskImport {
  /** Of a window that `write` takes: a multiple of what the cloud writes at once. */
  readonly windowBytes: number
  /** The largest disk it takes. */
  readonly mostBytes: number
  /** What stands in the way, as far as it can be told without making anything: permissions, quotas, names, types. Only reads. */
  check(
    placeRef: string,
    machine: Omit<ImportedMachine, 'disks'>,
    disks: readonly ImportDisk[],
    options: CallOptions,
  ): Promise<readonly MigrationFinding[]>
  /** Makes what takes the disk's bytes. With the same token the same one is meant. Throws `indeterminate` when no word came. */
  begin(placeRef: string, disk: ImportDisk, token: string, options: ActOptions): Promise<string>
  /** What `begin` made with that token; null: nothing (yet), or it is discarded. Only reads. */
  begun(placeRef: string, token: string, options: CallOptions): Promise<string | null>
  /**
   * One window, whole (the last one may be shorter), from `offset`, a multiple of `windowBytes`; pieces come in order. Zeros need not be sent.
   * May be said again, with `isAgain`: the bytes of the last time count. Resolves when the cloud has it and has proven its bytes by a checksum.
   * The answer: how many of the cloud's own blocks were put in this window, which the cloud wants to hear in the end and does not tell by itself.
   * 0 where it does not ask.
   */
  write(handle: string, offset: number, pieces: AsyncIterable<VolumePiece>, options: WriteOptions): Promise<number>
  /**
   * All windows are there: closes it and waits until the cloud says that it is whole. `blocks` is the sum of what `write` answered, of each window
   * its last answer. May be said again.
   */
  complete(handle: string, blocks: number, options: ActOptions): Promise<void>
  /** Takes away what `begin` and `write` made, unless a machine has it. May be said again. */
  discard(handle: string, options: ActOptions): Promise<void>
  /** Makes the machine of the disks. With the same token the same one is meant. The answer is its reference. */
  assemble(placeRef: string, machine: ImportedMachine, token: string, options: ActOptions): Promise<string>
  /** The machine that `assemble` made; null: none (yet). Only reads. */
  assembled(placeRef: string, token: string, options: CallOptions): Promise<string | null>
  /** The machine is there: takes away what was only on the way (an image, its snapshot, an object). May be said again. */
  tidy(handle: string, token: string, options: ActOptions): Promise<void>
}

/** A disk that stands still to be read. */
export interface ExportedDisk {
  readonly handle: string
  readonly sizeBytes: number
}

export interface DiskExport {
  /** What stands in the way: permissions, encryption, a marketplace's licence. Only reads. */
  check(machineRef: string, diskIds: readonly string[], options: CallOptions): Promise<readonly MigrationFinding[]>
  /** Makes a copy of the disk that stands still (a snapshot), and waits until it can be read. With the same token the same one is meant. */
  begin(machineRef: string, diskId: string, token: string, options: ActOptions): Promise<ExportedDisk>
  /** Bytes from `offset` on, `length` of them or fewer where the disk ends; runs that were never written come as zeros. Each piece is proven by the cloud's checksum where it gives one. */
  read(handle: string, offset: number, length: number, options: CallOptions): AsyncIterable<VolumePiece>
  /** Takes the copy away. May be said again. */
  discard(handle: string, options: ActOptions): Promise<void>
}

/** Null: the cloud has no interface of that kind that a console can go through by itself. */
export interface DiskImages {
  readonly into: DiskImport | null
  readonly out: DiskExport | null
}
