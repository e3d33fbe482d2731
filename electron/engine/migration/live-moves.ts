import type { MigrationLive, TaskId } from '../../../shared/model/index.ts'
import type { Clock } from '../../providers/provider.ts'

/** For so long the last word of a move is kept for whoever comes late. */
const KEPT_MS = 3_600_000

/** Moves as they go: kept in memory while they last, and an hour longer, told to whoever follows them. */
export class LiveMoves {
  readonly #clock: Clock
  readonly #moves = new Map<TaskId, MigrationLive>()
  readonly #timers = new Map<TaskId, () => void>()
  readonly #listeners = new Map<TaskId, Set<(live: MigrationLive) => void>>()
  readonly #waiting = new Map<TaskId, () => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get(id: TaskId): MigrationLive | undefined {
    return this.#moves.get(id)
  }

  put(live: MigrationLive): void {
    const { taskId } = live
    this.#moves.set(taskId, live)
    this.#timers.get(taskId)?.()
    this.#timers.set(
      taskId,
      this.#clock.after(KEPT_MS, () => {
        this.#moves.delete(taskId)
        this.#timers.delete(taskId)
      }),
    )
    for (const listener of this.#listeners.get(taskId) ?? []) listener(live)
  }

  /** A move that broke waits for its next try; `hurry` makes that now. Answers what ends it. */
  wait(id: TaskId, hurry: () => void): () => void {
    this.#waiting.set(id, hurry)
    return () => {
      if (this.#waiting.get(id) === hurry) this.#waiting.delete(id)
    }
  }

  /** False: it does not wait. */
  hurry(id: TaskId): boolean {
    const hurry = this.#waiting.get(id)
    hurry?.()
    return hurry !== undefined
  }

  /** Answers what ends it. */
  follow(id: TaskId, listener: (live: MigrationLive) => void): () => void {
    const listeners = this.#listeners.get(id) ?? new Set()
    this.#listeners.set(id, listeners)
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0) this.#listeners.delete(id)
    }
  }
}
