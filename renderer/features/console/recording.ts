import { Asciicast } from '../../../shared/asciicast/index.ts'
import type { TerminalSize } from '../../../shared/model/index.ts'
import type { TerminalTap } from './terminal-screen.ts'

/** What one recording may hold: hours of text, and no more than a page can spare. */
export const MOST_RECORDED_BYTES = 50 * 1024 * 1024
/** Pieces are put together to what the browser can keep elsewhere than in memory. */
const BLOCK_BYTES = 1024 * 1024

export interface RecordingOptions {
  readonly size: TerminalSize
  readonly title: string
  readonly withInput: boolean
  /** Worded already: marks where the terminal went on over another connection. */
  readonly againText: string
  /** Unix milliseconds, now. */
  readonly startedAtMs: number
  /** A clock that is never set. */
  readonly nowMs: () => number
  /** It holds as much as it may: what comes now is not recorded. */
  readonly onFull: () => void
  readonly mostBytes?: number
}

/** What a terminal shows from now on, as asciicast v2, until it is full. */
export class Recording implements TerminalTap {
  readonly startedAtMs: number
  readonly title: string
  readonly #options: RecordingOptions
  readonly #cast: Asciicast
  readonly #beganMs: number
  readonly #encoder = new TextEncoder()
  readonly #blocks: Blob[] = []
  #pieces: Uint8Array<ArrayBuffer>[] = []
  #pieceBytes = 0
  #bytes = 0
  #isOver = false

  constructor(options: RecordingOptions) {
    const { size, title, startedAtMs } = options
    this.startedAtMs = startedAtMs
    this.title = title
    this.#options = options
    this.#beganMs = options.nowMs()
    this.#cast = new Asciicast({ size, title, startedAtMs, createDecoder: () => new TextDecoder() })
    this.#add(this.#cast.header())
  }

  shown(bytes: Uint8Array): void {
    if (!this.#isOver) this.#add(this.#cast.output(this.#elapsedMs(), bytes))
  }

  typed(bytes: Uint8Array): void {
    if (!this.#isOver && this.#options.withInput) this.#add(this.#cast.input(this.#elapsedMs(), bytes))
  }

  resized(size: TerminalSize): void {
    if (!this.#isOver) this.#add(this.#cast.resize(this.#elapsedMs(), size))
  }

  attached(): void {
    if (!this.#isOver) this.#add(this.#cast.marker(this.#elapsedMs(), this.#options.againText))
  }

  /** All of it, once; nothing is recorded any more. */
  finish(): Blob {
    if (!this.#isOver) this.#end()
    this.#block()
    return new Blob(this.#blocks, { type: 'application/x-asciicast' })
  }

  #elapsedMs(): number {
    return this.#options.nowMs() - this.#beganMs
  }

  #end(): void {
    this.#isOver = true
    this.#keep(this.#encoder.encode(this.#cast.end(this.#elapsedMs())))
  }

  #add(text: string): void {
    if (text === '') return
    const bytes = this.#encoder.encode(text)
    if (this.#bytes + bytes.length > (this.#options.mostBytes ?? MOST_RECORDED_BYTES)) {
      this.#isOver = true
      this.#options.onFull()
      return
    }
    this.#keep(bytes)
  }

  #keep(bytes: Uint8Array<ArrayBuffer>): void {
    this.#pieces.push(bytes)
    this.#pieceBytes += bytes.length
    this.#bytes += bytes.length
    if (this.#pieceBytes >= BLOCK_BYTES) this.#block()
  }

  #block(): void {
    if (this.#pieces.length > 0) this.#blocks.push(new Blob(this.#pieces))
    this.#pieces = []
    this.#pieceBytes = 0
  }
}
