import { z } from 'zod'
import { taskIdSchema } from '../model/ids.ts'
import { TRANSFER_WAYS, transferPlanSchema, transferSpecSchema } from '../model/transfer.ts'
import { command, query } from './base.ts'

const spec = { machineId: 'c1.m.5d3c', targetHostId: 'c2.h.1' }

/** Moving machines that are off between worlds. */
export const transfers = {
  plan: query('/transfers/plan', {
    permission: 'inventory.read',
    summary: 'The ways in which a machine can move to another kind of place: steps, sizes, costs, what will differ, what stops it',
    example: { spec },
  })
    .route({ method: 'POST' })
    .input(z.object({ spec: transferSpecSchema }))
    .output(transferPlanSchema),
  /**
   * The plan's way as a document (Markdown) to be kept, copied or handed on. Into a cloud and out of one it is how a person does it with that
   * cloud's programs, also where `start` does it.
   */
  runBook: query('/transfers/run-book', {
    permission: 'inventory.read',
    summary: 'A way of the plan as a run-book',
    example: { spec, way: 'image-import' },
  })
    .route({ method: 'POST' })
    .input(z.object({ spec: transferSpecSchema, way: z.enum(TRANSFER_WAYS) }))
    .output(z.object({ fileName: z.string(), markdown: z.string() })),
  /**
   * The plan's way that is `done: 'task'`: from host to host, into a cloud, out of one. Judged anew just before; throws `precondition`
   * transfer.blocked with the findings in `details`, transfer.warned unless `acceptsWarnings`, `unsupported` transfer.no-such-way between other
   * kinds, `unreachable` link.not-live.
   */
  start: command('/transfers/start', {
    permission: 'machine.migrate',
    summary: 'Move a machine that is off through the console',
    example: { spec, acceptsWarnings: true },
    invalidates: ['migrations'],
  })
    .input(
      z.object({
        spec: transferSpecSchema,
        acceptsWarnings: z.boolean().default(false),
        reason: z.string().max(1_000).optional(),
        token: z.string().max(100).optional(),
      }),
    )
    .output(z.object({ taskId: taskIdSchema })),
}
