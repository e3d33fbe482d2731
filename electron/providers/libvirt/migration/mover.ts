import { isAppError } from '../../../../shared/errors/index.ts'
import type { MigrationSpec } from '../../../../shared/model/index.ts'
import { constants as c, type TypedParam } from '../../../libvirt/index.ts'
import {
  type ActOptions,
  CANCELLED_BY_PERSON,
  type CallOptions,
  type EndFacts,
  type IncomingFacts,
  type MachineMover,
  type MachineStanding,
  type MoveChange,
  type MoveOptions,
  type MoveOrder,
  type MoveOutcome,
  type MoveReceiver,
  type OutgoingFacts,
} from '../../provider.ts'
import { change, type Work } from '../act-context.ts'
import { listenOn, sendFrom } from './bandwidth.ts'
import { setClock } from './clock.ts'
import { type Finished, leadMove, type ReceivingEnd } from './conversation.ts'
import { defineHere, definitionFor } from './copy-definition.ts'
import { endFacts } from './end-facts.ts'
import { moveNow, tell } from './follow-job.ts'
import { incomingFacts } from './incoming.ts'
import { outcomeOf } from './job-figures.ts'
import { dirtyRateOf } from './measure.ts'
import { type CallOnMachine, type MachineContext, type MigrationPorts, MOVE_LANE } from './migration-context.ts'
import { foreignReceiver, moveFailed, notMoving, noWayBack } from './migration-problems.ts'
import { outgoingFacts } from './outgoing.ts'
import { leaveMove } from './peer.ts'
import { settleMove, standingOf } from './standing.ts'

const MIB = 1_048_576
const LOOK_MS = 500

/** Moves of the machines of one libvirt host, in and out. */
export class LibvirtMoves implements MachineMover, ReceivingEnd {
  readonly providerId = 'libvirt'
  readonly #ports: MigrationPorts
  readonly #call: CallOnMachine

  constructor(ports: MigrationPorts, call: CallOnMachine) {
    this.#ports = ports
    this.#call = call
  }

  outgoing(machineRef: string, options: CallOptions): Promise<OutgoingFacts> {
    return this.#onMachine(null, machineRef, options, outgoingFacts)
  }

  incoming(_hostRef: string, facts: OutgoingFacts, wish: MigrationSpec, options: CallOptions): Promise<IncomingFacts> {
    return this.#call(null, null, options, (work) => incomingFacts({ ...this.#ports, work }, facts, wish))
  }

  ends(_hostRef: string, options: CallOptions): Promise<EndFacts> {
    return this.#call(null, null, options, (work) => endFacts({ ...this.#ports, work }))
  }

  dirtyRate(machineRef: string, seconds: number, options: CallOptions): Promise<number | null> {
    return this.#onMachine(null, machineRef, options, (context) => dirtyRateOf(context, seconds))
  }

  listen(_hostRef: string, options: CallOptions): Promise<{ readonly port: number; close(): Promise<void> }> {
    return this.#call(null, null, options, (work) => listenOn({ ...this.#ports, work }))
  }

  send(_hostRef: string, address: string, port: number, options: CallOptions): Promise<number> {
    return this.#call(null, null, options, (work) => sendFrom({ ...this.#ports, work }, address, port))
  }

  setClock(_hostRef: string, options: ActOptions): Promise<void> {
    return this.#call('host.setClock', null, options, (work) => setClock({ ...this.#ports, work }))
  }

  async move(machineRef: string, order: MoveOrder, receiver: MoveReceiver, options: MoveOptions): Promise<MoveOutcome> {
    const target: unknown = receiver.mover
    if (!(target instanceof LibvirtMoves)) throw foreignReceiver()
    const left = leaving(options)
    return await this.#onMachine('migrate', machineRef, left, (context) =>
      order.spec.control === 'peer' ? leaveMove(context, order, target, options) : leadMove(context, order, target, options),
    )
  }

  follow(machineRef: string, options: MoveOptions): Promise<MoveOutcome | null> {
    return this.#onMachine(null, machineRef, leaving(options), async (context) => {
      let seen: MoveOutcome | null = null
      for (;;) {
        const progress = await moveNow(context)
        if (!progress) return seen
        seen ??= { totalMs: null, downtimeMs: null, dataBytes: null, memoryBytesPerS: null, passes: null }
        tell(progress, options)
        if (wishesEnd(options)) await this.#abort(context)
        await new Promise<void>((resolve) => void context.clock.after(LOOK_MS, resolve))
        context.work.signal.throwIfAborted()
      }
    })
  }

  async copyDefinition(machineRef: string, order: MoveOrder, receiver: MoveReceiver, options: ActOptions): Promise<void> {
    const target: unknown = receiver.mover
    if (!(target instanceof LibvirtMoves)) throw foreignReceiver()
    const { name, xml } = await this.#onMachine(null, machineRef, options, async (context) => ({
      name: order.spec.rename ?? context.dom.name,
      xml: await definitionFor(context, order),
    }))
    await target.define(machineRef, name, xml, options)
  }

  /** Of another host's machine, off. */
  define(uuid: string, name: string, xml: string, options: ActOptions): Promise<void> {
    return this.#call('migrate.define', null, options, (work) => defineHere({ ...this.#ports, work }, uuid, name, xml))
  }

  standing(machineRef: string, options: CallOptions): Promise<MachineStanding> {
    return this.#call(null, null, options, (work) => standingOf({ ...this.#ports, work }, machineRef))
  }

  settle(machineRef: string, as: 'run' | 'give-up', options: ActOptions): Promise<void> {
    return this.#onMachine('migrate.settle', machineRef, options, (context) => settleMove(context, as))
  }

  tune(machineRef: string, wish: MoveChange, options: ActOptions): Promise<void> {
    return this.#onMachine('migrate.tune', machineRef, options, (context) => tuneMove(context, wish))
  }

  cancel(machineRef: string, options: ActOptions): Promise<void> {
    return this.#onMachine('migrate.cancel', machineRef, options, (context) => this.#abort(context))
  }

  async #abort(context: MachineContext): Promise<void> {
    const progress = await moveNow(context)
    if (!progress) throw notMoving(context.dom.name)
    if (progress.phase === 'post-copy') throw noWayBack(context.dom.name)
    await change(context, 'domainAbortJob', { dom: context.dom })
  }

  prepare(params: readonly TypedParam[], cookieIn: Uint8Array, flags: number): ReturnType<ReceivingEnd['prepare']> {
    return this.#call('migrate.prepare', null, {}, async (work) => {
      const context = { ...this.#ports, work }
      const { uriOut, cookieOut } = await change(context, 'domainMigratePrepare3Params', { params, cookieIn, flags }, MOVE_LANE)
      return { uri: uriOut, cookie: cookieOut }
    })
  }

  finish(params: readonly TypedParam[], cookieIn: Uint8Array, flags: number, cancelled: boolean): Promise<Finished> {
    return this.#call('migrate.finish', null, {}, async (work) => {
      const context = { ...this.#ports, work }
      const args = { params, cookieIn, flags, cancelled: cancelled ? 1 : 0 }
      const { dom, cookieOut } = await change(context, 'domainMigrateFinish3Params', args, MOVE_LANE)
      this.#ports.touchDefinition(dom.uuid)
      this.#ports.touch(dom.uuid, dom)
      return { cookie: cookieOut, outcome: await this.#counted({ ...context, dom }) }
    })
  }

  /** What a move into here has taken, as this daemon remembers it. */
  counted(machineRef: string): Promise<MoveOutcome> {
    return this.#onMachine(null, machineRef, {}, (context) => this.#counted(context))
  }

  async #counted({ host, dom, work }: MachineContext): Promise<MoveOutcome> {
    try {
      const job = await host.call('domainGetJobStats', { dom, flags: c.VIR_DOMAIN_JOB_STATS_COMPLETED }, { signal: work.signal })
      return outcomeOf(job.type, job.params) ?? NOT_COUNTED
    } catch {
      // figures are for learning: a move that is done is done without them
      return NOT_COUNTED
    }
  }

  #onMachine<T>(command: string | null, ref: string, options: CallOptions, run: (context: MachineContext) => Promise<T>): Promise<T> {
    return this.#call(command, ref, options, async (work: Work) => {
      const dom = await this.#ports.domOf(ref, work)
      try {
        return await run({ ...this.#ports, work, dom })
      } catch (error) {
        throw command === 'migrate' ? moveFailed(dom.name, 'begin', error) : error
      } finally {
        if (command !== null) this.#ports.touch(ref, dom)
      }
    })
  }
}

const NOT_COUNTED: MoveOutcome = { totalMs: null, downtimeMs: null, dataBytes: null, memoryBytesPerS: null, passes: null }

/** A person's cancel stops the move itself and waits for its end; any other abort leaves it to its hosts at once. */
function leaving(options: MoveOptions): CallOptions {
  const { signal, timeoutMs } = options
  if (!signal) return timeoutMs === undefined ? {} : { timeoutMs }
  const leave = new AbortController()
  const pass = () => {
    if (!wishesEnd(options)) leave.abort(signal.reason)
  }
  if (signal.aborted) pass()
  else signal.addEventListener('abort', pass, { once: true })
  return { signal: leave.signal, ...(timeoutMs !== undefined && { timeoutMs }) }
}

function wishesEnd({ signal }: MoveOptions): boolean {
  const reason: unknown = signal?.reason
  return isAppError(reason) && reason.code === CANCELLED_BY_PERSON
}

async function tuneMove(context: MachineContext, wish: MoveChange): Promise<void> {
  const { dom } = context
  if (!(await moveNow(context))) throw notMoving(dom.name)
  const { bandwidthBytesPerS, maxDowntimeMs, postCopy } = wish
  if (bandwidthBytesPerS !== undefined) {
    const bandwidth = BigInt(Math.max(1, Math.round(bandwidthBytesPerS / MIB)))
    await change(context, 'domainMigrateSetMaxSpeed', { dom, bandwidth, flags: 0 })
  }
  if (maxDowntimeMs !== undefined) await change(context, 'domainMigrateSetMaxDowntime', { dom, downtime: BigInt(maxDowntimeMs), flags: 0 })
  if (postCopy) await change(context, 'domainMigrateStartPostCopy', { dom, flags: 0 })
}
