import { z } from 'zod'
import { hostIdSchema, type Task, type TransferWay, transferSourceSchema } from '../../../shared/model/index.ts'

const WAYS: Readonly<Record<string, TransferWay>> = {
  'machine.transfer': 'console',
  'machine.intoCloud': 'image-import',
  'machine.outOfCloud': 'image-export',
}

const paramsSchema = z.object({
  /** Names of both ends. */
  from: z.string().optional(),
  to: z.string(),
  sourceHostId: hostIdSchema.optional(),
  targetHostId: hostIdSchema.optional(),
  source: transferSourceSchema.default('keep'),
  /** Its name over there, when that is another. */
  rename: z.string().optional(),
  /** The same of clouds, which always tell it. */
  as: z.string().optional(),
  /** The disks whose bytes are sent, in the order of the task's steps. */
  copied: z.array(z.object({ target: z.string(), to: z.string(), bytes: z.number().nullable() })).default([]),
})
export type TransferParams = z.infer<typeof paramsSchema> & { readonly way: TransferWay }

/** What a task that moves a machine between worlds says of it; null: it is another task. */
export function transferOf({ kind, params }: Pick<Task, 'kind' | 'params'>): TransferParams | null {
  const way = WAYS[kind]
  const read = paramsSchema.safeParse(params)
  return way && read.success ? { ...read.data, way } : null
}
