import { AppError, fromWireError } from '../../shared/errors/index.ts'
import type { Task } from '../../shared/model/index.ts'

/** Why a task did not succeed. */
export function taskFailure(task: Task): AppError {
  if (task.error) return fromWireError(task.error)
  return new AppError({
    kind: 'cancelled',
    code: 'cli.task-ended',
    message: `The task ended: ${task.state}.`,
    details: { taskId: task.id },
  })
}
