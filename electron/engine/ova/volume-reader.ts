import type { VolumePlace } from '../../../shared/model/index.ts'
import type { CallOptions, VolumeKeeper } from '../../providers/provider.ts'

/** Descriptors stand at the front: read once, most packages need no second look. */
const HEAD_BYTES = 1_048_576

/** Reads parts of a volume as they lie in the file. */
export class VolumeReader {
  readonly #keeper: VolumeKeeper
  readonly #hostRef: string
  readonly #place: VolumePlace
  readonly #head: Uint8Array
  readonly sizeBytes: number

  private constructor(keeper: VolumeKeeper, hostRef: string, place: VolumePlace, head: Uint8Array, sizeBytes: number) {
    this.#keeper = keeper
    this.#hostRef = hostRef
    this.#place = place
    this.#head = head
    this.sizeBytes = sizeBytes
  }

  static async open(keeper: VolumeKeeper, hostRef: string, place: VolumePlace, options: CallOptions): Promise<VolumeReader> {
    const { channel, sizeBytes } = await keeper.download(hostRef, place, 0, options)
    try {
      const head = await readUpTo(channel, HEAD_BYTES)
      return new VolumeReader(keeper, hostRef, place, head, sizeBytes)
    } finally {
      channel.close()
    }
  }

  /** Fewer bytes than asked for: the file ends there. */
  async read(offset: number, length: number, options: CallOptions): Promise<Uint8Array> {
    if (offset + length <= this.#head.length || offset >= this.sizeBytes) return this.#head.subarray(offset, offset + length)
    const { channel } = await this.#keeper.download(this.#hostRef, this.#place, offset, options)
    try {
      return await readUpTo(channel, length)
    } finally {
      channel.close()
    }
  }
}

async function readUpTo(channel: { read(): Promise<Uint8Array | null> }, length: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let have = 0
  while (have < length) {
    const bytes = await channel.read()
    if (bytes === null) break
    // what a channel gives may be used again for what comes next
    parts.push(bytes.slice(0, length - have))
    have += parts.at(-1)?.length ?? 0
  }
  return Buffer.concat(parts)
}
