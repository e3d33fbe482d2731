import type { AppError } from '../../../../shared/errors/index.ts'
import type { ByteChannel } from '../../provider.ts'

export interface ConsolePipeOptions {
  /** What the reader of the channel writes. */
  readonly onInput: (bytes: Uint8Array) => void
  /** All that was pushed has been taken, and the reader waits for more. */
  readonly onTaken?: () => void
  /** It is over, whoever ended it. */
  readonly onEnd: () => void
}

/** A port whose reader does not read loses what is more than this, as a UART does. */
const MOST_WAITING_BYTES = 1_048_576

/** The two ends of a simulated console: a channel for whoever opened it, and the device's side. */
export class ConsolePipe implements ByteChannel {
  readonly #options: ConsolePipeOptions
  readonly #pieces: Uint8Array[] = []
  #waitingBytes = 0
  #reader: { readonly resolve: (bytes: Uint8Array | null) => void; readonly reject: (error: AppError) => void } | null = null
  #end: { readonly error: AppError | null } | null = null

  constructor(options: ConsolePipeOptions) {
    this.#options = options
  }

  /** Somebody waits for more. */
  get isHungry(): boolean {
    return this.#reader !== null
  }

  push(bytes: Uint8Array): void {
    if (this.#end || this.#waitingBytes > MOST_WAITING_BYTES) return
    if (this.#reader) {
      const { resolve } = this.#reader
      this.#reader = null
      resolve(bytes)
      return
    }
    this.#pieces.push(bytes)
    this.#waitingBytes += bytes.length
  }

  /** What was pushed before is still read. With an error, the reader gets it after that. */
  end(error: AppError | null): void {
    if (this.#end) return
    this.#end = { error }
    const reader = this.#reader
    this.#reader = null
    if (error) reader?.reject(error)
    else reader?.resolve(null)
    this.#options.onEnd()
  }

  read(): Promise<Uint8Array | null> {
    const bytes = this.#pieces.shift()
    if (bytes) {
      this.#waitingBytes -= bytes.length
      return Promise.resolve(bytes)
    }
    if (this.#end) return this.#end.error ? Promise.reject(this.#end.error) : Promise.resolve(null)
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject }
      this.#options.onTaken?.()
    })
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.#end) return this.#end.error ? Promise.reject(this.#end.error) : Promise.resolve()
    this.#options.onInput(bytes)
    return Promise.resolve()
  }

  close(): void {
    this.#pieces.length = 0
    this.#waitingBytes = 0
    this.end(null)
  }
}
