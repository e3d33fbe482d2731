import { z } from 'zod'
import { wireErrorSchema } from '../errors/schema.ts'

/** One line of the live check list of the add-host wizard. */
export const checkStepSchema = z.object({
  id: z.enum(['reach', 'host-key', 'login', 'socket', 'permission', 'versions']),
  state: z.enum(['pending', 'running', 'ok', 'failed', 'skipped']),
  /** What was found: an address, a fingerprint, a login name, versions. */
  detail: z.string().nullable(),
  error: wireErrorSchema.nullable(),
})
export type CheckStep = z.infer<typeof checkStepSchema>

/** The host key a person is asked to confirm. The fingerprint is the base64 SHA-256 form that `ssh-keygen -l` prints. */
export const hostKeyInfoSchema = z.object({
  host: z.string(),
  port: z.number().int(),
  keyType: z.string(),
  fingerprint: z.string(),
  status: z.enum(['unknown', 'changed']),
  /** Of a changed key: what was trusted so far, and where that is written. */
  previous: z.array(z.object({ keyType: z.string(), fingerprint: z.string(), source: z.string() })),
})
export type HostKeyInfo = z.infer<typeof hostKeyInfoSchema>

export const checkMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('step'), step: checkStepSchema }),
  z.object({ type: z.literal('host-key'), info: hostKeyInfoSchema }),
  z.object({
    type: z.literal('done'),
    ok: z.boolean(),
    machines: z.number().nullable(),
    versions: z.array(z.object({ name: z.string(), version: z.string() })),
  }),
])
export type CheckMessage = z.infer<typeof checkMessageSchema>
