import { FINAL_TASK_STATES, type Task } from '../../../shared/model/index.ts'
import type { Clock } from '../../providers/provider.ts'

/** How many finished tasks are shown at most, and for how long. */
const NEWEST = 200
const SHOWN_MS = 24 * 3_600_000

/** Which finished tasks are still among the newest; older ones are found through `tasks.list`. */
export class FinishedTasks {
  readonly #clock: Clock
  /** Id → end, oldest end first. */
  readonly #ends = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Notes how a task stands; answers the ids that are to leave. */
  note(task: Task): readonly string[] {
    if (!FINAL_TASK_STATES.has(task.state)) {
      this.#ends.delete(task.id)
      return []
    }
    const end = task.endedAtMs ?? this.#clock.nowMs()
    if (this.#ends.get(task.id) !== end) {
      this.#ends.delete(task.id)
      this.#ends.set(task.id, end)
    }
    return this.#overdue()
  }

  forget(id: string): void {
    this.#ends.delete(id)
  }

  #overdue(): readonly string[] {
    const oldest = this.#clock.nowMs() - SHOWN_MS
    const leaving: string[] = []
    for (const [id, end] of this.#ends) {
      if (this.#ends.size <= NEWEST && end >= oldest) break
      this.#ends.delete(id)
      leaving.push(id)
    }
    return leaving
  }
}
