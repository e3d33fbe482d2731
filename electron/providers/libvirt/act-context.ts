import { type MachineAction, NEEDS_STATE } from '../../../shared/model/index.ts'
import type { CallName, CallOptions, DomainRef, LibvirtHost, ProcedureArgs, ProcedureRet } from '../../libvirt/index.ts'
import type { ActProgress, Clock, Logger } from '../provider.ts'
import type { BackingFiles } from './backing-files.ts'
import type { KnownDisks } from './domain-facts.ts'
import type { ImagesElsewhere } from './images-elsewhere.ts'
import type { KnownHostDevices } from './machine-table.ts'
import { libvirtNumber, VIR_ERR, wrongState } from './problems.ts'
import type { Signals } from './signals.ts'
import { machineStateOf } from './states.ts'

/**
 * One piece of work on a link. `sent` turns true when the first change leaves, not while that waits for its turn: from then on a lost answer
 * is indeterminate.
 */
export interface Work {
  readonly signal: AbortSignal
  sent: boolean
}

/** What an action works with. */
export interface ActContext {
  readonly host: LibvirtHost
  readonly dom: DomainRef
  readonly work: Work
  readonly signals: Signals
  readonly clock: Clock
  readonly log: Logger
  readonly progress: (progress: ActProgress) => void
  /** Disks of the other machines, from the watch if it knows them all. */
  readonly knownDisks: () => ReadonlyMap<string, KnownDisks> | undefined
  /** Devices of the host that machines hold, from the watch if it knows them all. */
  readonly knownHostDevices: () => KnownHostDevices | undefined
  readonly backing: BackingFiles
  readonly elsewhere: ImagesElsewhere
  /** Tells the watch that the machine's definition changed. */
  readonly touchDefinition: () => void
  readonly touchPools: () => void
}

export type ActionOf<A extends MachineAction['action']> = Extract<MachineAction, { action: A }>

/** Bounds of a read that belongs to the work. */
export function within(context: Pick<ActContext, 'work'>): CallOptions {
  return { signal: context.work.signal }
}

/**
 * Sends a change. No deadline of its own: starting a machine from a large image takes what it takes, a dead link is noticed by keepalive,
 * and the caller's deadline ends the work as a whole. `signal: undefined` is for what must not be given up before its outcome is known.
 */
export async function change<P extends CallName>(
  context: Pick<ActContext, 'host' | 'work'>,
  name: P,
  args: ProcedureArgs<P>,
  known: Pick<CallOptions, 'dedicated' | 'signal'> = {},
): Promise<ProcedureRet<P>> {
  const { work } = context
  work.signal.throwIfAborted()
  const onSent = () => {
    work.sent = true
  }
  const options: CallOptions = { signal: work.signal, ...known, timeoutMs: Number.POSITIVE_INFINITY, onSent }
  // The conditional type of the parameters is not resolved for a generic name.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  const call = context.host.call.bind(context.host) as unknown as (
    name: P,
    args: ProcedureArgs<P>,
    options: CallOptions,
  ) => Promise<ProcedureRet<P>>
  return call(name, args, options)
}

/** The machine's state now. */
export async function stateNow(context: ActContext): Promise<ReturnType<typeof machineStateOf>> {
  const { host, dom } = context
  const [native, saved] = await Promise.all([
    host.call('domainGetState', { dom, flags: 0 }, within(context)),
    host.call('domainHasManagedSaveImage', { dom, flags: 0 }, within(context)).catch(() => ({ result: 0 })),
  ])
  return machineStateOf(native, saved.result !== 0)
}

/** Refuses in a state in which the action makes no sense, before anything is sent. */
export async function needState(context: ActContext, action: MachineAction['action']): Promise<void> {
  const expected = NEEDS_STATE[action]
  const actual = await stateNow(context)
  if (expected && !expected.includes(actual)) throw wrongState(context.dom.name, actual, expected)
}

/** libvirt's "operation is not valid" in our words, when the state is the reason. */
export async function explained(context: ActContext, action: MachineAction['action'], thrown: unknown): Promise<unknown> {
  const expected = NEEDS_STATE[action]
  if (libvirtNumber(thrown) !== VIR_ERR.operationInvalid || expected === undefined) return thrown
  const actual = await stateNow(context).catch(() => null)
  return actual === null || expected.includes(actual) ? thrown : wrongState(context.dom.name, actual, expected, thrown)
}
