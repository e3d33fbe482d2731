import { createHash, type Hash } from 'node:crypto'
import type { VolumePlace } from '../../../shared/model/index.ts'
import type { CallOptions, SparseWriter, VolumeKeeper, VolumePiece, VolumeRange } from '../../providers/provider.ts'

/** Volumes in parts, with their runs of zeros told apart, whatever the host can do itself. */

const BLOCK_BYTES = 65_536
const ZEROS = Buffer.alloc(1_048_576)

/** `length` bytes of a volume from `offset`; fewer where it ends before. Of a host that tells no holes everything comes as bytes. */
export async function openRange(
  keeper: VolumeKeeper,
  hostRef: string,
  place: VolumePlace,
  offset: number,
  length: number,
  options: CallOptions,
): Promise<VolumeRange> {
  if (keeper.readRange) return await keeper.readRange(hostRef, place, offset, length, options)
  const { channel, sizeBytes } = await keeper.download(hostRef, place, offset, options)
  let left = Math.min(length, sizeBytes - offset)
  return {
    sizeBytes,
    async read() {
      if (left <= 0) return null
      const bytes = await channel.read()
      if (bytes === null) return null
      const piece = bytes.subarray(0, left)
      left -= piece.length
      return piece
    },
    close: () => channel.close(),
  }
}

/** `isFresh`: nothing was ever written behind `offset`, so that zeros need not be. */
export async function openWriter(
  keeper: VolumeKeeper,
  hostRef: string,
  place: VolumePlace,
  { offset, length, isFresh }: { readonly offset: number; readonly length: number; readonly isFresh: boolean },
  options: CallOptions,
): Promise<SparseWriter> {
  if (isFresh && keeper.fillRange) return await keeper.fillRange(hostRef, place, offset, length, options)
  const writer = await keeper.upload(hostRef, place, offset, length, options)
  return {
    write: (bytes) => writer.write(bytes),
    async skip(bytes) {
      for (const piece of zeroPieces(bytes)) await writer.write(piece)
    },
    finish: () => writer.finish(),
    abort: () => writer.abort(),
  }
}

function* zeroPieces(bytes: number): Generator<Uint8Array> {
  for (let left = bytes; left > 0; left -= ZEROS.length) yield ZEROS.subarray(0, Math.min(left, ZEROS.length))
}

/** Bytes in runs: zeros of whole blocks as their number, all else as it is. */
export function* runsOf(piece: VolumePiece): Generator<VolumePiece> {
  if (!(piece instanceof Uint8Array)) {
    yield piece
    return
  }
  let from = 0
  let zeros = 0
  for (let at = 0; at < piece.length; at += BLOCK_BYTES) {
    const block = piece.subarray(at, at + BLOCK_BYTES)
    if (isZero(block)) {
      if (at > from) yield piece.subarray(from, at)
      zeros += block.length
      from = at + block.length
    } else if (zeros > 0) {
      yield { zeros }
      zeros = 0
    }
  }
  if (zeros > 0) yield { zeros }
  if (from < piece.length) yield piece.subarray(from)
}

function isZero(block: Uint8Array): boolean {
  return block[0] === 0 && Buffer.compare(block, ZEROS.subarray(0, block.length)) === 0
}

export function lengthOf(piece: VolumePiece): number {
  return piece instanceof Uint8Array ? piece.length : piece.zeros
}

/** SHA-256 of bytes with their zeros, whether those were sent or told. A long run of them leaves room for others in between. */
export class RangeDigest {
  readonly #hash: Hash = createHash('sha256')

  async add(piece: VolumePiece): Promise<void> {
    if (piece instanceof Uint8Array) {
      this.#hash.update(piece)
      return
    }
    for (const zeros of zeroPieces(piece.zeros)) {
      this.#hash.update(zeros)
      if (piece.zeros > ZEROS.length) await new Promise<void>((resolve) => setImmediate(resolve))
    }
  }

  end(): string {
    return this.#hash.digest('hex')
  }
}
