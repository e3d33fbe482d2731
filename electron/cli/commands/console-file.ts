import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { Asciicast } from '../../../shared/asciicast/index.ts'
import { AppError } from '../../../shared/errors/index.ts'
import type { TerminalSize } from '../../../shared/model/index.ts'

export interface RecordingFileOptions {
  readonly path: string
  readonly title: string
  readonly size: TerminalSize
  readonly withInput: boolean
  /** What could not be written any more; the session goes on. */
  readonly onFailed: (error: Error) => void
}

/** A session on its way into an asciicast v2 file, readable by this user alone. */
export class RecordingFile {
  readonly #options: RecordingFileOptions
  readonly #stream: WriteStream
  readonly #cast: Asciicast
  readonly #beganMs = performance.now()
  #failed = false

  private constructor(options: RecordingFileOptions, stream: WriteStream) {
    this.#options = options
    this.#stream = stream
    const { size, title } = options
    this.#cast = new Asciicast({ size, title, startedAtMs: Date.now(), createDecoder: () => new TextDecoder() })
    stream.on('error', (error) => {
      if (!this.#failed) options.onFailed(error)
      this.#failed = true
    })
    this.#write(this.#cast.header())
  }

  /** Throws `conflict` cli.record-exists: what is there already is never written over. */
  static async create(options: RecordingFileOptions): Promise<RecordingFile> {
    const { path } = options
    try {
      const handle = await open(path, 'wx', 0o600)
      return new RecordingFile(options, createWriteStream(path, { fd: handle }))
    } catch (cause) {
      const exists = (cause as { readonly code?: unknown }).code === 'EEXIST'
      throw new AppError({
        kind: exists ? 'conflict' : 'precondition',
        code: exists ? 'cli.record-exists' : 'cli.record-unwritable',
        message: exists
          ? `${path} is there already. Name another file, or remove it first.`
          : `${path} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
        cause,
      })
    }
  }

  shown(bytes: Uint8Array): void {
    this.#write(this.#cast.output(this.#elapsedMs(), bytes))
  }

  typed(bytes: Uint8Array): void {
    if (this.#options.withInput) this.#write(this.#cast.input(this.#elapsedMs(), bytes))
  }

  resized(size: TerminalSize): void {
    this.#write(this.#cast.resize(this.#elapsedMs(), size))
  }

  async finish(): Promise<void> {
    this.#write(this.#cast.end(this.#elapsedMs()))
    if (this.#failed) return
    this.#stream.end()
    await once(this.#stream, 'close').catch(() => {}) // told by `onFailed`
  }

  #elapsedMs(): number {
    return performance.now() - this.#beganMs
  }

  #write(text: string): void {
    if (text !== '' && !this.#failed) this.#stream.write(text)
  }
}
