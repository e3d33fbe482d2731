import type { TerminalSize } from '../model/console.ts'

/** Decodes a stream of UTF-8, keeping a sequence that is cut off until the rest of it comes: a `TextDecoder`. */
export interface StreamDecoder {
  decode(bytes?: Uint8Array, options?: { readonly stream: boolean }): string
}

export interface AsciicastOptions {
  readonly size: TerminalSize
  /** Unix milliseconds. */
  readonly startedAtMs: number
  readonly title: string
  readonly createDecoder: () => StreamDecoder
}

/**
 * A terminal session as asciicast v2: a header, then one event a line, `[seconds, code, data]`
 * (https://docs.asciinema.org/manual/asciicast/v2/). Every call answers what belongs into the file, with its line end; nothing is kept. Times
 * are milliseconds since the start, and never go back.
 */
export class Asciicast {
  readonly #options: AsciicastOptions
  readonly #output: StreamDecoder
  readonly #input: StreamDecoder
  #lastMs = 0

  constructor(options: AsciicastOptions) {
    this.#options = options
    this.#output = options.createDecoder()
    this.#input = options.createDecoder()
  }

  header(): string {
    const { size, startedAtMs, title } = this.#options
    const timestamp = Math.floor(startedAtMs / 1_000)
    return `${JSON.stringify({ version: 2, width: size.columns, height: size.rows, timestamp, title, env: { TERM: 'xterm-256color' } })}\n`
  }

  /** What was shown. Empty while the bytes are but the beginning of a character. */
  output(atMs: number, bytes: Uint8Array): string {
    return this.#event(atMs, 'o', this.#output.decode(bytes, { stream: true }))
  }

  /** What was typed. */
  input(atMs: number, bytes: Uint8Array): string {
    return this.#event(atMs, 'i', this.#input.decode(bytes, { stream: true }))
  }

  resize(atMs: number, { columns, rows }: TerminalSize): string {
    return this.#event(atMs, 'r', `${columns}x${rows}`)
  }

  /** A place that players can jump to. What was shown before it is complete: a character that was cut off there will not be completed. */
  marker(atMs: number, label: string): string {
    return this.end(atMs) + this.#event(atMs, 'm', label)
  }

  /** What is left of a character that was cut off. */
  end(atMs: number): string {
    return this.#event(atMs, 'o', this.#output.decode()) + this.#event(atMs, 'i', this.#input.decode())
  }

  #event(atMs: number, code: 'o' | 'i' | 'r' | 'm', data: string): string {
    if (data === '') return ''
    this.#lastMs = Math.max(this.#lastMs, atMs)
    return `${JSON.stringify([Math.round(this.#lastMs) / 1_000, code, data])}\n`
  }
}
