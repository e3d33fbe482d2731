import type { VolumePlace } from '../../../shared/model/index.ts'
import type { ActOptions, Clock, ProviderConnection, VolumePiece, VolumeRange } from '../../providers/provider.ts'
import type { Links } from '../ports.ts'

export interface Window {
  readonly offset: number
  readonly length: number
  /** The disk is filled from front to back and this is its next window: what lies behind it does not count. */
  readonly isNext: boolean
  /** An earlier attempt at this window may have got through in part. */
  readonly isAgain: boolean
}

/** Where the bytes of a disk come from. Every call throws AppError. */
export interface CopySource {
  /** Pool and volume, or what stands for them, in words of errors. */
  readonly place: VolumePlace
  /** `version`: another one as soon as a byte of it is another; null: nobody can tell. */
  state(signal: AbortSignal): Promise<{ readonly sizeBytes: number; readonly version: string | null }>
  read(offset: number, length: number, signal: AbortSignal): Promise<VolumeRange>
  /** All of it, as of that version, is at the target for certain: what was made to read it goes. May be said again. */
  release(version: string | null, signal: AbortSignal): Promise<void>
}

/** Where they go. Every call throws AppError. */
export interface CopyTarget {
  readonly place: VolumePlace
  /** Windows are whole multiples of it. */
  granuleBytes(signal: AbortSignal): Promise<number>
  /** Whether what takes the bytes is there. Throws when somebody else has it by now. */
  isThere(signal: AbortSignal): Promise<boolean>
  make(sizeBytes: number, signal: AbortSignal): Promise<void>
  /** Resolves when the target has the window for certain; the answer is what `complete` wants to be told the sum of. */
  write(window: Window, pieces: AsyncIterable<VolumePiece>, signal: AbortSignal): Promise<number>
  /** A window as it is there; null: it ends before. Absent: nothing can be read back there, and each write is proven by itself. */
  readBack?(offset: number, length: number, signal: AbortSignal): Promise<VolumeRange | null>
  /** All of it is there. May be said again. */
  complete(blocks: number, options: ActOptions & { readonly signal: AbortSignal }): Promise<void>
}

/** The open link of an end, at once or when there is one. */
export type LinkOf = (signal: AbortSignal) => Promise<ProviderConnection>

export interface EndPorts {
  readonly links: Links
  readonly clock: Clock
}
