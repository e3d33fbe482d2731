import { createHash } from 'node:crypto'
import { z } from 'zod'
import { notAnId } from '../problems.ts'

const importSchema = z.object({ disk: z.string(), token: z.string() })
const exportSchema = z.object({ snapshot: z.string(), token: z.string(), sizeBytes: z.number().int().nonnegative() })

/** A disk that is being made, by its ARM id, and the token it was asked for with. */
export type ImportHandle = z.infer<typeof importSchema>
/** A snapshot that is being read. */
export type ExportHandle = z.infer<typeof exportSchema>

export function handleOf(parts: ImportHandle | ExportHandle): string {
  return JSON.stringify(parts)
}

/** Throws `invalid-input` azure.not-an-id. */
export function importOf(handle: string): ImportHandle {
  return parsed(importSchema, handle)
}

/** Throws `invalid-input` azure.not-an-id. */
export function exportOf(handle: string): ExportHandle {
  return parsed(exportSchema, handle)
}

function parsed<T>(schema: z.ZodType<T>, handle: string): T {
  try {
    return schema.parse(JSON.parse(handle))
  } catch {
    throw notAnId(handle)
  }
}

/** What Azure takes for the name of a disk or a snapshot, the same for the same token. */
export function nameFor(name: string, token: string): string {
  const plain = name.replace(/[^a-z0-9_-]+/gi, '-').replace(/^[^a-z0-9]+/i, '') || 'disk'
  return `${plain.slice(0, 60)}-${createHash('sha256').update(token).digest('hex').slice(0, 10)}`
}
