import { z } from 'zod'
import {
  connectionIdSchema,
  hostIdSchema,
  migrationSpecSchema,
  transferSourceSchema,
  volumePlaceSchema,
} from '../../../shared/model/index.ts'
import { carriedNvramSchema } from '../migration/carriage.ts'
import { diskCopySchema } from './copy-plans.ts'

export const TRANSFER_KIND = 'machine.transfer'

export const flattenedSchema = z.object({
  from: volumePlaceSchema,
  sourceFormat: z.string(),
  place: volumePlaceSchema,
  bytes: z.number(),
  /** Of the new one; absent: qcow2. */
  format: z.enum(['qcow2', 'raw']).optional(),
})

/** What a move through the console needs to be taken up by another process. Holds no definition and no secret. */
export const transferTaskSchema = z.object({
  /** The wish of the definition: names, disks, cards; its mode is `cold`. */
  spec: migrationSpecSchema,
  ref: z.string(),
  name: z.string(),
  connectionId: connectionIdSchema,
  sourceHostId: hostIdSchema,
  sourceHostRef: z.string(),
  targetHostRef: z.string(),
  source: transferSourceSchema,
  acceptsWarnings: z.boolean(),
  /** Disks that stand on another image: made whole first, beside themselves, and taken away in the end. */
  flattened: z.array(flattenedSchema),
  copies: z.array(diskCopySchema),
  nvram: carriedNvramSchema,
  /** Where each disk lies at the target. */
  files: z.array(z.object({ target: z.string(), path: z.string(), format: z.string() })),
  /** The machine's own volumes at the source, deleted in the end of `source: delete`. */
  own: z.array(volumePlaceSchema),
})
export type TransferTask = z.infer<typeof transferTaskSchema>
