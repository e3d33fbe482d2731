import { z } from 'zod'

/** One line of the event log: what happened, where, seen by whom. */
export const eventSchema = z.object({
  id: z.number().int(),
  atMs: z.number(),
  severity: z.enum(['info', 'warning', 'error']),
  /** Stable and dotted: `machine.started`, `connection.lost`, `task.failed`. The page words it from its catalogue. */
  code: z.string(),
  params: z.record(z.string(), z.json()),
  /** English fallback. */
  text: z.string(),
  source: z.enum(['provider', 'engine', 'task', 'user']),
  actor: z.string().nullable(),
  connectionId: z.string().nullable(),
  hostId: z.string().nullable(),
  machineId: z.string().nullable(),
  taskId: z.string().nullable(),
  /** Name of the object at that time: it may be gone by now. */
  objectName: z.string().nullable(),
})
export type EventRecord = z.infer<typeof eventSchema>

/** One sealed record of the audit chain. `hash` seals `prevHash` and every other field. */
export const auditRecordSchema = z.object({
  seq: z.number().int(),
  atMs: z.number(),
  actor: z.string(),
  origin: z.string(),
  /** Contract method, such as `machines.act`. */
  method: z.string(),
  /** The parsed input, secrets redacted by type. */
  input: z.json(),
  outcome: z.enum(['ok', 'failed', 'denied']),
  errorCode: z.string().nullable(),
  prevHash: z.string(),
  hash: z.string(),
})
export type AuditRecord = z.infer<typeof auditRecordSchema>

export const auditVerdictSchema = z.object({
  ok: z.boolean(),
  records: z.number().int(),
  /** The first record that does not fit, and why. */
  brokenAtSeq: z.number().int().nullable(),
  reason: z.string().nullable(),
})
export type AuditVerdict = z.infer<typeof auditVerdictSchema>
