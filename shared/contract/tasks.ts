import { z } from 'zod'
import { taskIdSchema } from '../model/ids.ts'
import { taskSchema } from '../model/task.ts'
import { command, done, pageInput, query } from './base.ts'

/** Running tasks and the newest finished ones come through the inventory stream; these reach further back and steer. */
export const tasks = {
  list: query('/tasks', { permission: 'task.read', summary: 'Tasks, newest first', example: { query: 'state:failed' } })
    .input(
      z.object({
        query: z.string().max(10_000).default(''),
        parentId: taskIdSchema.optional(),
        machineId: z.string().optional(),
        ...pageInput,
      }),
    )
    .output(z.object({ items: z.array(taskSchema), cursor: z.string().nullable() })),
  get: query('/tasks/get', { permission: 'task.read', summary: 'One task with its steps', example: { taskId: 't1' } })
    .input(z.object({ taskId: taskIdSchema }))
    .output(taskSchema),
  cancel: command('/tasks/cancel', {
    permission: 'task.control',
    summary: 'Ask a task to stop at its next safe point',
    example: { taskId: 't1' },
  })
    .input(z.object({ taskId: taskIdSchema }))
    .output(done),
  undo: command('/tasks/undo', {
    permission: 'task.control',
    summary: 'Take a finished task back, where that exists',
    example: { taskId: 't1' },
  })
    .input(z.object({ taskId: taskIdSchema }))
    .output(z.object({ taskId: taskIdSchema })),
  retry: command('/tasks/retry', {
    permission: 'task.control',
    summary: 'The same again for what failed, after a probe',
    example: { taskId: 't1' },
  })
    .input(z.object({ taskId: taskIdSchema }))
    .output(z.object({ taskId: taskIdSchema })),
  resolve: command('/tasks/resolve', {
    permission: 'task.control',
    summary: 'Decide a task that needs attention: probe again, or close it as done or as failed',
    example: { taskId: 't1', decision: 'probe' },
  })
    .input(z.object({ taskId: taskIdSchema, decision: z.enum(['probe', 'done', 'failed']) }))
    .output(done),
}
