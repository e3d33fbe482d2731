import { isAppError, toAppError } from '../../../shared/errors/index.ts'
import {
  type DrainItem,
  type DrainOrder,
  type Host,
  type HostId,
  isClosedHost,
  type Machine,
  type MigrationFinding,
  MovesTogether,
  migrationSpecSchema,
} from '../../../shared/model/index.ts'
import type { Looked } from '../migration/preflight.ts'
import type { InventoryReader, Links } from '../ports.ts'
import type { MaintenanceRecord } from './maintenance-book.ts'
import { inOrder, isOff, type Room, roomiest } from './placement.ts'

/** Pre-flights of one plan side by side. */
const LOOKS_AT_ONCE = 4
/** Hosts that are asked about one machine before it stays, and how many of them may say no: the fifth will most likely say the same. */
const MOST_TRIES = 16
const MOST_REFUSALS = 4
/** A host of which so many questions came to nothing is not asked about others. */
const MOST_FAILURES = 2

export interface DrainPorts {
  readonly inventory: InventoryReader
  readonly links: Links
  readonly busyWith: (machineId: string) => string | undefined
  readonly look: (wish: ReturnType<typeof drainWish>, signal: AbortSignal) => Promise<Looked>
}

export interface Planned {
  readonly machine: Machine
  readonly item: DrainItem
  /** Of one that moves. */
  readonly looked: Looked | null
}

/** Machines that could not go where they were to go, and the hosts that each has been tried with. */
export interface Again {
  readonly machineIds: ReadonlySet<string>
  readonly tried: MaintenanceRecord['tried']
}

/** Live where it runs; what was copied goes from where it was, so that it can come back. */
export function drainWish(machineId: Machine['id'], targetHostId: HostId) {
  return migrationSpecSchema.parse({ machineId, targetHostId, mode: 'live', sourceDisks: 'delete' })
}

/** A host that may take something, and how asking it has gone so far. */
interface Place extends Room {
  failures: number
  answers: number
  /** Why the first question came to nothing. */
  failure: readonly MigrationFinding[] | null
}

function isSilent({ failures, answers }: Place): boolean {
  return answers === 0 && failures >= MOST_FAILURES
}

interface Open {
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
}

/** Where each machine of a host would go, judged by the same pre-flight as a move of its own; with `again` of these alone. Only reads. */
export async function planDrain(
  ports: DrainPorts,
  host: Host,
  order: DrainOrder,
  signal: AbortSignal,
  again: Again | null = null,
): Promise<Planned[]> {
  const machines = inOrder(
    [...ports.inventory.all('machine')].filter(({ hostId, id }) => hostId === host.id && (again?.machineIds.has(id) ?? true)),
    order.order,
  )
  const chosen = new Map(order.chosen.map(({ machineId, toHostId }) => [machineId, toHostId]))
  const rooms = roomsFor(ports, host, order)
  // once: one that is done meanwhile is still one that was not looked at
  const busy = new Map(machines.map(({ id }) => [id, ports.busyWith(id)]))
  const all: Open[] = machines
    .filter((machine) => !isOff(machine) && chosen.get(machine.id) !== null && busy.get(machine.id) === undefined)
    .map((machine) => ({
      machine,
      chosen: chosen.get(machine.id) ?? undefined,
      tried: new Set<HostId>((again?.tried ?? []).flatMap(({ machineId, hostId }) => (machineId === machine.id ? [hostId] : []))),
      room: undefined,
      refusals: 0,
      findings: null,
      unasked: null,
      looked: null,
    }))
  const together = new MovesTogether()
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const open = rooms.filter((room) => !isSilent(room))
    const asked = all.filter((one) => one.looked === null && one.refusals < MOST_REFUSALS && assign(one, open))
    if (asked.length === 0) break
    await sideBySide(asked, (one) => lookAt(one, ports, signal))
    for (const one of asked) {
      fitIn(one, together)
      if (one.looked === null) giveBack(one)
    }
  }
  const byId = new Map(all.map((one) => [one.machine.id, one]))
  return machines.map((machine) => planned(machine, byId.get(machine.id), host, order, busy.get(machine.id)))
}

/** Hosts that may take something, with what they have. */
function roomsFor({ inventory, links }: DrainPorts, host: Host, { targetHostIds }: DrainOrder): Place[] {
  const workspaceOf = ({ connectionId }: Host) => inventory.get('connection', connectionId)?.workspaceId
  const kind = links.current(host.connectionId)?.migration?.providerId
  return [...inventory.all('host')]
    .filter((other) => other.id !== host.id && !isClosedHost(other) && workspaceOf(other) === workspaceOf(host))
    .filter(({ connectionId }) => kind !== undefined && links.current(connectionId)?.migration?.providerId === kind)
    .filter(({ id }) => targetHostIds === null || targetHostIds.includes(id))
    .map(({ id: hostId, name, connectionId, memoryFreeKiB: freeKiB }) => ({
      hostId,
      name,
      isNear: connectionId === host.connectionId,
      freeKiB,
      failures: 0,
      answers: 0,
      failure: null,
    }))
}

/** Keeps a place for it at the next host. Whoever has chosen one knows better how much memory is there. */
function assign(one: Open, rooms: readonly Place[]): boolean {
  const { machine, chosen, tried } = one
  const open =
    chosen === undefined ? roomiest(rooms, machine.memoryKiB, tried) : (rooms.find(({ hostId }) => hostId === chosen) ?? alone(chosen))
  if (!open || tried.has(open.hostId)) return false
  tried.add(open.hostId)
  if (open.freeKiB !== null) open.freeKiB -= machine.memoryKiB
  one.room = open
  return true
}

/** What was chosen and is not among the hosts that offer themselves: the pre-flight says what is wrong with it. */
function alone(hostId: HostId): Place {
  return { hostId, name: '', isNear: false, freeKiB: null, failures: 0, answers: 0, failure: null }
}

/** In the order in which they go: what those before it take at the same host is not there for it. */
function fitIn(one: Open, together: MovesTogether): void {
  const { looked, machine } = one
  if (!looked) return
  const findings = [...together.add(machine.name, looked.preflight), ...looked.preflight.findings]
  if (findings.some(({ severity }) => severity === 'blocks')) {
    one.looked = null
    one.findings ??= findings
  } else one.looked = { ...looked, preflight: { ...looked.preflight, findings } }
}

function giveBack(one: Open): void {
  if (one.room && one.room.freeKiB !== null) one.room.freeKiB += one.machine.memoryKiB
  one.room = undefined
}

async function lookAt(one: Open, { look }: DrainPorts, signal: AbortSignal): Promise<void> {
  const { machine, room } = one
  if (!room) return
  // others have waited for it already
  if (isSilent(room)) {
    one.unasked ??= room.failure
    return
  }
  try {
    const looked = await look(drainWish(machine.id, room.hostId), signal)
    const { findings } = looked.preflight
    room.answers += 1
    if (findings.some(({ severity }) => severity === 'blocks')) {
      one.refusals += 1
      one.findings ??= findings
    } else one.looked = looked
  } catch (thrown) {
    signal.throwIfAborted()
    // the host could not be asked: that is what stands in the way
    if (!isAppError(thrown)) throw thrown
    const { code, message } = toAppError(thrown)
    room.failures += 1
    room.failure ??= [finding(`maintenance.not-asked:${room.hostId}`, 'blocks', { code, text: message })]
    one.unasked ??= room.failure
  }
}

function planned(machine: Machine, open: Open | undefined, host: Host, order: DrainOrder, task: string | undefined): Planned {
  const { id: machineId, name, memoryKiB } = machine
  const base = { machineId, name, memoryKiB, toHostId: null, prediction: null }
  if (open?.looked) {
    const { spec, findings, prediction } = open.looked.preflight
    return {
      machine,
      looked: open.looked,
      item: { ...base, what: 'move', toHostId: spec.targetHostId, findings: [...findings], prediction },
    }
  }
  if (!open) return { machine, looked: null, item: { ...base, ...notAsked(machine, task) } }
  const findings = [...(open.findings ?? open.unasked ?? [noRoom(machine, host)])]
  const what = order.others === 'shut-down' && machine.state === 'running' ? 'shut-down' : 'stays'
  return { machine, looked: null, item: { ...base, what, findings } }
}

function notAsked(machine: Machine, task: string | undefined): Pick<DrainItem, 'what' | 'findings'> {
  const { name } = machine
  if (isOff(machine)) {
    const code = machine.autostart ? 'off-autostart' : 'off'
    const text = machine.autostart
      ? `${name} is off, and starts with its host. Take its autostart off if the host is started meanwhile.`
      : `${name} is off and stays here.`
    return { what: 'off', findings: [finding('maintenance.off', machine.autostart ? 'warns' : 'passed', said(code, text, { name }))] }
  }
  if (task !== undefined) {
    const text = `${name} is busy with another task (${task}). Wait for it, then empty the host once more.`
    return { what: 'stays', findings: [finding('maintenance.machine-busy', 'blocks', said('machine-busy', text, { name, task }))] }
  }
  return { what: 'stays', findings: [finding('maintenance.kept', 'passed', said('kept', `${name} is to stay here.`, { name }))] }
}

function noRoom({ name, memoryKiB }: Machine, host: Host): MigrationFinding {
  const gib = (memoryKiB / 1_048_576).toFixed(1)
  const text = `No other host in use has ${gib} GiB free for ${name}. Make room on one, or choose its target yourself.`
  return finding('maintenance.no-room', 'blocks', said('no-room', text, { name, gib, host: host.name }))
}

function said(code: string, text: string, params: Record<string, string>): MigrationFinding['reason'] {
  return { code: `migration.finding.drain-${code}`, text, params }
}

function finding(id: string, severity: MigrationFinding['severity'], reason: MigrationFinding['reason']): MigrationFinding {
  return { id, check: 'maintenance', severity, reason, facts: null, mends: [] }
}

export async function sideBySide<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values()
  const lane = async () => {
    for (const item of waiting) await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(LOOKS_AT_ONCE, items.length) }, lane))
}
