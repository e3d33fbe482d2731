import { z } from 'zod'
import type { MigrationFinding } from '../../../shared/model/index.ts'
import { newWarnings, warned } from './migration-errors.ts'

/** Which warnings were accepted: all that there are, none, or those of these ids. */
export const acceptsSchema = z.union([z.boolean(), z.array(z.string())])
export type Accepts = boolean | readonly string[]

/** Throws `precondition` migration.warned, or migration.new-warnings when some were accepted and others warn. */
export function refuseUnread(name: string, findings: readonly MigrationFinding[], accepts: Accepts): void {
  if (accepts === true) return
  const read = new Set(accepts === false ? [] : accepts)
  const unread = findings.filter(({ severity, id }) => severity === 'warns' && !read.has(id))
  if (unread.length > 0) throw accepts === false ? warned(name, unread) : newWarnings(name, unread)
}
