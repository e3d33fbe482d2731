import { AppError, type Json } from '../../../shared/errors/index.ts'
import type { TaskId } from '../../../shared/model/index.ts'
import { type TaskRecord, undoRequests } from './journal.ts'
import type { TaskRequest } from './task-kind.ts'

/** Tasks that come from an ended one: its way back, or the same once more. */
export interface Again {
  readonly requests: readonly TaskRequest[]
  /** The task that is taken back, and by request the target's own task. */
  readonly undoOf?: TaskId
  readonly sources?: readonly TaskId[]
  readonly retryOf?: TaskId
  /** By request, in the same order: what the attempt before remembered, for the probe that comes first. */
  readonly memos?: ReadonlyArray<Readonly<Record<string, Json>>>
}

/** What takes a task back; of a bulk, what takes back each target that can be. Throws `precondition` task.not-undoable. */
export function undoOf(record: TaskRecord, children: readonly TaskRecord[]): Again {
  const pairs = (record.task.children ? children : [record])
    .filter((one) => one.task.undoable)
    .flatMap((one) => undoRequests(one).map((request) => ({ request, source: one.task.id })))
  if (pairs.length > 0) {
    return { requests: pairs.map(({ request }) => request), sources: pairs.map(({ source }) => source), undoOf: record.task.id }
  }
  throw new AppError({
    kind: 'precondition',
    code: 'task.not-undoable',
    message: 'There is nothing that would take this task back.',
  })
}

/** What failed or was cancelled, once more. Throws `precondition` task.nothing-to-retry. */
export function retryOf(record: TaskRecord, children: readonly TaskRecord[]): Again {
  const open = (record.task.children ? children : [record]).filter(({ task }) => task.state === 'failed' || task.state === 'cancelled')
  if (open.length === 0) {
    throw new AppError({ kind: 'precondition', code: 'task.nothing-to-retry', message: 'Nothing of this task has failed.' })
  }
  // of what was taken back nothing is left to look for
  const memos = open.map((one) => Object.fromEntries([...one.memos].filter(([step]) => !one.takenBack.has(step))))
  return { requests: open.map((one) => one.seed.request), retryOf: record.task.id, memos }
}
