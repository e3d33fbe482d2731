import { toAppError } from '../../../shared/errors/index.ts'
import type { Task, TaskId } from '../../../shared/model/index.ts'
import type { Clock, Logger } from '../../providers/provider.ts'
import type { JournalLine, TaskStore } from '../../store/store.ts'

const RETRY_AFTER_MS = 5_000
/** Lines in one transaction: more would hold up the loop while they are handed over. */
const LINES = 300

interface Entry {
  readonly line: JournalLine | null
  readonly task: Task
  /** Absent: written when it can be, nobody waits. */
  readonly settle?: { readonly resolve: () => void; readonly reject: (error: unknown) => void }
}

/**
 * Writes journal lines in the order given. While one transaction is under way the next lines gather, so that eight hundred
 * tasks at once cost a handful of disk syncs and not thousands.
 */
export class JournalWriter {
  readonly #store: TaskStore
  readonly #clock: Clock
  readonly #log: Logger
  #waiting: Entry[] = []
  #writing: Promise<void> | null = null
  #cancelRetry: (() => void) | null = null

  constructor(store: TaskStore, clock: Clock, log: Logger) {
    this.#store = store
    this.#clock = clock
    this.#log = log
  }

  /** Resolves when it is on the disk. Rejects when the disk does not take it: then it was not written and never will be. */
  write(line: JournalLine, task: Task): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ line, task, settle: { resolve, reject } })
      this.#kick()
    })
  }

  /** For what has happened already: kept in memory and tried again until the disk takes it. */
  note(line: JournalLine | null, task: Task): void {
    this.#waiting.push({ line, task })
    this.#kick()
  }

  /** The newest state of a task that is not on the disk yet. */
  pending(id: TaskId): Task | undefined {
    return this.#waiting.findLast((entry) => entry.task.id === id)?.task
  }

  /** Waits for what is under way and tries once more to write the rest. */
  async flush(): Promise<void> {
    this.#cancelRetry?.()
    this.#cancelRetry = null
    this.#kick()
    await this.#writing
  }

  #kick(): void {
    if (this.#writing || this.#waiting.length === 0) return
    this.#writing = this.#drain()
  }

  async #drain(): Promise<void> {
    // Lines of one turn of the loop belong together.
    await Promise.resolve()
    // Ends in the turn in which nothing waits: a line that comes a moment later must find the writer idle.
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, LINES)
      try {
        await this.#store.commit({ lines: batch.flatMap((entry) => entry.line ?? []), tasks: newestOf(batch) })
      } catch (thrown) {
        this.#writing = null
        this.#fail(batch, thrown)
        return
      }
      this.#waiting.splice(0, batch.length)
      for (const entry of batch) entry.settle?.resolve()
    }
    this.#writing = null
  }

  #fail(batch: readonly Entry[], thrown: unknown): void {
    const rest = [...batch.filter((entry) => !entry.settle), ...this.#waiting.slice(batch.length)]
    this.#waiting = rest
    for (const entry of batch) entry.settle?.reject(thrown)
    this.#log.warn('the task journal could not be written', { waiting: rest.length, code: toAppError(thrown).code })
    if (rest.length === 0) return
    this.#cancelRetry?.()
    this.#cancelRetry = this.#clock.after(RETRY_AFTER_MS, () => {
      this.#cancelRetry = null
      this.#kick()
    })
  }
}

/** A task that changed more than once is written once. */
function newestOf(batch: readonly Entry[]): Task[] {
  return [...new Map(batch.map(({ task }) => [task.id, task])).values()]
}
