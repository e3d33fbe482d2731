import type { MachineState } from '../../../shared/model/index.ts'

/** virDomainState and its reasons in words, by number (libvirt-domain.h). Beyond the lists: a newer libvirt. */
const STATES: ReadonlyArray<{ readonly name: string; readonly reasons: readonly string[] }> = [
  { name: 'no state', reasons: ['unknown'] },
  {
    name: 'running',
    reasons: [
      'unknown',
      'booted',
      'migrated',
      'restored',
      'from snapshot',
      'unpaused',
      'migration canceled',
      'save canceled',
      'event wakeup',
      'crashed',
      'post-copy',
      'post-copy failed',
    ],
  },
  { name: 'idle', reasons: ['unknown'] },
  {
    name: 'paused',
    reasons: [
      'unknown',
      'user',
      'migrating',
      'saving',
      'dumping',
      'I/O error',
      'watchdog',
      'from snapshot',
      'shutting down',
      'creating snapshot',
      'crashed',
      'starting up',
      'post-copy',
      'post-copy failed',
      'API error',
    ],
  },
  { name: 'in shutdown', reasons: ['unknown', 'user'] },
  {
    name: 'shut off',
    reasons: ['unknown', 'shutdown', 'destroyed', 'crashed', 'migrated', 'saved', 'failed', 'from snapshot', 'daemon'],
  },
  { name: 'crashed', reasons: ['unknown', 'panicked'] },
  { name: 'pmsuspended', reasons: ['unknown'] },
]

const PAUSED = {
  migration: 2,
  save: 3,
  ioError: 5,
  watchdog: 6,
  shuttingDown: 8,
  snapshot: 9,
  crashed: 10,
  startingUp: 11,
  postcopy: 12,
  postcopyFailed: 13,
}
const SHUTOFF_CRASHED = 3
/** At the target, where the guest goes on until it needs a page that is not there. */
const RUNNING_POSTCOPY_FAILED = 11

/** A domain's state as libvirt numbers it. */
export interface NativeState {
  readonly state: number
  readonly reason: number
}

/** `running (booted)`, as virsh puts it. */
export function nativeStateText({ state, reason }: NativeState): string {
  const known = STATES[state]
  if (known === undefined) return `state ${state} (${reason})`
  return `${known.name} (${known.reasons[reason] ?? `reason ${reason}`})`
}

/** The normalised state. A saved image counts only while the machine is off. */
export function machineStateOf({ state, reason }: NativeState, hasManagedSave: boolean): MachineState {
  switch (state) {
    // "blocked" is a running machine that waits, of hypervisors that tell.
    case 1:
    case 2:
      return 'running'
    case 3:
      return pausedState(reason)
    case 4:
      return 'stopping'
    case 5:
      if (hasManagedSave) return 'saved'
      return reason === SHUTOFF_CRASHED ? 'crashed' : 'stopped'
    case 6:
      return 'crashed'
    case 7:
      return 'suspended'
    default:
      return 'unknown'
  }
}

function pausedState(reason: number): MachineState {
  switch (reason) {
    case PAUSED.migration:
    case PAUSED.postcopy:
      return 'migrating'
    case PAUSED.shuttingDown:
      return 'stopping'
    case PAUSED.startingUp:
      return 'starting'
    case PAUSED.crashed:
      return 'crashed'
    default:
      return 'paused'
  }
}

/** What of a state wants a person's eye. */
export function attentionOf({ state, reason }: NativeState): { readonly code: string; readonly text: string } | null {
  if (state === 3 && reason === PAUSED.ioError)
    return { code: 'machine.paused-io-error', text: 'Paused by an I/O error of a disk: look at its storage, then resume.' }
  if (state === 3 && reason === PAUSED.watchdog)
    return { code: 'machine.paused-watchdog', text: 'Paused by its watchdog: the guest hangs.' }
  if ((state === 3 && reason === PAUSED.postcopyFailed) || (state === 1 && reason === RUNNING_POSTCOPY_FAILED))
    return { code: 'machine.postcopy-failed', text: 'Its migration broke in post-copy: its memory is on two hosts. Stop it at neither.' }
  if (state === 6 || (state === 3 && reason === PAUSED.crashed)) return { code: 'machine.crashed', text: 'The guest has crashed.' }
  if (state === 5 && reason === SHUTOFF_CRASHED) return { code: 'machine.crashed', text: 'Its hypervisor process ended unexpectedly.' }
  return null
}

/** Something runs, or holds memory: the domain has an id. */
export function isActive({ state }: NativeState): boolean {
  return state !== 5 && state !== 0
}

/** Reasons that follow from a lifecycle event's detail, by event: the detail's number is the index. */
const AFTER_EVENT: Readonly<Record<number, { readonly state: number; readonly reasons: readonly number[] }>> = {
  // STARTED: booted, migrated, restored, from snapshot, wake-up
  2: { state: 1, reasons: [1, 2, 3, 4, 8] },
  // SUSPENDED: paused, migrated, I/O error, watchdog, restored, from snapshot, API error, post-copy, post-copy failed
  3: { state: 3, reasons: [1, 2, 5, 6, 0, 7, 14, 12, 13] },
  // RESUMED: unpaused, migrated, from snapshot, post-copy, post-copy failed
  4: { state: 1, reasons: [5, 2, 4, 10, 11] },
  // STOPPED: shutdown, destroyed, crashed, migrated, saved, failed, from snapshot
  5: { state: 5, reasons: [1, 2, 3, 4, 5, 6, 7] },
  // SHUTDOWN: finished, by the guest, by the host
  6: { state: 4, reasons: [1, 1, 1] },
  // PMSUSPENDED: to memory, to disk
  7: { state: 7, reasons: [0, 0] },
  // CRASHED: panicked, crash kernel loaded
  8: { state: 6, reasons: [1, 1] },
}

/** The state that a lifecycle event leads to, so that it need not be asked for first. Null: the event says nothing of it. */
export function stateAfter(event: number, detail: number): NativeState | null {
  const row = AFTER_EVENT[event]
  return row ? { state: row.state, reason: row.reasons[detail] ?? 0 } : null
}
