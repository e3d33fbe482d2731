import type { Task } from '../../../shared/model/index.ts'
import type { StateShape } from '../../ui/index.ts'

/** Silhouette and tone of a task's state. */
export function taskLook(state: Task['state']): {
  readonly shape: StateShape
  readonly tone: 'plain' | 'busy' | 'attention' | 'failed' | 'past'
} {
  switch (state) {
    case 'queued':
      return { shape: 'unknown', tone: 'plain' }
    case 'running':
    case 'cancelling':
      return { shape: 'busy', tone: 'busy' }
    case 'succeeded':
      return { shape: 'running', tone: 'plain' }
    case 'partly':
      return { shape: 'attention', tone: 'attention' }
    case 'needs-attention':
      return { shape: 'attention', tone: 'attention' }
    case 'failed':
      return { shape: 'failed', tone: 'failed' }
    case 'cancelled':
      return { shape: 'stopped', tone: 'past' }
  }
}

/** The newest of what both know: the stream is ahead of a list that was read before. */
export function mergeTasks(listed: readonly Task[], streamed: readonly Task[]): readonly Task[] {
  const byId = new Map<string, Task>()
  for (const task of [...listed, ...streamed]) {
    const known = byId.get(task.id)
    if (!known || task.revision >= known.revision) byId.set(task.id, task)
  }
  return [...byId.values()].sort(byUrgency)
}

const OPEN: ReadonlySet<Task['state']> = new Set<Task['state']>(['running', 'cancelling', 'queued', 'needs-attention'])

/** What still goes on stands on top, then the newest. */
export function byUrgency(a: Task, b: Task): number {
  const order = Number(OPEN.has(b.state)) - Number(OPEN.has(a.state))
  return order === 0 ? b.createdAtMs - a.createdAtMs : order
}
