import { z } from 'zod'
import { isOfSum, type MachineId, type MigrationFinding } from '../../../shared/model/index.ts'
import { blocked, newWarnings, warned } from './migration-errors.ts'

/** Which warnings were accepted: all that there are, none, or those of these ids. */
export const acceptsSchema = z.union([z.boolean(), z.array(z.string())])
export type Accepts = boolean | readonly string[]

/** Of an order: all, none, or by machine the ids of those that were read. */
export type AcceptedWarnings = boolean | Readonly<Record<MachineId, readonly string[]>>

/** A sum that is tight is one of the whole order: whichever machine comes last meets it at its turn. */
export function acceptances(accepts: AcceptedWarnings): (machineId: MachineId) => Accepts {
  if (typeof accepts === 'boolean') return () => accepts
  const ofSums = new Set(Object.values(accepts).flat().filter(isOfSum))
  return (machineId) => [...new Set([...(accepts[machineId] ?? []), ...ofSums])]
}

/** Of a move whose turn comes later than it was ordered: a habit of the machine makes it longer then, and is no reason to stop it. */
export function withoutHabits(findings: readonly MigrationFinding[]): readonly MigrationFinding[] {
  return findings.filter(({ check }) => check !== 'write-peak')
}

/** Throws `precondition` migration.warned, or migration.new-warnings when some were accepted and others warn. */
export function refuseUnread(name: string, findings: readonly MigrationFinding[], accepts: Accepts): void {
  if (accepts === true) return
  const read = new Set(accepts === false ? [] : accepts)
  const unread = findings.filter(({ severity, id }) => severity === 'warns' && !read.has(id))
  if (unread.length > 0) throw accepts === false ? warned(name, unread) : newWarnings(name, unread)
}

/** Throws `precondition` migration.blocked, and what {@link refuseUnread} does. */
export function refuseAgainst(name: string, findings: readonly MigrationFinding[], accepts: Accepts): void {
  if (findings.some(({ severity }) => severity === 'blocks')) throw blocked(name, findings)
  refuseUnread(name, findings, accepts)
}
