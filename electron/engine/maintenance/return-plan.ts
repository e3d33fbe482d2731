import { isAppError, toAppError } from '../../../shared/errors/index.ts'
import type { Host, LeftMachine, Machine, Reason } from '../../../shared/model/index.ts'
import type { TaskRequest } from '../tasks/task-kind.ts'
import { type DrainPorts, drainWish, sideBySide } from './drain-plan.ts'
import { moveOf, startOf } from './drain-requests.ts'
import type { KnownMachine, MaintenanceRecord } from './maintenance-book.ts'
import { isOff } from './placement.ts'

export interface ReturnPorts extends DrainPorts {
  readonly host: Host
  readonly record: MaintenanceRecord
}

/** Whom to bring back from where they are now, and who cannot come, with why. Those that were shut down start. */
export async function planReturn(ports: ReturnPorts, signal: AbortSignal): Promise<{ requests: TaskRequest[]; left: LeftMachine[] }> {
  const { host, record, inventory, busyWith } = ports
  const left: LeftMachine[] = []
  const moves: Array<TaskRequest | null> = record.moved.map(() => null)
  const cannot = (known: Pick<KnownMachine, 'machineId' | 'name'>, reason: Reason) => {
    left.push({ machineId: known.machineId, name: known.name, reason })
  }
  await sideBySide([...record.moved.entries()], async ([index, known]) => {
    const now = whereNow(known, ports)
    if (now?.hostId === host.id) return
    const reason = now ? busyReason(now, busyWith(now.id)) : gone(known)
    const request = now && !reason ? await lookBack(now, ports, signal) : reason
    if (request === null) return
    if ('kind' in request) moves[index] = request
    else cannot(known, request)
  })
  const starts = record.stopped.flatMap((known) => {
    const machine = inventory.get('machine', known.machineId)
    if (!machine) cannot(known, gone(known))
    return machine && isOff(machine) && busyWith(machine.id) === undefined ? [startOf(host, machine)] : []
  })
  return { requests: [...moves.filter((move) => move !== null), ...starts], left }
}

/** It may have moved on since: its reference goes with it. */
function whereNow({ nowMachineId, ref }: KnownMachine, { inventory, host }: ReturnPorts): Machine | undefined {
  const workspaceOf = (connectionId: string) => inventory.get('connection', connectionId)?.workspaceId
  const there = inventory.get('machine', nowMachineId)
  if (there) return there
  for (const machine of inventory.all('machine')) {
    if (machine.nativeRef === ref && workspaceOf(machine.connectionId) === workspaceOf(host.connectionId)) return machine
  }
  return undefined
}

async function lookBack(machine: Machine, { host, look }: ReturnPorts, signal: AbortSignal): Promise<TaskRequest | Reason | null> {
  // one that has been switched off meanwhile is left to its people
  if (isOff(machine)) return offNow(machine)
  try {
    const looked = await look(drainWish(machine.id, host.id), signal)
    const blocking = looked.preflight.findings.find(({ severity }) => severity === 'blocks')
    return blocking ? blocking.reason : moveOf(host, looked)
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

function busyReason({ name }: Machine, task: string | undefined): Reason | null {
  if (task === undefined) return null
  const text = `${name} is busy with another task (${task}). Wait for it, then move it.`
  return { code: 'maintenance.machine-busy', text, params: { name, task } }
}
