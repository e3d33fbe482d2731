import { FINAL_TASK_STATES, type Task, type TaskId } from '../../../shared/model/index.ts'
import type { Clock } from '../../providers/provider.ts'
import type { TaskSink } from '../ports.ts'

const PROGRESS_EVERY_MS = 200
/** Finished children of a larger bulk leave the stream at once: they would push everything else out of it. */
const MAX_CHILDREN_KEPT = 50

/** Which tasks the inventory shows, and progress at a bearable pace. How long ended ones stay is the inventory's. */
export class TaskShow {
  readonly #clock: Clock
  readonly #sink: TaskSink
  readonly #due = new Map<TaskId, () => Task>()
  #ticking = false

  constructor(clock: Clock, sink: TaskSink) {
    this.#clock = clock
    this.#sink = sink
  }

  /** `siblings`: of a child, how many targets its bulk has. */
  put(task: Task, siblings = 0): void {
    this.#due.delete(task.id)
    if (FINAL_TASK_STATES.has(task.state) && siblings > MAX_CHILDREN_KEPT) this.#sink.removeTask(task.id)
    else this.#sink.putTask(task)
  }

  /** Shown with the next tick, whatever state it has by then. */
  later(id: TaskId, current: () => Task): void {
    this.#due.set(id, current)
    if (this.#ticking) return
    this.#ticking = true
    this.#clock.after(PROGRESS_EVERY_MS, () => {
      this.#ticking = false
      for (const task of this.#due.values()) this.#sink.putTask(task())
      this.#due.clear()
    })
  }
}
