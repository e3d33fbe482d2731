import { AppError } from '../../../shared/errors/index.ts'
import type { ByteChannel, Clock } from '../provider.ts'

export interface SerialChannelOptions {
  readonly look: () => Promise<string>
  /** The machine still runs: with it the channel ends. */
  readonly isOn: () => boolean
  readonly clock: Clock
  readonly everyMs: number
}

/**
 * What a machine of a cloud writes to its serial port, as a channel that cannot be written to: the cloud keeps a text, which is read anew
 * and of which the new end is passed on.
 */
export class SerialChannel implements ByteChannel {
  readonly #with: SerialChannelOptions
  readonly #encoder = new TextEncoder()
  #shown = ''
  #closed = false
  #wake: (() => void) | null = null

  constructor(options: SerialChannelOptions) {
    this.#with = options
  }

  async read(): Promise<Uint8Array | null> {
    while (!this.#closed) {
      const text = await this.#with.look()
      const news = newEnd(this.#shown, text)
      this.#shown = text
      if (this.#closed) return null
      if (news !== '') return this.#encoder.encode(news.replaceAll(/\r?\n/g, '\r\n'))
      if (!this.#with.isOn()) return null
      await this.#wait()
    }
    return null
  }

  write(): Promise<void> {
    return Promise.reject(
      new AppError({
        kind: 'unsupported',
        code: 'console.read-only',
        message: 'This is what the machine has written to its serial port. Nothing can be typed here.',
      }),
    )
  }

  close(): void {
    this.#closed = true
    this.#wake?.()
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#with.clock.after(this.#with.everyMs, () => this.#wake?.())
      this.#wake = () => {
        cancel()
        this.#wake = null
        resolve()
      }
    })
  }
}

/** What is new in a text of which only the last part is kept. */
export function newEnd(before: string, after: string): string {
  if (before === '') return after
  if (after.startsWith(before)) return after.slice(before.length)
  // The beginning fell out of what is kept: the old end is looked for.
  const tail = before.slice(-256)
  const at = after.lastIndexOf(tail)
  return at < 0 ? after : after.slice(at + tail.length)
}
