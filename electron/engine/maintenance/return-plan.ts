import { isAppError, toAppError } from '../../../shared/errors/index.ts'
import { type Host, type LeftMachine, type Machine, MovesTogether, type Reason } from '../../../shared/model/index.ts'
import type { Looked } from '../migration/preflight.ts'
import type { TaskRequest } from '../tasks/task-kind.ts'
import { type DrainPorts, drainWish, sideBySide } from './drain-open.ts'
import { moveOf, startOf } from './drain-requests.ts'
import type { KnownMachine, MaintenanceRecord } from './maintenance-book.ts'
import { isOff } from './placement.ts'

export interface ReturnPorts extends DrainPorts {
  readonly host: Host
  readonly record: MaintenanceRecord
}

export interface ReturnPlan {
  readonly requests: TaskRequest[]
  /** Those of them that are moves. */
  readonly moves: readonly Looked[]
  readonly left: LeftMachine[]
}

/**
 * Whom to bring back from where they are now, and who cannot come, with why. Those that were shut down start, and before the others come: they
 * are the ones that somebody misses; first those that start with their host.
 */
export async function planReturn(ports: ReturnPorts, signal: AbortSignal): Promise<ReturnPlan> {
  const { host, record, busyWith } = ports
  const left: LeftMachine[] = []
  const cannot = ({ machineId, name }: Pick<KnownMachine, 'machineId' | 'name'>, reason: Reason) => {
    left.push({ machineId, name, reason })
  }
  const looks: Array<Looked | Reason | null> = record.moved.map(() => null)
  await sideBySide([...record.moved.entries()], async ([index, known]) => {
    const now = whereNow(known, ports)
    if (now?.hostId === host.id) return
    looks[index] = now ? (busyBack(now, busyWith(now.id)) ?? (await lookBack(now, ports, signal))) : gone(known)
  })
  const together = new MovesTogether()
  const moves = record.moved.flatMap((known, index) => {
    const looked = looks[index] ?? null
    if (looked === null) return []
    const reason = 'code' in looked ? looked : tooMuch(known.name, looked, together)
    if (reason) cannot(known, reason)
    return reason || 'code' in looked ? [] : [looked]
  })
  const starting = record.stopped.flatMap((known) => {
    const machine = whereNow({ ...known, nowMachineId: known.machineId }, ports)
    const reason = whyNoStart(known, machine, ports)
    if (reason) cannot(known, reason)
    return machine && !reason && isOff(machine) ? [machine] : []
  })
  const starts = starting.toSorted((a, b) => Number(b.autostart === true) - Number(a.autostart === true)).map((one) => startOf(host, one))
  return { requests: [...starts, ...moves.map((looked) => moveOf(host, looked))], moves, left }
}

/** Who comes back before it has taken the room. */
function tooMuch(name: string, { preflight }: Looked, together: MovesTogether): Reason | null {
  return together.add(name, preflight).find(({ severity }) => severity === 'blocks')?.reason ?? null
}

function whyNoStart(
  known: Pick<KnownMachine, 'name'>,
  machine: Machine | undefined,
  { host, inventory, busyWith }: ReturnPorts,
): Reason | null {
  if (!machine) return gone(known)
  if (machine.hostId === host.id) return busyBack(machine, busyWith(machine.id))
  const params = { name: known.name, host: inventory.get('host', machine.hostId)?.name ?? machine.hostId }
  const text = `${params.name} was taken to ${params.host} meanwhile, and stays there. Move it back from there if it belongs here.`
  return { code: 'maintenance.machine-elsewhere', text, params }
}

/** It may have moved on since: its reference goes with it. */
function whereNow(
  { nowMachineId, ref }: Pick<KnownMachine, 'nowMachineId'> & { readonly ref?: string | undefined },
  { inventory, host }: ReturnPorts,
): Machine | undefined {
  const workspaceOf = (connectionId: string) => inventory.get('connection', connectionId)?.workspaceId
  const there = inventory.get('machine', nowMachineId)
  if (there) return there
  if (ref === undefined) return undefined
  for (const machine of inventory.all('machine')) {
    if (machine.nativeRef === ref && workspaceOf(machine.connectionId) === workspaceOf(host.connectionId)) return machine
  }
  return undefined
}

async function lookBack(machine: Machine, { host, look }: ReturnPorts, signal: AbortSignal): Promise<Looked | Reason> {
  // one that has been switched off meanwhile is left to its people
  if (isOff(machine)) return offNow(machine)
  try {
    const looked = await look(drainWish(machine.id, host.id), signal)
    const blocking = looked.preflight.findings.find(({ severity }) => severity === 'blocks')
    return blocking ? blocking.reason : looked
  } catch (thrown) {
    signal.throwIfAborted()
    if (!isAppError(thrown)) throw thrown
    const { code, message } = toAppError(thrown)
    return { code, text: message }
  }
}

function gone({ name }: Pick<KnownMachine, 'name'>): Reason {
  return { code: 'maintenance.machine-gone', text: `${name} is on no host that is known now: deleted, or out of reach.`, params: { name } }
}

function offNow({ name }: Machine): Reason {
  return {
    code: 'maintenance.machine-off',
    text: `${name} has been switched off where it is. Start it there, then move it.`,
    params: { name },
  }
}

/** Of one that other work has taken up. */
export function busyBack({ name }: Pick<Machine, 'name'>, task: string | undefined): Reason | null {
  if (task === undefined) return null
  const text = `${name} is busy with another task (${task}). Wait for it, then move it.`
  return { code: 'maintenance.machine-busy', text, params: { name, task } }
}
