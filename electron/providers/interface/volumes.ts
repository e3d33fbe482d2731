import type { Volume, VolumeAbilities, VolumePlace } from '../../../shared/model/index.ts'
import type { ActOptions, ByteChannel, CallOptions } from './calls.ts'

/** How a volume comes into being. */
export type VolumeRequest =
  | { readonly kind: 'empty'; readonly format: string; readonly capacityBytes: number }
  /** A whole copy, in another format if that is asked for; grown if `capacityBytes` is larger. */
  | { readonly kind: 'copy'; readonly format: string; readonly from: VolumePlace; readonly capacityBytes: number | null }
  /** A qcow2 overlay: it needs its base, unchanged, for ever. */
  | { readonly kind: 'linked'; readonly from: VolumePlace; readonly capacityBytes: number | null }

/** A volume on its way: an upload takes up where it stopped. */
export interface VolumeWriter {
  /** Settles when the way takes more. Throws AppError. */
  write(bytes: Uint8Array): Promise<void>
  /** Everything written is with the host once this settles. Throws AppError; `indeterminate` when no word came. */
  finish(): Promise<void>
  abort(): void
}

/** What the bytes of a volume are now. */
export interface VolumeState {
  /** Of the whole file: of an image it is neither its capacity nor what it takes on the disk. */
  readonly sizeBytes: number
  /** Another one as soon as a byte of it is another; null: the host cannot tell. Letters, digits, `.`, `_` and `-`. */
  readonly version: string | null
  readonly modifiedAtMs: number | null
}

/** What is read of a volume, and its state right before that began. */
export interface VolumeBytes extends VolumeState {
  readonly channel: ByteChannel
}

/** The volumes of the pools of one connection. Pools and volumes go by their names on that host; every call throws AppError. */
export interface VolumeKeeper {
  abilities(hostRef: string, options: CallOptions): Promise<VolumeAbilities>
  /** Throws `not-found` volume.pool-not-found, `precondition` volume.pool-off. */
  list(hostRef: string, pool: string, options: CallOptions): Promise<readonly Volume[]>
  /** One of them; null: there is none of that name. A volume that is still being written is named `isWhole: false` where the host tells. */
  find(hostRef: string, place: VolumePlace, options: CallOptions): Promise<(Volume & { readonly isWhole: boolean }) | null>
  /** Makes one. Progress in bytes where the host tells. Throws `conflict` volume.name-taken, `exhausted` volume.pool-full. */
  create(hostRef: string, place: VolumePlace, request: VolumeRequest, options: ActOptions): Promise<void>
  resize(hostRef: string, place: VolumePlace, capacityBytes: number, options: ActOptions): Promise<void>
  /** Deletes one. Throws `precondition` volume.in-use when a machine's definition, or another image, names it. */
  remove(hostRef: string, place: VolumePlace, options: ActOptions): Promise<void>
  /** Takes bytes from `offset` on: `length` of them. The volume is there already. */
  upload(hostRef: string, place: VolumePlace, offset: number, length: number, options: CallOptions): Promise<VolumeWriter>
  /** Reads none of it. */
  state(hostRef: string, place: VolumePlace, options: CallOptions): Promise<VolumeState>
  /** Its bytes from `offset` on, as they lie in the file. Throws `invalid-input` volume.beyond-end. */
  download(hostRef: string, place: VolumePlace, offset: number, options: CallOptions): Promise<VolumeBytes>
  /** Has the host download a URL (https, http) into a new volume. A checksum that differs deletes it and throws `conflict` volume.checksum. */
  fetch(
    hostRef: string,
    place: VolumePlace,
    source: { readonly url: string; readonly sha256: string | null },
    options: ActOptions,
  ): Promise<void>
  /** Has the host turn an image file (vmdk, vdi, vhdx, …) into a new volume. */
  convert(hostRef: string, place: VolumePlace, source: ConversionSource, options: ActOptions): Promise<void>
}

export interface ConversionSource {
  /** A volume, or a path on the host. */
  readonly from: VolumePlace | { readonly path: string }
  /** Null: as the image says. */
  readonly sourceFormat: string | null
  /** Of the new volume. `vmdk` is made stream-optimised: compressed and readable from front to back, as OVF wants it. */
  readonly format: string
  /** Only these bytes of the file are the image: a disk inside an OVA, which needs no unpacking. Its format must be named then. */
  readonly range?: { readonly offset: number; readonly length: number }
  /**
   * It is a disk that a machine of this host uses: what it is built on is read as well. Never of an image from elsewhere, which could name any
   * file of the host. Absent: an image that is built on another is refused.
   */
  readonly isOwnDisk?: boolean
  /** Read what the image keeps inside under this name, in place of what it is now. Its format must be named then. */
  readonly snapshot?: string
}
