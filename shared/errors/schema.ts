import { z } from 'zod'
import type { ErrorDetails } from './app-error.ts'
import { ERROR_KINDS } from './kinds.ts'

// The same values as `ErrorDetails`, whose arrays are read-only: zod infers mutable ones.
const details: z.ZodType<ErrorDetails> = z.record(z.string(), z.json())

/** A `WireError`, parsed. */
export const wireErrorSchema = z.object({
  kind: z.enum(ERROR_KINDS),
  code: z.string(),
  message: z.string(),
  details: details.optional(),
  remote: details.optional(),
  retryAfterMs: z.number().optional(),
})
