import { z } from 'zod'
import { ERROR_KINDS } from './kinds.ts'

const details = z.record(z.string(), z.json())

/** A `WireError`, parsed. */
export const wireErrorSchema = z.object({
  kind: z.enum(ERROR_KINDS),
  code: z.string(),
  message: z.string(),
  details: details.optional(),
  remote: details.optional(),
  retryAfterMs: z.number().optional(),
})
