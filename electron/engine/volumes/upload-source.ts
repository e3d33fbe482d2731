import { type AppError, toAppError } from '../../../shared/errors/index.ts'
import { UPLOAD_AHEAD_BYTES, type UploadWord } from '../../../shared/model/index.ts'
import type { ByteChannel } from '../../providers/provider.ts'

/** Bytes that may wait here: enough that neither side waits for the other's every piece. */
const HIGH_BYTES = 4_194_304
/** How often it is told that there is room again. */
const TELL_BYTES = UPLOAD_AHEAD_BYTES / 8

/**
 * Where the bytes of an upload come in, once: what a page or the command line writes, the upload takes. What the other side reads are
 * `UploadWord`s.
 */
export class UploadSource implements ByteChannel {
  /** Of the file: its first byte here. */
  readonly offset: number
  readonly #sizeBytes: number
  readonly #onTooMuch: () => AppError
  #received = 0
  #taken = 0
  #told = 0
  #pieces: Uint8Array[] = []
  #waitingBytes = 0
  #taker: ((isThere: boolean) => void) | null = null
  #writers: Array<() => void> = []
  #words: Uint8Array[] = []
  #reader: (() => void) | null = null
  /** `gone`: the other side is. */
  #over: 'gone' | 'complete' | AppError | null = null

  constructor(offset: number, sizeBytes: number, onTooMuch: () => AppError) {
    this.offset = offset
    this.#sizeBytes = sizeBytes
    this.#onTooMuch = onTooMuch
  }

  get isOver(): boolean {
    return this.#over !== null
  }

  async read(): Promise<Uint8Array | null> {
    for (;;) {
      const word = this.#words.shift()
      if (word) return word
      if (this.#over === 'gone' || this.#over === 'complete') return null
      if (this.#over) throw this.#over
      await new Promise<void>((resolve) => {
        this.#reader = resolve
      })
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#over || bytes.length === 0) return
    this.#received += bytes.length
    if (this.offset + this.#received > this.#sizeBytes) {
      this.end(this.#onTooMuch())
      return
    }
    // Lent bytes: whoever sends them uses their memory again.
    this.#pieces.push(Uint8Array.from(bytes))
    this.#waitingBytes += bytes.length
    this.#taker?.(true)
    if (this.#waitingBytes >= HIGH_BYTES) {
      await new Promise<void>((resolve) => {
        this.#writers.push(resolve)
      })
    }
  }

  /** The other side has gone. */
  close(): void {
    this.end('gone')
  }

  /** Tells the other side how far the host has it. */
  confirm(bytes: number): void {
    this.#say({ confirmed: bytes })
  }

  /** Ends it: what has not been taken is lost, and has to be sent again from what was confirmed last. */
  end(why: 'gone' | 'complete' | AppError): void {
    if (this.#over) return
    this.#over = why
    this.#pieces = []
    this.#wakeReader()
    this.#taker?.(false)
    for (const resolve of this.#writers.splice(0)) resolve()
  }

  /** At most so many bytes, null once it is over. One at a time. Rejects when the signal fires. */
  async take(most: number, signal: AbortSignal): Promise<Uint8Array | null> {
    signal.throwIfAborted()
    if (this.#pieces.length === 0 && !this.#over) await this.#more(signal)
    const [piece] = this.#pieces
    if (!piece) return null
    const taken = piece.subarray(0, most)
    if (taken.length < piece.length) this.#pieces[0] = piece.subarray(taken.length)
    else this.#pieces.shift()
    this.#waitingBytes -= taken.length
    this.#taken += taken.length
    if (this.#taken - this.#told >= TELL_BYTES) {
      this.#told = this.#taken
      this.#say({ taken: this.offset + this.#taken })
    }
    if (this.#waitingBytes < HIGH_BYTES) for (const resolve of this.#writers.splice(0)) resolve()
    return taken
  }

  #say(word: UploadWord): void {
    this.#words.push(new TextEncoder().encode(JSON.stringify(word)))
    this.#wakeReader()
  }

  #more(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#taker = null
        signal.removeEventListener('abort', onAbort)
      }
      const onAbort = () => {
        end()
        reject(toAppError(signal.reason))
      }
      this.#taker = () => {
        end()
        resolve()
      }
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }

  #wakeReader(): void {
    this.#reader?.()
    this.#reader = null
  }
}
