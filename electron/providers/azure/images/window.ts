import type { VolumePiece } from '../../provider.ts'
import { MOST_BYTES } from './page-blob.ts'
import type { PageRange } from './page-ranges.ts'

export const PAGE_BYTES = 512
/** Zeros of less are sent: a request costs more than they do. A part of {@link MOST_BYTES}. */
const UNIT_BYTES = 256 * 1024

/** What a window is made of, from front to back: bytes to send, of at most {@link MOST_BYTES}, and zeros that need not be. */
export type WindowPart = PageRange & { readonly bytes: Uint8Array | null }

/** Cuts pieces of any size into parts of whole pages, the end filled up with zeros. `offset` is a multiple of {@link MOST_BYTES}. */
export async function* partsOf(offset: number, pieces: AsyncIterable<VolumePiece>): AsyncGenerator<WindowPart> {
  let at = offset
  let block: Buffer | null = null
  let filled = 0
  const end = () => {
    const length = Math.ceil(filled / PAGE_BYTES) * PAGE_BYTES
    const parts = block === null ? [{ offset: at, length, bytes: null }] : cut(at, block.subarray(0, length))
    at += length
    block = null
    filled = 0
    return parts
  }
  for await (const piece of pieces) {
    const length = piece instanceof Uint8Array ? piece.length : piece.zeros
    for (let done = 0; done < length; ) {
      const take = Math.min(length - done, MOST_BYTES - filled)
      if (piece instanceof Uint8Array) {
        block ??= Buffer.alloc(MOST_BYTES)
        block.set(piece.subarray(done, done + take), filled)
      }
      filled += take
      done += take
      if (filled === MOST_BYTES) yield* end()
    }
  }
  if (filled > 0) yield* end()
}

/** One block: its units that hold something, neighbours together, and the zeros between them. */
function cut(offset: number, block: Buffer): WindowPart[] {
  const parts: Array<{ offset: number; length: number; isZeros: boolean }> = []
  for (let from = 0; from < block.length; from += UNIT_BYTES) {
    const unit = block.subarray(from, from + UNIT_BYTES)
    const isZeros = isAllZeros(unit)
    const last = parts.at(-1)
    if (last?.isZeros === isZeros) last.length += unit.length
    else parts.push({ offset: from, length: unit.length, isZeros })
  }
  return parts.map(({ offset: from, length, isZeros }) => ({
    offset: offset + from,
    length,
    bytes: isZeros ? null : block.subarray(from, from + length),
  }))
}

const ZEROS = Buffer.alloc(UNIT_BYTES)

function isAllZeros(bytes: Buffer): boolean {
  return bytes.equals(ZEROS.subarray(0, bytes.length))
}

/** Where two lists of ranges, each in its order, have bytes in common. */
export function common(these: readonly PageRange[], those: readonly PageRange[]): PageRange[] {
  const found: PageRange[] = []
  for (let a = 0, b = 0; a < these.length && b < those.length; ) {
    const [one, other] = [these[a] as PageRange, those[b] as PageRange]
    const offset = Math.max(one.offset, other.offset)
    const [oneEnd, otherEnd] = [one.offset + one.length, other.offset + other.length]
    const end = Math.min(oneEnd, otherEnd)
    if (end > offset) found.push({ offset, length: end - offset })
    if (oneEnd <= otherEnd) a += 1
    else b += 1
  }
  return found
}
