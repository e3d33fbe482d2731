import type { ByteChannel } from '../../providers/provider.ts'
import { consoleProtocol } from './console-errors.ts'

/** Reads a channel by counted bytes, as a handshake does; what is left over is read first afterwards. */
export class ExactReader {
  readonly #channel: ByteChannel
  #rest: Uint8Array = new Uint8Array(0)

  constructor(channel: ByteChannel) {
    this.#channel = channel
  }

  /** Exactly so many bytes. Throws `protocol` console.protocol when the far side ends before. */
  async read(count: number): Promise<Uint8Array> {
    while (this.#rest.length < count) {
      const more = await this.#channel.read()
      if (more === null) throw consoleProtocol('The VNC server ended the connection in the middle of its greeting.')
      this.#rest = this.#rest.length === 0 ? more : Buffer.concat([this.#rest, more])
    }
    const found = this.#rest.subarray(0, count)
    this.#rest = this.#rest.subarray(count)
    return found
  }

  async readU8(): Promise<number> {
    return (await this.read(1))[0] ?? 0
  }

  async readU32(): Promise<number> {
    const bytes = await this.read(4)
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0)
  }

  /** The next bytes, what was read too far before; null at the end. */
  async next(): Promise<Uint8Array | null> {
    if (this.#rest.length === 0) return this.#channel.read()
    const rest = this.#rest
    this.#rest = new Uint8Array(0)
    return rest
  }
}
