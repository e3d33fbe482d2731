import { FINAL_TASK_STATES, type Task } from '../../../shared/model/index.ts'
import type { StoredJournalLine, TaskFilter, TaskStore } from '../../store/store.ts'
import { diskFull } from './memory-log-stores.ts'

/** Tasks and journals in memory, with what tests ask about how they were written. */
export class MemoryTaskStore implements TaskStore {
  readonly tasks = new Map<string, Task>()
  readonly lines: StoredJournalLine[] = []
  commits = 0
  /** Commits are refused while it answers true. */
  refuse: (change: Parameters<TaskStore['commit']>[0]) => boolean = () => false

  async commit(change: Parameters<TaskStore['commit']>[0]): Promise<void> {
    if (this.refuse(change)) throw diskFull()
    this.commits += 1
    for (const line of change.lines) this.lines.push({ ...structuredClone(line), seq: this.lines.length + 1 })
    for (const task of change.tasks) this.tasks.set(task.id, structuredClone(task))
  }

  async get(id: string): Promise<Task | null> {
    return this.tasks.get(id) ?? null
  }

  async list(filter: TaskFilter, { before, limit }: Parameters<TaskStore['list']>[1]): Promise<Task[]> {
    return [...this.tasks.values()]
      .filter((task) => filter.parentId === undefined || task.parentId === filter.parentId)
      .filter((task) => !filter.rootsOnly || task.parentId === null)
      .filter((task) => filter.targetId === undefined || task.target?.id === filter.targetId)
      .filter((task) => !filter.unfinishedOnly || !FINAL_TASK_STATES.has(task.state))
      .filter((task) => !before || isOlder(task, before))
      .sort((a, b) => (isOlder(a, b) ? 1 : -1))
      .slice(0, limit)
  }

  async journal(taskIds: readonly string[]): Promise<StoredJournalLine[]> {
    return this.lines.filter((line) => taskIds.includes(line.taskId))
  }

  /** The entries of one task, by type and step. */
  story(taskId: string): string[] {
    return this.lines
      .filter((line) => line.taskId === taskId)
      .map((line) => {
        const entry = line.entry as { type: string; step?: string; state?: string }
        return [entry.type, entry.step ?? entry.state].filter(Boolean).join(' ')
      })
  }
}

const isOlder = (task: Pick<Task, 'createdAtMs' | 'id'>, than: { readonly createdAtMs: number; readonly id: string }) =>
  task.createdAtMs < than.createdAtMs || (task.createdAtMs === than.createdAtMs && task.id < than.id)
