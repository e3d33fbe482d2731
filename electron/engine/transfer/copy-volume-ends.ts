import { toAppError } from '../../../shared/errors/index.ts'
import type { VolumePlace } from '../../../shared/model/index.ts'
import type { VolumePiece, VolumeRange } from '../../providers/provider.ts'
import { keeperOf, takenError } from '../build/disk-step.ts'
import type { CopySource, CopyTarget, LinkOf, Window } from './copy-ends.ts'
import type { VolumeEnd } from './copy-plans.ts'
import { openRange, openWriter, runsOf } from './volume-ranges.ts'

/** A volume of a host as it lies there. */
export class VolumeSource implements CopySource {
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
export class VolumeTarget implements CopyTarget {
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
