import { AppError } from '../../../shared/errors/index.ts'
import type { Engine } from '../../engine/engine.ts'
import type { TaskAuthor } from '../../engine/tasks/task-kind.ts'
import type { CallContext, Handlers } from '../handlers.ts'

export function taskHandlers({ tasks, taskHistory }: Engine): Handlers['tasks'] {
  return {
    list: (input) => taskHistory.list(input),
    get: async ({ taskId }) => {
      const task = await tasks.get(taskId)
      if (task) return task
      throw new AppError({ kind: 'not-found', code: 'task.not-found', message: 'There is no such task.', details: { taskId } })
    },
    cancel: async ({ taskId }) => {
      await tasks.cancel(taskId)
      return { done: true }
    },
    undo: async ({ taskId }, context) => ({ taskId: (await tasks.undo(taskId, authorOf(context))).id }),
    retry: async ({ taskId }, context) => ({ taskId: (await tasks.retry(taskId, authorOf(context))).id }),
    resolve: async ({ taskId, decision }) => {
      await tasks.resolve(taskId, decision)
      return { done: true }
    },
  }
}

function authorOf({ actor, origin }: CallContext): TaskAuthor {
  return { actor, origin, reason: null }
}
