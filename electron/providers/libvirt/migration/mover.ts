import type { MigrationSpec } from '../../../../shared/model/index.ts'
import { constants as c, type TypedParam } from '../../../libvirt/index.ts'
import type {
  ActOptions,
  CallOptions,
  EndFacts,
  IncomingFacts,
  IncomingOptions,
  MachineMover,
  MachineStanding,
  MoveChange,
  MoveOptions,
  MoveOrder,
  MoveOutcome,
  MoveReceiver,
  OpenFolder,
  OutgoingFacts,
} from '../../provider.ts'
import { change, type Work } from '../act-context.ts'
import { isUnsupported } from '../problems.ts'
import type { LookContext } from '../volumes/volume-context.ts'
import { listenOn, sendFrom } from './bandwidth.ts'
import { setClock } from './clock.ts'
import { leadMove } from './conversation.ts'
import { defineHere, definitionFor } from './copy-definition.ts'
import { dropLine } from './drop-line.ts'
import { endFacts } from './end-facts.ts'
import { FolderPools, opened } from './folder-pool.ts'
import { moveNow, tell } from './follow-job.ts'
import { type AskedSource, incomingFacts } from './incoming.ts'
import { outcomeOf } from './job-figures.ts'
import { lastWordsOf } from './last-words.ts'
import { dirtyRateOf } from './measure.ts'
import { type CallOnMachine, type MachineContext, type MigrationPorts, MOVE_LANE } from './migration-context.ts'
import { atWork, foreignReceiver, moveFailed, noBandwidth, notMoving, noWayBack } from './migration-problems.ts'
import { mibOf } from './move-parameters.ts'
import { MovedSnapshots } from './moved-snapshots.ts'
import { jobOf, outgoingFacts } from './outgoing.ts'
import { type Marks, markPaths } from './paths.ts'
import { leaveMove } from './peer.ts'
import type { Finished, ReceivingEnd } from './receiving-end.ts'
import { resumeMove } from './resume.ts'
import { settleMove, standingOf } from './standing.ts'
import { trustOf } from './trust.ts'
import { leaving, wishesEnd } from './wishes.ts'

const LEAST_BYTES_PER_S = 1_000_000
const LOOK_MS = 500
/** Also of a task that was cancelled. */
const CLOSING: ActOptions = { timeoutMs: 30_000 }

/** Moves of the machines of one libvirt host, in and out. */
export class LibvirtMoves implements MachineMover, ReceivingEnd, AskedSource {
  readonly providerId = 'libvirt'
  readonly #ports: MigrationPorts
  readonly #looks: LookContext['looks'] = new Map()
  readonly #call: CallOnMachine
  /** Whose moves away from here this console leads now. */
  readonly #led = new Set<string>()
  readonly #folders = new FolderPools()
  readonly snapshots = new MovedSnapshots((...args) => this.#onMachine(...args))

  constructor(ports: MigrationPorts, call: CallOnMachine) {
    this.#ports = ports
    this.#call = call
  }

  outgoing(machineRef: string, options: CallOptions): Promise<OutgoingFacts> {
    return this.#onMachine(null, machineRef, options, outgoingFacts)
  }

  incoming(_hostRef: string, facts: OutgoingFacts, wish: MigrationSpec, options: IncomingOptions): Promise<IncomingFacts> {
    const source: unknown = options.source
    const asked = source instanceof LibvirtMoves ? source : null
    return this.#call(null, null, options, (work) => incomingFacts({ ...this.#ports, work, looks: this.#looks }, facts, wish, asked))
  }

  mark(paths: readonly string[], options: CallOptions = {}): Promise<Marks> {
    return this.#call(null, null, options, (work) => markPaths({ ...this.#ports, work }, paths))
  }

  trust(address: string, options: CallOptions = {}): ReturnType<AskedSource['trust']> {
    return this.#call(null, null, options, (work) => trustOf({ ...this.#ports, work }, address))
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
    return await this.#onMachine('migrate', machineRef, left, async (context) => {
      const { name, uuid } = context.dom
      const isOff = (await standingOf(context, uuid)).state === 'off'
      const job = this.#led.has(uuid) ? 'migration' : isOff ? null : await jobOf(context)
      if (job !== null) throw atWork(name, job)
      return await this.#lead(context, () =>
        order.spec.control === 'peer' ? leaveMove(context, order, target, options) : leadMove(context, order, target, options),
      )
    })
  }

  async #lead<T>({ dom: { name, uuid } }: MachineContext, run: () => Promise<T>): Promise<T> {
    if (this.#led.has(uuid)) throw atWork(name, 'migration')
    this.#led.add(uuid)
    try {
      return await run()
    } finally {
      this.#led.delete(uuid)
    }
  }

  resume(machineRef: string, order: MoveOrder, receiver: MoveReceiver, options: MoveOptions): Promise<MoveOutcome> {
    const target: unknown = receiver.mover
    if (!(target instanceof LibvirtMoves)) throw foreignReceiver()
    return this.#onMachine('migrate.resume', machineRef, leaving(options), (context) =>
      this.#lead(context, () => resumeMove(context, order, target, options)),
    )
  }

  follow(machineRef: string, options: MoveOptions): Promise<MoveOutcome | null> {
    return this.#onMachine(null, machineRef, leaving(options), async (context) => {
      let seen: MoveOutcome | null = null
      for (;;) {
        const progress = await moveNow(context)
        if (!progress || (!this.#led.has(machineRef) && (await isLeft(context)))) return seen
        seen ??= NOT_COUNTED
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

  async openFolder(_hostRef: string, folder: string, options: ActOptions): Promise<OpenFolder> {
    const { pool, isOwn } = await this.#call('migrate.folder', null, options, (work) =>
      this.#folders.open({ ...this.#ports, work }, folder),
    )
    const close = () => this.#call('migrate.folder', null, CLOSING, (work) => this.#folders.close({ ...this.#ports, work }, pool))
    return opened(pool, this.#ports.log, isOwn ? close : null)
  }

  standing(machineRef: string, options: CallOptions): Promise<MachineStanding> {
    return this.#call(null, null, options, (work) => standingOf({ ...this.#ports, work }, machineRef, this.#led.has(machineRef)))
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

  whenLost(signal: AbortSignal): Promise<unknown> {
    return this.#call(null, null, { signal }, (work) => new Promise<never>((_, reject) => onAbort(work.signal, reject))).catch(
      (why: unknown) => why,
    )
  }

  dropLine(name: string): Promise<string | null> {
    return this.#call('migrate.drop-line', null, {}, (work) => dropLine({ ...this.#ports, work }, name))
  }

  lastWords(name: string): Promise<string | null> {
    return this.#call(null, null, { timeoutMs: 5_000 }, (work) => lastWordsOf({ ...this.#ports, work }, name)).catch(() => null)
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

/** What waits for a word that nobody will say, or for its network, does not go on by itself. */
async function isLeft(context: MachineContext): Promise<boolean> {
  const { state } = await standingOf(context, context.dom.uuid)
  return state === 'left-paused' || state === 'post-copy-failed'
}

function onAbort(signal: AbortSignal, then: (reason: unknown) => void): void {
  signal.addEventListener('abort', () => then(signal.reason), { once: true })
}

async function tuneMove(context: MachineContext, wish: MoveChange): Promise<void> {
  const { dom } = context
  const { bandwidthBytesPerS, maxDowntimeMs, postCopy } = wish
  if (bandwidthBytesPerS !== undefined && bandwidthBytesPerS < LEAST_BYTES_PER_S) throw noBandwidth()
  if (!(await moveNow(context))) throw notMoving(dom.name)
  if (bandwidthBytesPerS !== undefined) {
    const bandwidth = mibOf(bandwidthBytesPerS)
    await change(context, 'domainMigrateSetMaxSpeed', { dom, bandwidth, flags: 0 })
    const ofPostCopy = change(context, 'domainMigrateSetMaxSpeed', { dom, bandwidth, flags: c.VIR_DOMAIN_MIGRATE_MAX_SPEED_POSTCOPY })
    await ofPostCopy.catch((error: unknown) => {
      if (!isUnsupported(error)) throw error
    })
  }
  if (maxDowntimeMs !== undefined) await change(context, 'domainMigrateSetMaxDowntime', { dom, downtime: BigInt(maxDowntimeMs), flags: 0 })
  if (postCopy) await change(context, 'domainMigrateStartPostCopy', { dom, flags: 0 })
}
