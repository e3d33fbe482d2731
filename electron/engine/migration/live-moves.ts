import type { MigrationLive, TaskId } from '../../../shared/model/index.ts'

/** Moves as they go: kept in memory while they last, and for a while after, told to whoever follows them. */
export class LiveMoves {
  readonly #moves = new Map<TaskId, MigrationLive>()
  readonly #listeners = new Map<TaskId, Set<(live: MigrationLive) => void>>()

  get(id: TaskId): MigrationLive | undefined {
    return this.#moves.get(id)
  }

  put(live: MigrationLive): void {
    this.#moves.set(live.taskId, live)
    for (const listener of this.#listeners.get(live.taskId) ?? []) listener(live)
  }

  /** It has ended: whoever follows it has seen its last word. */
  forget(id: TaskId): void {
    this.#moves.delete(id)
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
