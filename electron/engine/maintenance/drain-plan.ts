import {
  type DrainItem,
  type DrainOrder,
  type Host,
  type HostId,
  isClosedHost,
  type Machine,
  type MigrationFinding,
  MovesTogether,
} from '../../../shared/model/index.ts'
import type { Looked } from '../migration/preflight.ts'
import {
  type DrainPorts,
  finding,
  fitIn,
  giveBack,
  isSilent,
  lookAt,
  MOST_REFUSALS,
  type Open,
  type Place,
  type Promised,
  said,
  sideBySide,
} from './drain-open.ts'
import { busyReason } from './drain-requests.ts'
import type { MaintenanceRecord } from './maintenance-book.ts'
import { inOrder, isOff, roomiest } from './placement.ts'
import { refit } from './refit.ts'

/** Hosts that are asked about one machine before it stays. */
const MOST_TRIES = 16

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
      looks: new Map(),
    }))
  const together = new MovesTogether()
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const open = rooms.filter((room) => !isSilent(room))
    const asked = all.filter((one) => one.looked === null && one.refusals < MOST_REFUSALS && assign(one, open))
    if (asked.length === 0) break
    await sideBySide(asked, async (one) => {
      if (one.room) one.looked = await lookAt(one, one.room, ports, signal)
    })
    for (const one of asked) {
      fitIn(one, together)
      if (one.looked === null) giveBack(one)
    }
  }
  await refit(all, rooms, ports, signal)
  const byId = new Map(all.map((one) => [one.machine.id, one]))
  return machines.map((machine) => planned(machine, byId.get(machine.id), rooms, host, order, busy.get(machine.id)))
}

/** Hosts that may take something, with what they have. */
function roomsFor({ inventory, links, promised: promisedAt }: DrainPorts, host: Host, { targetHostIds }: DrainOrder): Place[] {
  const workspaceOf = ({ connectionId }: Host) => inventory.get('connection', connectionId)?.workspaceId
  const kind = links.current(host.connectionId)?.migration?.providerId
  return [...inventory.all('host')]
    .filter((other) => other.id !== host.id && !isClosedHost(other) && workspaceOf(other) === workspaceOf(host))
    .filter(({ connectionId }) => kind !== undefined && links.current(connectionId)?.migration?.providerId === kind)
    .filter(({ id }) => targetHostIds === null || targetHostIds.includes(id))
    .map(({ id: hostId, name, connectionId, memoryFreeKiB }) => {
      const promised = promisedAt(hostId, host.id)
      const freeKiB = memoryFreeKiB === null ? null : memoryFreeKiB - sumOf(promised)
      const isNear = connectionId === host.connectionId
      return { hostId, name, isNear, freeKiB, promised, failures: 0, answers: 0, failure: null }
    })
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
  return { hostId, name: '', isNear: false, freeKiB: null, promised: [], failures: 0, answers: 0, failure: null }
}

function planned(
  machine: Machine,
  open: Open | undefined,
  rooms: readonly Place[],
  host: Host,
  order: DrainOrder,
  task: string | undefined,
): Planned {
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
  const findings = [...(open.findings ?? open.unasked ?? [noRoom(machine, rooms, host)])]
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
    return { what: 'stays', findings: [finding('maintenance.machine-busy', 'blocks', busyReason(machine, task))] }
  }
  return { what: 'stays', findings: [finding('maintenance.kept', 'passed', said('kept', `${name} is to stay here.`, { name }))] }
}

function sumOf(promised: readonly Promised[]): number {
  return promised.reduce((sum, { memoryKiB }) => sum + memoryKiB, 0)
}

function noRoom({ name, memoryKiB }: Machine, rooms: readonly Place[], host: Host): MigrationFinding {
  const gib = (memoryKiB / 1_048_576).toFixed(1)
  const promised = rooms.find((room) => room.promised.length > 0 && (room.freeKiB ?? 0) + sumOf(room.promised) >= memoryKiB)
  if (promised) {
    const others = promised.promised.map((one) => one.name).join(', ')
    const text = `${promised.name} has room for ${name}, and others go there first: ${others}. Make room there, or empty the host once more when they have arrived.`
    return finding('maintenance.no-room', 'blocks', said('room-promised', text, { name, target: promised.name, others }))
  }
  const text = `No other host in use has ${gib} GiB free for ${name}. Make room on one, or choose its target yourself.`
  return finding('maintenance.no-room', 'blocks', said('no-room', text, { name, gib, host: host.name }))
}
