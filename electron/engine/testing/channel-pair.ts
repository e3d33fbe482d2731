import type { AppError } from '../../../shared/errors/index.ts'
import type { ByteChannel } from '../../providers/provider.ts'

/** One end of a channel in memory. */
export class MemoryChannel implements ByteChannel {
  peer: MemoryChannel | null = null
  closed = false
  #pieces: Array<Uint8Array | null | AppError> = []
  #waiting: (() => void) | null = null

  async read(): Promise<Uint8Array | null> {
    for (;;) {
      const [piece] = this.#pieces
      if (piece instanceof Uint8Array) return this.#pieces.shift() as Uint8Array
      if (piece === null || this.closed) return null
      if (piece !== undefined) throw piece
      await new Promise<void>((resolve) => {
        this.#waiting = resolve
      })
    }
  }

  write(bytes: Uint8Array): Promise<void> {
    if (!this.closed) this.peer?.take(Uint8Array.from(bytes))
    return Promise.resolve()
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    this.take(null)
    this.peer?.take(null)
  }

  /** Breaks it: the reader gets the error after what came before. */
  fail(error: AppError): void {
    this.take(error)
  }

  take(piece: Uint8Array | null | AppError): void {
    this.#pieces.push(piece)
    this.#waiting?.()
    this.#waiting = null
  }

  /** Reads until so many bytes are there. */
  async exactly(count: number): Promise<Buffer> {
    let found = Buffer.alloc(0)
    while (found.length < count) {
      const piece = await this.read()
      if (piece === null) throw new Error(`ended after ${found.length} of ${count} bytes`)
      found = Buffer.concat([found, piece])
    }
    if (found.length > count) this.#pieces.unshift(Uint8Array.from(found.subarray(count)))
    return found.subarray(0, count)
  }
}

/** Two ends: what one writes the other reads. */
export function channelPair(): readonly [MemoryChannel, MemoryChannel] {
  const [near, far] = [new MemoryChannel(), new MemoryChannel()]
  near.peer = far
  far.peer = near
  return [near, far]
}
