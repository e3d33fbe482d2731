import type { VolumePiece } from '../../providers/provider.ts'
import { lengthOf } from './volume-ranges.ts'

/**
 * Pieces that come in order, in parts of `bytes`, the last one shorter. Each part is to be read to its end before the next is asked for.
 */
export async function* cut(pieces: AsyncIterable<VolumePiece>, bytes: number): AsyncGenerator<AsyncIterable<VolumePiece>> {
  const source = pieces[Symbol.asyncIterator]()
  let rest: VolumePiece | null = null
  const next = async (): Promise<VolumePiece | null> => {
    for (;;) {
      const piece: VolumePiece | null = rest
      rest = null
      if (piece && lengthOf(piece) > 0) return piece
      const read = await source.next()
      if (read.done) return null
      rest = read.value
    }
  }
  async function* part(): AsyncGenerator<VolumePiece> {
    for (let left = bytes; left > 0; ) {
      const piece = await next()
      if (piece === null) return
      const [front, behind] = divided(piece, left)
      rest = behind
      left -= lengthOf(front)
      yield front
    }
  }
  try {
    for (;;) {
      const first = await next()
      if (first === null) return
      rest = first
      yield part()
    }
  } finally {
    await source.return?.()
  }
}

function divided(piece: VolumePiece, at: number): [VolumePiece, VolumePiece | null] {
  if (lengthOf(piece) <= at) return [piece, null]
  if (piece instanceof Uint8Array) return [piece.subarray(0, at), piece.subarray(at)]
  return [{ zeros: at }, { zeros: piece.zeros - at }]
}
