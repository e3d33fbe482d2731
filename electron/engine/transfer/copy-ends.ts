import { toAppError } from '../../../shared/errors/index.ts'
import type { ConnectionId, VolumePlace } from '../../../shared/model/index.ts'
import type { ActOptions, Clock, ProviderConnection, VolumePiece, VolumeRange } from '../../providers/provider.ts'
import { keeperOf, takenError } from '../build/disk-step.ts'
import type { Links } from '../ports.ts'
import { linkBack } from '../volumes/link-back.ts'
import { ExportedSource, ImportTarget } from './copy-cloud-ends.ts'
import type { AnyCopy, VolumeEnd } from './copy-plans.ts'
import { openRange, openWriter, runsOf } from './volume-ranges.ts'

/** For as long a link that is away is waited for. */
const PATIENCE_MS = 15 * 60_000

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
  /** All of it is at the target for certain: what was made to read it goes. May be said again. */
  release(signal: AbortSignal): Promise<void>
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

export function endsOfCopy({ from, to }: AnyCopy, ports: EndPorts): { readonly source: CopySource; readonly target: CopyTarget } {
  const linkOf =
    (connectionId: ConnectionId): LinkOf =>
    (signal) =>
      linkBack(ports.links, ports.clock, connectionId, PATIENCE_MS, signal)
  return {
    source: 'place' in from ? new VolumeSource(from, linkOf(from.connectionId)) : new ExportedSource(from, linkOf(from.connectionId)),
    target: 'place' in to ? new VolumeTarget(to, linkOf(to.connectionId)) : new ImportTarget(to, linkOf(to.connectionId)),
  }
}

/** A volume of a host as it lies there. */
class VolumeSource implements CopySource {
  readonly place: VolumePlace
  readonly #hostRef: string
  readonly #link: LinkOf

  constructor({ hostRef, place }: VolumeEnd, link: LinkOf) {
    this.place = place
    this.#hostRef = hostRef
    this.#link = link
  }

  async state(signal: AbortSignal) {
    return await keeperOf({ link: await this.#link(signal) }).state(this.#hostRef, this.place, { signal })
  }

  async read(offset: number, length: number, signal: AbortSignal): Promise<VolumeRange> {
    return await openRange(keeperOf({ link: await this.#link(signal) }), this.#hostRef, this.place, offset, length, { signal })
  }

  release(): Promise<void> {
    return Promise.resolve()
  }
}

/** A volume that is made for the bytes: raw, whatever they are, which its host sees once they are there. */
class VolumeTarget implements CopyTarget {
  readonly place: VolumePlace
  readonly #hostRef: string
  readonly #link: LinkOf

  constructor({ hostRef, place }: VolumeEnd, link: LinkOf) {
    this.place = place
    this.#hostRef = hostRef
    this.#link = link
  }

  granuleBytes(): Promise<number> {
    return Promise.resolve(1)
  }

  async isThere(signal: AbortSignal): Promise<boolean> {
    const found = await (await this.#keeper(signal)).find(this.#hostRef, this.place, { signal })
    // a machine has been given it: whosever it was, it is written to no more
    if (found && found.usedBy.length > 0) throw takenError(this.place)
    return found !== null
  }

  async make(sizeBytes: number, signal: AbortSignal): Promise<void> {
    const keeper = await this.#keeper(signal)
    await keeper.create(this.#hostRef, this.place, { kind: 'empty', format: 'raw', capacityBytes: sizeBytes }, { signal })
  }

  async write(window: Window, pieces: AsyncIterable<VolumePiece>, signal: AbortSignal): Promise<number> {
    const { offset, length, isNext: isFresh } = window
    const writer = await openWriter(await this.#keeper(signal), this.#hostRef, this.place, { offset, length, isFresh }, { signal })
    const giveUp = () => writer.abort()
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      for await (const piece of pieces) {
        for (const run of runsOf(piece)) await (run instanceof Uint8Array ? writer.write(run) : writer.skip(run.zeros))
      }
      await writer.finish()
      return 0
    } finally {
      signal.removeEventListener('abort', giveUp)
      writer.abort()
    }
  }

  async readBack(offset: number, length: number, signal: AbortSignal): Promise<VolumeRange | null> {
    try {
      return await openRange(await this.#keeper(signal), this.#hostRef, this.place, offset, length, { signal })
    } catch (thrown) {
      if (toAppError(thrown).code === 'volume.beyond-end') return null
      throw thrown
    }
  }

  complete(): Promise<void> {
    return Promise.resolve()
  }

  async #keeper(signal: AbortSignal) {
    return keeperOf({ link: await this.#link(signal) })
  }
}
