import type { Io } from './commands/act.ts'

const SHOW_EVERY_MS = 500
const MIB = 1_048_576

/** Says how far something is, in place where a person watches and not at all where nobody does. */
export class ProgressLine {
  readonly #what: string
  readonly #isShown: boolean
  #shownAtMs = 0

  constructor(what: string, io: Pick<Io, 'interactive'>) {
    this.#what = what
    this.#isShown = io.interactive && process.stderr.isTTY
  }

  bytes(done: number, total: number): void {
    this.say(`${(done / MIB).toFixed(0)} of ${(total / MIB).toFixed(0)} MiB`, done >= total)
  }

  say(text: string, isLast = false): void {
    const nowMs = Date.now()
    if (!this.#isShown || (!isLast && nowMs - this.#shownAtMs < SHOW_EVERY_MS)) return
    this.#shownAtMs = nowMs
    process.stderr.write(`\r\u001b[K${this.#what}: ${text}`)
  }

  end(): void {
    if (this.#isShown) process.stderr.write('\r\u001b[K')
  }
}
