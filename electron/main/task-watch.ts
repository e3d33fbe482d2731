import type { InventoryMessage, Task, TaskState } from '../../shared/model/index.ts'

/** What the shell needs to know of tasks: which run now, and which have just ended. */
export interface TaskNews {
  /** Roots that have not ended, oldest first. */
  readonly running: readonly Task[]
  /** Roots that ended, or stopped for a decision, since the stream was complete. */
  readonly ended: readonly Task[]
}

const RUNNING: ReadonlySet<TaskState> = new Set<TaskState>(['queued', 'running', 'cancelling'])

/** Follows the tasks of the inventory stream. Pure: feed it messages, get the news. */
export class TaskWatch {
  readonly #tasks = new Map<string, Task>()
  #complete = false

  /** null when the message says nothing about tasks. */
  take(message: InventoryMessage): TaskNews | null {
    if (message.type === 'reset') {
      this.#tasks.clear()
      this.#complete = false
      return this.#news([])
    }
    if (message.type === 'ready') {
      this.#complete = true
      return this.#news([])
    }
    const ended: Task[] = []
    let touched = false
    for (const change of message.changes) {
      if (change.entity !== 'task') continue
      touched = true
      const before = this.#tasks.get(change.id)
      if (change.op === 'remove') {
        this.#tasks.delete(change.id)
        continue
      }
      const after = (change.op === 'put' ? change.value : { ...before, ...change.patch }) as Task
      this.#tasks.set(change.id, after)
      const wasRunning = before ? RUNNING.has(before.state) : this.#complete
      if (wasRunning && !RUNNING.has(after.state) && after.parentId === null) ended.push(after)
    }
    return touched ? this.#news(this.#complete ? ended : []) : null
  }

  #news(ended: readonly Task[]): TaskNews {
    const running = [...this.#tasks.values()].filter((task) => task.parentId === null && RUNNING.has(task.state))
    return { running: running.toSorted((a, b) => a.createdAtMs - b.createdAtMs), ended }
  }
}
