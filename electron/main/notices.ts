import type { Task } from '../../shared/model/index.ts'
import { pagePaths } from './page-paths.ts'
import type { Words } from './words.ts'

export interface Notice {
  readonly title: string
  readonly body: string
  /** Where a click leads. */
  readonly path: string
}

/** Shorter work than this ends unannounced when it went well: whoever started it is still looking. */
const WORTH_TELLING_MS = 10_000

/** What to tell a person who looks elsewhere; null when it can wait. */
export function noticeFor(task: Task, words: Words): Notice | null {
  const target = task.target?.name ?? words('notify.machines', { count: task.children?.total ?? 0 })
  const values = { task: words.task(task.kind), target }
  const path = pagePaths.task(task.id)
  const body = task.error?.message ?? ''
  switch (task.state) {
    case 'failed':
      return { title: words('notify.failed', values), body, path }
    case 'needs-attention':
      return { title: words('notify.attention', values), body, path }
    case 'partly': {
      const { failed = 0, total = 0 } = task.children ?? {}
      return { title: words('notify.partly', { ...values, failed, total }), body, path }
    }
    case 'succeeded': {
      const tookMs = (task.endedAtMs ?? 0) - (task.startedAtMs ?? task.createdAtMs)
      return tookMs >= WORTH_TELLING_MS ? { title: words('notify.done', values), body, path } : null
    }
    case 'cancelled':
    case 'queued':
    case 'running':
    case 'cancelling':
      return null
  }
}
