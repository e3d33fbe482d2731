import { appendFileSync, mkdirSync } from 'node:fs'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Of lines that a slow disk has not taken yet. */
const MAX_WAITING_CHARS = 1024 * 1024
const MODE = 0o600

/**
 * Appends lines to a file in the background, in their order. What the disk does not take is dropped: a log that cannot be
 * written must neither end nor hold up the program. (pino's own destination does both on a full disk: it throws into the event
 * loop, and its flush tries for ever.)
 */
export class LogFile {
  readonly #path: string
  readonly #onLost: (lines: number) => void
  #file: FileHandle | null = null
  #waiting = ''
  #lost = 0
  #torn = false
  #writing: Promise<void> | null = null

  /** `onLost`: the disk takes lines again, after so many were dropped. */
  constructor(path: string, onLost: (lines: number) => void) {
    this.#path = path
    this.#onLost = onLost
    process.on('exit', this.#writeAtExit)
  }

  /** `line` ends with a line feed. Never throws. */
  write(line: string): void {
    if (this.#waiting.length + line.length > MAX_WAITING_CHARS) {
      this.#lost += 1
      return
    }
    this.#waiting += line
    this.#writing ??= this.#drain()
  }

  /** Resolves when what was written is on the disk, or dropped. */
  async settled(): Promise<void> {
    await this.#writing
  }

  async close(): Promise<void> {
    await this.settled()
    process.off('exit', this.#writeAtExit)
    await this.#release()
  }

  async #drain(): Promise<void> {
    while (this.#waiting !== '') {
      const lines = this.#waiting
      this.#waiting = ''
      try {
        this.#file ??= await this.#open()
        // the last write may have ended in the middle of a line
        await this.#file.appendFile(this.#torn ? `\n${lines}` : lines)
        this.#torn = false
        this.#tellLost()
      } catch {
        this.#lost += lines.split('\n').length - 1
        this.#torn = true
        // opened anew next time: the folder may have been made, the file put aside
        await this.#release()
      }
    }
    this.#writing = null
  }

  #tellLost(): void {
    const lost = this.#lost
    this.#lost = 0
    if (lost > 0) this.#onLost(lost)
  }

  async #open(): Promise<FileHandle> {
    await mkdir(dirname(this.#path), { recursive: true })
    return open(this.#path, 'a', MODE)
  }

  async #release(): Promise<void> {
    const file = this.#file
    this.#file = null
    await file?.close().catch(() => {})
  }

  readonly #writeAtExit = (): void => {
    if (this.#waiting === '') return
    try {
      mkdirSync(dirname(this.#path), { recursive: true })
      appendFileSync(this.#path, this.#waiting, { mode: MODE })
    } catch {
      // nobody is left to be told
    }
  }
}
