import { type AppError, toAppError } from '../../../shared/errors/index.ts'
import { SERIAL_SCROLLBACK_BYTES } from '../../../shared/model/index.ts'
import type { ByteChannel } from '../../providers/provider.ts'
import { viewerTooSlow } from './console-errors.ts'

/** What may wait for one viewer; the others must not wait for it. */
const MOST_WAITING_BYTES = 2 * 1024 * 1024

/**
 * One serial console, looked at by any number of viewers: a port has room for one client only, so it is opened once and everybody sees
 * and types the same. Whoever comes later first sees the last part of what was written.
 */
export class SerialHub {
  readonly #source: ByteChannel
  readonly #onEnd: (error: AppError | null) => void
  readonly #viewers = new Set<SerialViewer>()
  #scrollback: Uint8Array[] = []
  #kept = 0
  #writing: Promise<void> = Promise.resolve()
  #ended = false

  /** `onEnd`: it is over, by the far side or because nobody looks any more, or broke with an error. */
  constructor(source: ByteChannel, onEnd: (error: AppError | null) => void) {
    this.#source = source
    this.#onEnd = onEnd
    void this.#pump()
  }

  /** Its first piece is all that is kept, in one: a viewer who comes back finds in it where it was. Of a hub that is over, it is over as well. */
  join(): ByteChannel {
    const viewer = new SerialViewer(
      (bytes) => this.#write(bytes),
      () => {
        this.#viewers.delete(viewer)
        if (this.#viewers.size === 0) this.#finish(null)
      },
    )
    if (this.#kept > 0) viewer.push(Buffer.concat(this.#scrollback))
    if (this.#ended) viewer.end(null)
    else this.#viewers.add(viewer)
    return viewer
  }

  /** In the order of the keys pressed, whoever presses them. */
  #write(bytes: Uint8Array): Promise<void> {
    const writing = this.#writing.then(() => this.#source.write(bytes))
    this.#writing = writing.catch(() => {})
    return writing
  }

  async #pump(): Promise<void> {
    try {
      for (let bytes = await this.#source.read(); bytes !== null; bytes = await this.#source.read()) {
        this.#keep(bytes)
        for (const viewer of this.#viewers) viewer.push(bytes)
      }
      this.#finish(null)
    } catch (thrown) {
      this.#finish(toAppError(thrown))
    }
  }

  #keep(bytes: Uint8Array): void {
    this.#scrollback.push(bytes)
    this.#kept += bytes.length
    while (this.#kept > SERIAL_SCROLLBACK_BYTES) this.#kept -= this.#scrollback.shift()?.length ?? 0
  }

  #finish(error: AppError | null): void {
    if (this.#ended) return
    this.#ended = true
    this.#source.close()
    for (const viewer of this.#viewers) viewer.end(error)
    this.#viewers.clear()
    this.#scrollback = []
    this.#onEnd(error)
  }
}

class SerialViewer implements ByteChannel {
  readonly #toSource: (bytes: Uint8Array) => Promise<void>
  readonly #onClose: () => void
  readonly #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #reader: { resolve: (bytes: Uint8Array | null) => void; reject: (error: AppError) => void } | null = null
  #end: { readonly error: AppError | null } | null = null

  constructor(toSource: (bytes: Uint8Array) => Promise<void>, onClose: () => void) {
    this.#toSource = toSource
    this.#onClose = onClose
  }

  push(bytes: Uint8Array): void {
    if (this.#end) return
    if (this.#reader) {
      const reader = this.#reader
      this.#reader = null
      reader.resolve(bytes)
      return
    }
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    if (this.#waitingBytes > MOST_WAITING_BYTES) {
      this.end(viewerTooSlow())
      this.#onClose()
    }
  }

  end(error: AppError | null): void {
    if (this.#end) return
    this.#end = { error }
    const reader = this.#reader
    this.#reader = null
    if (error) reader?.reject(error)
    else reader?.resolve(null)
  }

  read(): Promise<Uint8Array | null> {
    const bytes = this.#waiting.shift()
    if (bytes) {
      this.#waitingBytes -= bytes.length
      return Promise.resolve(bytes)
    }
    if (this.#end) return this.#end.error ? Promise.reject(this.#end.error) : Promise.resolve(null)
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject }
    })
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#end ? Promise.resolve() : this.#toSource(bytes)
  }

  close(): void {
    if (this.#end) return
    this.end(null)
    this.#onClose()
  }
}
