import type { TaskId } from '../../../shared/model/index.ts'
import type { Clock } from '../../providers/provider.ts'
import { createRecord, type TaskRecord } from './journal.ts'
import type { Again } from './task-again.ts'
import type { Step, TaskAuthor, TaskRequest } from './task-kind.ts'

export interface NewTask {
  readonly id: TaskId
  readonly request: TaskRequest
  readonly author: TaskAuthor
  readonly steps: readonly Step[]
  readonly parentId: TaskId | null
  /** Of a bulk: how many targets it has. */
  readonly total: number | null
  readonly lineage: Omit<Again, 'requests'>
  /** Which of the lineage's memos are its own. */
  readonly index: number
}

export function newTaskRecord({ id, request, author, steps, parentId, total, lineage, index }: NewTask, atMs: number): TaskRecord {
  const seed = {
    type: 'created' as const,
    id,
    parentId,
    request: { ...request, params: { ...request.params } },
    actor: author.actor,
    origin: author.origin,
    reason: author.reason,
    steps: steps.map((step) => ({ id: step.id, weight: step.weight, cancel: step.cancel })),
    total,
    undoOf: (parentId === null ? lineage.undoOf : lineage.sources?.[index]) ?? null,
    retryOf: lineage.retryOf ?? null,
    memos: { ...lineage.memos?.[index] },
  }
  return createRecord(seed, atMs)
}

/** Ids that sort by age: the time, a counter for tasks of one millisecond, and a random rest against other consoles. */
export function taskIds(clock: Clock): () => TaskId {
  let counter = 0
  return () => {
    counter = (counter + 1) % 36 ** 3
    const random = Math.floor(clock.random() * 36 ** 6)
    const part = (value: number, width: number) => value.toString(36).padStart(width, '0')
    return `t${part(clock.nowMs(), 9)}${part(counter, 3)}${part(random, 6)}` as TaskId
  }
}
