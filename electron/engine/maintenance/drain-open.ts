import { isAppError, toAppError } from '../../../shared/errors/index.ts'
import { type HostId, type Machine, type MigrationFinding, type MovesTogether, migrationSpecSchema } from '../../../shared/model/index.ts'
import type { Looked } from '../migration/preflight.ts'
import type { InventoryReader, Links } from '../ports.ts'
import type { Room } from './placement.ts'

/** Pre-flights of one plan side by side. */
const LOOKS_AT_ONCE = 4
/** So many hosts may say no to a machine: the next one will most likely say the same. */
export const MOST_REFUSALS = 4
/** A host of which so many questions came to nothing is not asked about others. */
const MOST_FAILURES = 2

export interface DrainPorts {
  readonly inventory: InventoryReader
  readonly links: Links
  readonly busyWith: (machineId: string) => string | undefined
  readonly look: (wish: ReturnType<typeof drainWish>, signal: AbortSignal) => Promise<Looked>
  /** Machines that are to go to a host, or are on their way, and not there yet, but for those in the queue of this host's own drain. */
  readonly promised: (hostId: HostId, ofHostId: HostId) => readonly Promised[]
}

export interface Promised {
  readonly name: string
  readonly memoryKiB: number
}

/** Live where it runs; what was copied goes from where it was, so that it can come back. */
export function drainWish(machineId: Machine['id'], targetHostId: HostId) {
  return migrationSpecSchema.parse({ machineId, targetHostId, mode: 'live', sourceDisks: 'delete' })
}

/** A host that may take something, and how asking it has gone so far. */
export interface Place extends Room {
  failures: number
  answers: number
  /** Why the first question came to nothing. */
  failure: readonly MigrationFinding[] | null
  /** What is not in `freeKiB` because others go there. */
  readonly promised: readonly Promised[]
}

export function isSilent({ failures, answers }: Place): boolean {
  return answers === 0 && failures >= MOST_FAILURES
}

export interface Open {
  readonly machine: Machine
  readonly chosen: HostId | undefined
  readonly tried: Set<HostId>
  room: Place | undefined
  refusals: number
  /** Of the host that was tried first: the best of them. */
  findings: readonly MigrationFinding[] | null
  /** Of a host that could not be asked. */
  unasked: readonly MigrationFinding[] | null
  looked: Looked | null
  /** By host: what a look has found, by itself; null: it cannot go there. */
  readonly looks: Map<HostId, Looked | null>
}

/** In the order in which they go: what those before it take at the same host is not there for it. */
export function fitIn(one: Open, together: MovesTogether): void {
  const { looked, machine } = one
  if (!looked) return
  const findings = [...together.add(machine.name, looked.preflight), ...looked.preflight.findings]
  if (findings.some(({ severity }) => severity === 'blocks')) {
    one.looked = null
    one.findings ??= findings
  } else one.looked = { ...looked, preflight: { ...looked.preflight, findings } }
}

export function giveBack(one: Open): void {
  if (one.room && one.room.freeKiB !== null) one.room.freeKiB += one.machine.memoryKiB
  one.room = undefined
}

/** Null: it cannot go there, and the reason is noted. */
export async function lookAt(one: Open, room: Place, { look }: DrainPorts, signal: AbortSignal): Promise<Looked | null> {
  const looked = await lookOnce(one, room, look, signal)
  one.looks.set(room.hostId, looked)
  return looked
}

async function lookOnce(one: Open, room: Place, look: DrainPorts['look'], signal: AbortSignal): Promise<Looked | null> {
  // others have waited for it already
  if (isSilent(room)) {
    one.unasked ??= room.failure
    return null
  }
  try {
    const looked = await look(drainWish(one.machine.id, room.hostId), signal)
    const { findings } = looked.preflight
    room.answers += 1
    if (findings.every(({ severity }) => severity !== 'blocks')) return looked
    one.refusals += 1
    one.findings ??= findings
  } catch (thrown) {
    signal.throwIfAborted()
    // the host could not be asked: that is what stands in the way
    if (!isAppError(thrown)) throw thrown
    const { code, message } = toAppError(thrown)
    room.failures += 1
    room.failure ??= [finding(`maintenance.not-asked:${room.hostId}`, 'blocks', { code, text: message })]
    one.unasked ??= room.failure
  }
  return null
}

export function said(code: string, text: string, params: Record<string, string>): MigrationFinding['reason'] {
  return { code: `migration.finding.drain-${code}`, text, params }
}

export function finding(id: string, severity: MigrationFinding['severity'], reason: MigrationFinding['reason']): MigrationFinding {
  return { id, check: 'maintenance', severity, reason, facts: null, mends: [] }
}

export async function sideBySide<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values()
  const lane = async () => {
    for (const item of waiting) await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(LOOKS_AT_ONCE, items.length) }, lane))
}
