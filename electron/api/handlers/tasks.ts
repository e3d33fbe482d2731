import { AppError } from '../../../shared/errors/index.ts'
import type { Task, TaskId } from '../../../shared/model/index.ts'
import type { Engine } from '../../engine/engine.ts'
import type { TaskAuthor } from '../../engine/tasks/task-kind.ts'
import type { CallContext, Handlers } from '../handlers.ts'
import { permitTask } from './permit.ts'

export function taskHandlers({ tasks, taskHistory }: Engine): Handlers['tasks'] {
  const known = async (taskId: TaskId): Promise<Task> => {
    const task = await tasks.get(taskId)
    if (task) return task
    throw new AppError({ kind: 'not-found', code: 'task.not-found', message: 'There is no such task.', details: { taskId } })
  }
  const permit = async (taskId: TaskId, context: CallContext) => permitTask(await known(taskId), context)
  return {
    list: (input) => taskHistory.list(input),
    get: ({ taskId }) => known(taskId),
    cancel: async ({ taskId }) => {
      await tasks.cancel(taskId)
      return { done: true }
    },
    undo: async ({ taskId }, context) => {
      await permit(taskId, context)
      return { taskId: (await tasks.undo(taskId, authorOf(context))).id }
    },
    retry: async ({ taskId }, context) => {
      await permit(taskId, context)
      return { taskId: (await tasks.retry(taskId, authorOf(context))).id }
    },
    resolve: async ({ taskId, decision }, context) => {
      await permit(taskId, context)
      await tasks.resolve(taskId, decision)
      return { done: true }
    },
  }
}

function authorOf({ actor, origin }: CallContext): TaskAuthor {
  return { actor, origin, reason: null }
}
