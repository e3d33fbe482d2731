import { AppError } from '../errors/index.ts'
import { type Connection, type Host, isClosedHost, type Reason } from './connection.ts'
import type { Freshness } from './freshness.ts'
import { worseFreshness } from './freshness.ts'
import {
  CLOUD_ACTIONS,
  type HypervisorAction,
  type Machine,
  type MachineAction,
  type MachineActionId,
  type MachineState,
} from './machine.ts'
import type { Task } from './task.ts'

/** Whether something can be done, and if not, why: the same answer greys the button and refuses the call. */
export type Capability = { readonly ok: true } | { readonly ok: false; readonly reason: Reason }

const OK: Capability = { ok: true }

function no(code: string, text: string, params?: Record<string, string>): Capability {
  return { ok: false, reason: { code, text, ...(params && { params }) } }
}

/** The states in which an action makes sense; actions not named here need none in particular. */
export const NEEDS_STATE: Partial<Record<MachineActionId, readonly MachineState[]>> = {
  start: ['stopped', 'crashed', 'saved'],
  shutdown: ['running'],
  reboot: ['running'],
  reset: ['running', 'paused', 'crashed'],
  powerOff: ['running', 'paused', 'suspended', 'crashed', 'starting', 'stopping'],
  suspend: ['running'],
  resume: ['paused', 'suspended'],
  managedSave: ['running', 'paused'],
  restore: ['saved'],
  discardSave: ['saved'],
  rename: ['stopped'],
  deallocate: ['running', 'stopped'],
  resize: ['stopped'],
  delete: ['stopped', 'crashed', 'saved'],
}

/** Of a machine of a cloud: its name is a tag or for ever, and it is deleted as it runs. */
const CLOUD_NEEDS_STATE: Partial<Record<MachineActionId, readonly MachineState[] | null>> = {
  rename: null,
  delete: ['running', 'stopped', 'saved', 'crashed', 'starting'],
}

/** The states in which an action makes sense for this machine; undefined: in all. */
export function statesFor(action: MachineActionId, machine: Pick<Machine, 'cloud'>): readonly MachineState[] | undefined {
  const own = machine.cloud ? CLOUD_NEEDS_STATE[action] : undefined
  return own === undefined ? NEEDS_STATE[action] : (own ?? undefined)
}

const CLOUD_ONLY: ReadonlySet<MachineActionId> = new Set<MachineActionId>(CLOUD_ACTIONS)
const ONLY_OF_CLOUDS = 'Only machines of a cloud know this.'

/** What would run a template, whose disks must stay as they are: clones are linked to them. */
const NOT_FOR_TEMPLATES: ReadonlySet<MachineActionId> = new Set(['start', 'resume', 'restore', 'setAutostart'])

/** What would put work on a host that is taken out of use. */
const NOT_IN_MAINTENANCE: ReadonlySet<MachineActionId> = new Set(['start', 'restore'])

/** What a machine says of itself whose move broke in post-copy. */
const BROKEN_MOVE = 'machine.postcopy-failed'

/** What would end, or change the run of, a machine of whose memory only a part is here. */
const NOT_IN_TWO_PARTS: ReadonlySet<MachineActionId> = new Set([
  'start',
  'shutdown',
  'reboot',
  'reset',
  'powerOff',
  'suspend',
  'resume',
  'managedSave',
  'delete',
])

const NEEDS_PERSISTENT: ReadonlySet<MachineActionId> = new Set(['managedSave', 'setAutostart', 'rename', 'addDisplay'])

/** A machine is as fresh as the less fresh of its connection and its host. */
export function machineFreshness(connection: Connection | undefined, host: Host | undefined): Freshness {
  if (!connection) return { state: 'never' }
  return host ? worseFreshness(connection.freshness, host.freshness) : connection.freshness
}

/** When a machine was last known to be as shown, in Unix milliseconds: a live host vouches for all its machines. */
export function machineSeenAtMs(machine: Machine, host: Host | undefined): number {
  return Math.max(machine.observedAtMs, host?.observedAtMs ?? 0)
}

export interface CapabilityContext {
  readonly connection: Connection | undefined
  readonly host: Host | undefined
  /** Kinds of work running on it now, such as `machine.shutdown`: two changes at once are refused. */
  readonly busyWith?: string | undefined
  /** That work is a move which brings it here. */
  readonly arriving?: { readonly from: string; readonly taskId: string } | undefined
}

/** What the unfinished task that holds a machine means for it: a move holds the one that it brings as well. */
export function heldAs(
  machineId: string,
  task: (Pick<Task, 'kind'> & Partial<Pick<Task, 'id' | 'params'>>) | undefined,
): Pick<CapabilityContext, 'busyWith' | 'arriving'> {
  if (!task) return {}
  const { kind, id = '', params } = task
  const { arrivesAs, from } = params ?? {}
  if (arrivesAs !== machineId) return { busyWith: kind }
  return { busyWith: kind, arriving: { from: typeof from === 'string' ? from : '', taskId: id } }
}

/** Whether `action` can be asked of `machine` now. Pure: called by the page for each button and by the engine before each task. */
export function capabilityOf(action: MachineActionId, machine: Machine, context: CapabilityContext): Capability {
  const { connection, host, busyWith, arriving } = context
  const freshness = machineFreshness(connection, host)
  if (freshness.state !== 'live') {
    return no('link.not-live', `There is no link to ${connection?.name ?? 'this host'} now. Actions wait until it is back.`, {
      connection: connection?.name ?? '',
    })
  }
  const unsupported = connection?.capabilities?.unsupported[action]
  if (unsupported) return { ok: false, reason: unsupported }
  const cloudly = cloudReason(action, machine)
  if (cloudly) return cloudly
  if (machine.template && NOT_FOR_TEMPLATES.has(action)) {
    return no('machine.is-template', `${machine.name} is a template: it is not started, machines are made from it.`, { name: machine.name })
  }
  if (host && isClosedHost(host) && NOT_IN_MAINTENANCE.has(action)) {
    return no('host.in-maintenance', `${host.name} is in maintenance: nothing is started there. End the maintenance first.`, {
      host: host.name,
    })
  }
  if (machine.attention?.code === BROKEN_MOVE && NOT_IN_TWO_PARTS.has(action)) {
    return no(
      'machine.in-two-parts',
      `A part of the memory of ${machine.name} is on another host: its move broke in post-copy. Ending either part loses it. Let the move go on first.`,
      { name: machine.name },
    )
  }
  if (arriving) {
    const { from, taskId } = arriving
    return no('machine.arriving', `${machine.name} is arriving from ${from} (task ${taskId}). Wait for the move, or cancel it.`, {
      name: machine.name,
      from,
      task: taskId,
    })
  }
  if (busyWith)
    return no('machine.busy', `Another task runs on ${machine.name} (${busyWith}). Wait for it or cancel it.`, {
      name: machine.name,
      task: busyWith,
    })
  if (!machine.persistent && NEEDS_PERSISTENT.has(action)) {
    return no('machine.transient', `${machine.name} is transient: it has no definition on the host that could keep this.`, {
      name: machine.name,
    })
  }
  const states = statesFor(action, machine)
  if (states && !states.includes(machine.state)) {
    return no('machine.wrong-state', `${machine.name} is ${machine.state}; this needs it ${states.join(' or ')}.`, {
      name: machine.name,
      state: machine.state,
      needs: states.join(','),
    })
  }
  if (action === 'restore' && !machine.hasManagedSave) {
    return no('machine.no-saved-state', `${machine.name} has no saved state.`, { name: machine.name })
  }
  return OK
}

function cloudReason(action: MachineActionId, { cloud, name, state }: Machine): Capability | null {
  if (!cloud) return CLOUD_ONLY.has(action) ? no('action.cloud-only', ONLY_OF_CLOUDS) : null
  if (action === 'delete' && cloud.isProtected === true) {
    return no('machine.protected', `${name} is protected against deletion. Take the protection off first.`, { name })
  }
  if (action === 'managedSave' && cloud.hibernates === false) {
    return no('machine.no-hibernation', `${name} is not set up to hibernate. Switch that on in its cloud, or stop it instead.`, { name })
  }
  if (action !== 'deallocate') return null
  if (!cloud.stopBills)
    return no('machine.stop-is-enough', `Stopping ${name} ends what its CPU and memory cost: there is nothing more to give back.`, { name })
  if (state === 'stopped' && cloud.billing === 'storage') return no('machine.is-deallocated', `${name} is deallocated already.`, { name })
  return null
}

/** For providers of hypervisors. Throws `unsupported` action.cloud-only. */
export function needHypervisorAction(action: MachineAction): HypervisorAction {
  if (CLOUD_ONLY.has(action.action)) throw new AppError({ kind: 'unsupported', code: 'action.cloud-only', message: ONLY_OF_CLOUDS })
  return action as HypervisorAction
}
