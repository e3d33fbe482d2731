import type { Duplex } from 'node:stream'
import type { ByteChannel } from '../provider.ts'
import { toSshProblem } from './problems.ts'

/** A socket as a channel. */
export class DuplexChannel implements ByteChannel {
  readonly #duplex: Duplex
  readonly #pieces: AsyncIterator<Buffer>

  constructor(duplex: Duplex) {
    this.#duplex = duplex
    this.#pieces = duplex[Symbol.asyncIterator]() as AsyncIterator<Buffer>
    duplex.on('error', () => {}) // the reader and the writer hear of it
  }

  async read(): Promise<Uint8Array | null> {
    try {
      const { done, value } = await this.#pieces.next()
      return done ? null : value
    } catch (error) {
      if (this.#duplex.destroyed && (error as { readonly code?: unknown }).code === 'ERR_STREAM_PREMATURE_CLOSE') return null
      throw toSshProblem(error)
    }
  }

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#duplex.write(bytes, (error) => (error ? reject(toSshProblem(error)) : resolve()))
    })
  }

  close(): void {
    this.#duplex.destroy()
  }
}
