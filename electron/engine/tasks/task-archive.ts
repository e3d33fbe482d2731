import { AppError, toAppError } from '../../../shared/errors/index.ts'
import type { Task, TaskId } from '../../../shared/model/index.ts'
import type { Logger } from '../../providers/provider.ts'
import type { StoredJournalLine, TaskFilter, TaskStore } from '../../store/store.ts'
import { foldJournal, type TaskRecord } from './journal.ts'

const PAGE = 500

/** Reads tasks back from the store, journals folded. */
export class TaskArchive {
  readonly #store: TaskStore
  readonly #log: Logger

  constructor(store: TaskStore, log: Logger) {
    this.#store = store
    this.#log = log
  }

  /** Throws `not-found` task.not-found. */
  async record(id: TaskId): Promise<TaskRecord> {
    const [record] = await this.#records([await this.#store.get(id)].filter((task) => task !== null))
    if (record) return record
    throw new AppError({ kind: 'not-found', code: 'task.not-found', message: 'There is no such task.', details: { taskId: id } })
  }

  /** In the order of their creation. */
  async childRecords(parentId: TaskId): Promise<TaskRecord[]> {
    return await this.#records((await this.tasks({ parentId })).toReversed())
  }

  /** What the last run left unfinished, oldest first. A journal that cannot be read is left alone and told. */
  async unfinished(): Promise<TaskRecord[]> {
    return await this.#records((await this.tasks({ unfinishedOnly: true })).toReversed())
  }

  /** Snapshots, newest first. */
  async tasks(filter: TaskFilter): Promise<Task[]> {
    const tasks: Task[] = []
    for (;;) {
      const last = tasks.at(-1)
      const page = await this.#store.list(filter, { limit: PAGE, ...(last && { before: { createdAtMs: last.createdAtMs, id: last.id } }) })
      tasks.push(...page)
      if (page.length < PAGE) return tasks
    }
  }

  async #records(tasks: readonly Task[]): Promise<TaskRecord[]> {
    const records: TaskRecord[] = []
    for (let at = 0; at < tasks.length; at += PAGE) {
      const chunk = tasks.slice(at, at + PAGE)
      const lines = new Map<TaskId, StoredJournalLine[]>()
      for (const line of await this.#store.journal(chunk.map((task) => task.id))) {
        const own = lines.get(line.taskId)
        if (own) own.push(line)
        else lines.set(line.taskId, [line])
      }
      for (const task of chunk) {
        const record = this.#fold(task, lines.get(task.id) ?? [])
        if (record) records.push(record)
      }
    }
    return records
  }

  #fold(task: Task, lines: readonly StoredJournalLine[]): TaskRecord | null {
    try {
      const record = foldJournal(lines)
      // The snapshot was written with the last line and knows more: the counts of a bulk, the revision.
      if (record) record.task = task
      return record
    } catch (thrown) {
      this.#log.error('a task’s journal cannot be read; the task is left as it is', { taskId: task.id, code: toAppError(thrown).code })
      return null
    }
  }
}
