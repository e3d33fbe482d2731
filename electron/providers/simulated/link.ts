import type { AppError } from '../../../shared/errors/index.ts'
import type {
  DeletionPlan,
  GuestCommand,
  GuestInfo,
  MachineAction,
  MachineConsole,
  MachineDetail,
  ProviderCapabilities,
} from '../../../shared/model/index.ts'
import type {
  ActBaseline,
  ActOptions,
  BaselineOptions,
  CallOptions,
  ConnectOptions,
  ConsoleRequest,
  HardwareEditor,
  Interest,
  MachineBuilder,
  MachineMover,
  NetworkKeeper,
  ProbeAnswer,
  ProviderConnection,
  ProviderConsole,
  ProviderSink,
  SnapshotKeeper,
  StorageKeeper,
  VolumeKeeper,
} from '../provider.ts'
import { perform } from './actions.ts'
import { SimulatedBuilder } from './build/builder.ts'
import type { Carrier } from './build/carrier.ts'
import type { WorkOptions } from './build/timed-work.ts'
import { SimulatedVolumes } from './build/volume-keeper.ts'
import { type Consoles, listConsoles, type OpenConsole } from './consoles.ts'
import { deferred } from './deferred.ts'
import { planDeletion } from './deletion-plan.ts'
import { detailOf } from './detail.ts'
import { disksOf } from './disks.ts'
import { Feed } from './feed.ts'
import { guestDo, guestInfoOf } from './guest.ts'
import { SimulatedHardware } from './hardware/editor.ts'
import { SimulatedMoves } from './migration/mover.ts'
import { SimulatedNetworks } from './networks/network-keeper.ts'
import { baselineOf, baselineOfRest, isRest, probeOf } from './probe.ts'
import * as problems from './problems.ts'
import { Sampler } from './sampler.ts'
import { SimulatedSnapshots } from './snapshots/snapshot-keeper.ts'
import { SimulatedStorage } from './storage/storage-keeper.ts'
import type { World } from './world.ts'

interface Call {
  /** The action's name when a command left; null for a read. */
  readonly command: string | null
  readonly reject: (error: unknown) => void
}

export type Drop = 'carried-out' | 'not-carried-out'

/** What a link needs of its site. */
export interface LinkOwner {
  readonly links: Set<Link>
  readonly consoles: Consoles
  /** Somebody began or ceased to listen. */
  watchersChanged(): void
  /** What befalls the reply of the next action. */
  takeDrop(): Drop | null
  /** Whether the link ends in the middle of this deletion, between the definition and the disks. */
  takeCut(): boolean
  travelMs(): { readonly thereMs: number; readonly backMs: number }
}

/** One open link to a simulated site. */
export class Link implements ProviderConnection {
  readonly capabilities: ProviderCapabilities = { unsupported: {} }
  readonly builder: MachineBuilder
  readonly volumes: VolumeKeeper
  readonly hardware: HardwareEditor
  readonly snapshots: SnapshotKeeper
  readonly storage: StorageKeeper
  readonly networking: NetworkKeeper
  readonly migration: MachineMover
  readonly cloud = null
  readonly closed: Promise<AppError | null>
  readonly #site: LinkOwner
  readonly #world: World
  readonly #calls = new Set<Call>()
  readonly #consoles = new Set<OpenConsole>()
  readonly #resolveClosed: (why: AppError | null) => void
  #feed: Feed | null = null
  #sampler: Sampler | null = null
  #stopListening: (() => void) | null = null
  #interest: Interest = { visibleRefs: new Set(), focusedRef: null }
  #end: AppError | null = null

  constructor(site: LinkOwner, world: World) {
    this.#site = site
    this.#world = world
    const { promise, resolve } = deferred<AppError | null>()
    this.closed = promise
    this.#resolveClosed = resolve
    const carrier: Carrier = {
      read: (options, run) => this.#call(null, options, run),
      command: (name, options, run) => this.#command(name, options, run),
      end: () => this.#end,
    }
    this.builder = new SimulatedBuilder(world, carrier)
    this.volumes = new SimulatedVolumes(world, carrier)
    this.hardware = new SimulatedHardware(world, carrier)
    this.networking = new SimulatedNetworks(world, carrier)
    this.storage = new SimulatedStorage(world, carrier)
    this.snapshots = new SimulatedSnapshots(world, carrier)
    this.migration = new SimulatedMoves(world, carrier)
  }

  watch(sink: ProviderSink, options: CallOptions): Promise<void> {
    return this.#call(null, options, async (isWanted) => {
      const guarded = this.#guard(sink)
      this.#stopListening?.()
      this.#sampler?.stop()
      const feed = new Feed(this.#world, guarded)
      this.#feed = feed
      const stop = this.#world.listen(feed)
      this.#site.watchersChanged()
      this.#stopListening = () => {
        stop()
        this.#site.watchersChanged()
      }
      const sampler = new Sampler(this.#world, guarded)
      this.#sampler = sampler
      await feed.sendAll(() => this.#breathe())
      if (!isWanted()) {
        // Given up meanwhile: nobody expects anything from this watch any more.
        if (this.#feed === feed) this.#stopListening?.()
        return
      }
      sampler.setInterest(this.#interest)
      sampler.start()
    })
  }

  setInterest(interest: Interest): void {
    this.#interest = interest
    this.#sampler?.setInterest(interest)
  }

  refresh(options: CallOptions): Promise<void> {
    return this.#call(null, options, async () => this.#feed?.sendAll(() => this.#breathe()))
  }

  baseline(machineRef: string, action: MachineAction, options: BaselineOptions): Promise<ActBaseline> {
    return this.#call(null, options, () => {
      const isGone = !this.#world.fleet.machines.has(machineRef)
      return (isGone && baselineOfRest(action, options.earlier)) || baselineOf(this.#world.machine(machineRef))
    })
  }

  act(machineRef: string, action: MachineAction, options: ActOptions): Promise<void> {
    return this.#command(action.action, options, async (work) => {
      if (action.action !== 'delete') return perform(this.#world, machineRef, action, work)
      if (isRest(options.baseline) && !this.#world.fleet.machines.has(machineRef)) return this.#deleteRest(action.diskKeys)
      if (!this.#site.takeCut()) return perform(this.#world, machineRef, action, work)
      await this.#deleteUpToDisks(machineRef, action, work)
    })
  }

  probe(machineRef: string, action: MachineAction, baseline: ActBaseline, options: CallOptions): Promise<ProbeAnswer> {
    const { fleet, leftDisks } = this.#world
    return this.#call(null, options, () => probeOf(fleet.machines.get(machineRef), leftDisks, action, baseline))
  }

  detail(machineRef: string, options: CallOptions): Promise<MachineDetail> {
    return this.#call(null, options, () => detailOf(this.#world, this.#world.machine(machineRef)))
  }

  deletionPlan(machineRef: string, options: CallOptions): Promise<Omit<DeletionPlan, 'machineId'>> {
    return this.#call(null, options, () => planDeletion(this.#world, this.#world.machine(machineRef)))
  }

  guestInfo(machineRef: string, options: CallOptions): Promise<GuestInfo> {
    return this.#call(null, options, () => guestInfoOf(this.#world, this.#world.machine(machineRef)))
  }

  guestDo(machineRef: string, command: GuestCommand, options: CallOptions): Promise<void> {
    return this.#call(command.do, options, () => guestDo(this.#world.machine(machineRef), command))
  }

  consoles(machineRef: string, options: CallOptions): Promise<readonly MachineConsole[]> {
    return this.#call(null, options, () => listConsoles(this.#world.machine(machineRef)))
  }

  async openConsole(machineRef: string, request: ConsoleRequest, options: ConnectOptions): Promise<ProviderConsole> {
    const opened: OpenConsole[] = []
    const open = async (isOpen: () => boolean) => {
      const { consoles } = this.#site
      const machine = this.#world.machine(machineRef)
      const onEnd = () => this.#consoles.delete(console)
      const console: OpenConsole =
        request.kind === 'ssh' ? await consoles.openSsh(machine, request, options, onEnd) : consoles.open(machine, request, onEnd)
      if (isOpen()) this.#consoles.add(console)
      else console.end(null)
      opened.push(console)
      return console
    }
    try {
      return await this.#call(null, options, open)
    } catch (error) {
      // Opened for somebody who has given up meanwhile.
      for (const console of opened) console.end(null)
      throw error
    }
  }

  close(): Promise<void> {
    this.#finish(problems.linkClosed(), null)
    return Promise.resolve()
  }

  /** The far side or the network ends it. */
  cut(why: AppError): void {
    this.#finish(why, why)
  }

  #finish(end: AppError, why: AppError | null): void {
    if (this.#end) return
    this.#end = end
    this.#stopListening?.()
    this.#sampler?.stop()
    this.#site.links.delete(this)
    for (const call of this.#calls) call.reject(call.command === null ? end : problems.replyLost(call.command))
    this.#calls.clear()
    for (const console of this.#consoles) console.end(why)
    this.#resolveClosed(why)
  }

  /** The definition goes and its disks stay, for the link ends between the two. */
  async #deleteUpToDisks(machineRef: string, action: Extract<MachineAction, { action: 'delete' }>, work: WorkOptions): Promise<void> {
    const machine = this.#world.machine(machineRef)
    const { hostRef } = machine.facts
    const left = disksOf(machine).filter(({ key }) => action.diskKeys.includes(key))
    await perform(this.#world, machineRef, { ...action, diskKeys: [] }, work)
    for (const { key, place } of left) this.#world.leftDisks.set(key, { hostRef, place })
    this.cut(problems.linkLost('connection reset by peer'))
  }

  #deleteRest(diskKeys: readonly string[]): void {
    const { leftDisks, volumes } = this.#world
    for (const key of diskKeys) {
      const left = leftDisks.get(key)
      if (left?.place) volumes.delete(left.hostRef, left.place)
      leftDisks.delete(key)
    }
  }

  #guard(sink: ProviderSink): ProviderSink {
    const open = () => this.#end === null
    return {
      changes: (batch) => open() && sink.changes(batch),
      metrics: (samples) => open() && sink.metrics(samples),
      event: (event) => open() && sink.event(event),
      confirmed: (hostRef, atMs) => open() && sink.confirmed(hostRef, atMs),
      unseen: (hostRef, sinceMs, why) => open() && sink.unseen(hostRef, sinceMs, why),
    }
  }

  #breathe(): Promise<void> {
    const { promise, resolve } = deferred<void>()
    this.#world.clock.after(0, resolve)
    return promise
  }

  #travel(ms: number): Promise<void> | null {
    if (ms <= 0) return null
    const { promise, resolve } = deferred<void>()
    this.#world.clock.after(ms, resolve)
    return promise
  }

  /** A change: what befalls its reply is the site's to say. */
  #command(name: string, options: ActOptions, run: (work: WorkOptions) => Promise<void> | void): Promise<void> {
    const { onProgress } = options
    return this.#call(name, options, async (isOpen, signal) => {
      const drop = this.#site.takeDrop()
      const tell: WorkOptions = {
        ...(signal && { signal }),
        ...(onProgress && { onProgress: (progress) => isOpen() && onProgress(progress) }),
      }
      if (!drop) return run(tell)
      // the answer is lost, so nobody hears whether it went well
      if (drop === 'carried-out') await (async () => run(tell))().catch(() => undefined)
      throw problems.replyLost(name)
    })
  }

  /**
   * One request and its answer. It settles exactly once: by the answer, an abort, the deadline or the end of the link. A
   * command that has left and got no answer is `indeterminate`; a read is `timeout` or `unreachable`.
   */
  #call<T>(
    command: string | null,
    options: CallOptions,
    run: (isOpen: () => boolean, signal: AbortSignal | undefined) => T | Promise<T>,
  ): Promise<T> {
    if (this.#end) return Promise.reject(this.#end)
    const { signal, timeoutMs } = options
    if (signal?.aborted) return Promise.reject(problems.cancelled())
    const { promise, resolve, reject } = deferred<T>()
    const call: Call = { command, reject: (error) => settle(() => reject(error)) }
    const isOpen = () => this.#calls.has(call)
    const aborted = () => call.reject(problems.cancelled())
    const cancelTimeout =
      timeoutMs === undefined
        ? undefined
        : this.#world.clock.after(timeoutMs, () =>
            call.reject(command === null ? problems.timedOut(timeoutMs) : problems.replyLost(command)),
          )
    const settle = (deliver: () => void) => {
      if (!this.#calls.delete(call)) return
      cancelTimeout?.()
      signal?.removeEventListener('abort', aborted)
      deliver()
    }
    this.#calls.add(call)
    signal?.addEventListener('abort', aborted)
    const { thereMs, backMs } = this.#site.travelMs()
    const travel = async () => {
      await this.#travel(thereMs)
      if (!isOpen()) return
      try {
        const value = await run(isOpen, signal)
        await this.#travel(backMs)
        settle(() => resolve(value))
      } catch (error) {
        await this.#travel(backMs)
        call.reject(error)
      }
    }
    void travel()
    return promise
  }
}
