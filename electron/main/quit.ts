export interface QuitOptions {
  /** Tasks that have not ended. */
  readonly runningTasks: () => number
  /** Asks the person; true: quit although tasks run. */
  readonly ask: (count: number) => Promise<boolean>
  /** Writes the windows down and stops the engine at its journal. */
  readonly stop: () => Promise<void>
  /** Begins the quitting anew: this time nothing holds it up. */
  readonly quit: () => void
  /** Runs `run` after the delay; the answer takes it back. */
  readonly after: (delayMs: number, run: () => void) => () => void
}

/** The engine gets this long to reach its journal; a host that hangs must not hold the program. Tasks resume at the next start. */
const STOP_MS = 10_000

/** Quits once: asks while tasks run, then lets the engine come to its end. */
export class Quitter {
  readonly #options: QuitOptions
  #state: 'open' | 'asking' | 'stopping' | 'stopped' = 'open'
  #withoutAsking = false

  constructor(options: QuitOptions) {
    this.#options = options
  }

  /** The computer goes down: nobody is there to ask. */
  hurry(): void {
    this.#withoutAsking = true
  }

  /** Electron's `before-quit`. Asking is asynchronous: a modal question would stop the engine in the same process. */
  onBeforeQuit(event: { preventDefault(): void }): void {
    if (this.#state === 'stopped') return
    event.preventDefault()
    if (this.#state !== 'open') return
    void this.#run()
  }

  async #run(): Promise<void> {
    const count = this.#options.runningTasks()
    if (count > 0 && !this.#withoutAsking) {
      this.#state = 'asking'
      if (!(await this.#options.ask(count).catch(() => true))) {
        this.#state = 'open'
        return
      }
    }
    this.#state = 'stopping'
    const finish = (): void => {
      if (this.#state === 'stopped') return
      this.#state = 'stopped'
      this.#options.quit()
    }
    const cancel = this.#options.after(STOP_MS, finish)
    await this.#options.stop().catch(() => {
      // what did not close cleanly is found at the next start: every write is journalled
    })
    cancel()
    finish()
  }
}
