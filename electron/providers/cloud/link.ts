import type { AppError } from '../../../shared/errors/index.ts'
import type { DeletionPlan, GuestCommand, GuestInfo, MachineAction, MachineConsole, MachineDetail } from '../../../shared/model/index.ts'
import type {
  ActBaseline,
  ActOptions,
  BaselineOptions,
  CallOptions,
  CloudServices,
  ConnectOptions,
  ConsoleRequest,
  Interest,
  ProbeAnswer,
  ProviderConnection,
  ProviderConsole,
  ProviderPorts,
  ProviderSink,
} from '../provider.ts'
import type { GuestWay } from '../ssh/index.ts'
import { CloudActs } from './acts.ts'
import type { CloudApi, SeenMachine } from './api.ts'
import { consolesOf, openConsole } from './consoles.ts'
import { LinkCalls } from './link-calls.ts'
import { NewsDesk } from './news.ts'
import * as problems from './problems.ts'
import { CloudSamples } from './samples.ts'
import { servicesOf } from './services.ts'
import { CloudWatch } from './watch.ts'

/** One open link to an account of any cloud: all that clouds have in common. What differs is in the {@link CloudApi}. */
export class CloudLink implements ProviderConnection {
  readonly capabilities
  readonly builder = null
  readonly volumes = null
  readonly hardware = null
  readonly snapshots = null
  readonly storage = null
  readonly networking = null
  readonly migration = null
  readonly cloud: CloudServices
  readonly closed: Promise<AppError | null>
  readonly #api: CloudApi
  readonly #ports: ProviderPorts
  readonly #calls: LinkCalls
  readonly #acts: CloudActs
  /** To the SSH servers of its machines: straight to their addresses. */
  readonly #way: GuestWay = { via: null, from: 'here', guests: new Set() }
  #watch: CloudWatch | null = null
  #samples: CloudSamples | null = null
  #listening: AbortController | null = null
  #interest: Interest = { visibleRefs: new Set(), focusedRef: null }

  constructor(api: CloudApi, ports: ProviderPorts) {
    this.#api = api
    this.#ports = ports
    this.capabilities = { unsupported: api.unsupported }
    this.#calls = new LinkCalls(ports.clock, api.label)
    this.closed = this.#calls.closed
    this.#acts = new CloudActs({
      api,
      clock: ports.clock,
      known: (ref) => this.#watch?.seen(ref),
      onSeen: (ref, seen) => this.#watch?.put(ref, seen),
    })
    this.cloud = servicesOf(api, this.#calls, this.#acts)
  }

  watch(sink: ProviderSink, options: CallOptions): Promise<void> {
    return this.#calls.read(options, async (signal) => {
      this.#stopWatching()
      const guarded = this.#guard(sink)
      const { clock, log } = this.#ports
      const shared = { api: this.#api, sink: guarded, clock, log, signal: this.#calls.signal }
      const watch = new CloudWatch({ ...shared, onLost: (why) => this.#finish(why) })
      this.#watch = watch
      signal.addEventListener('abort', () => (this.#watch !== watch || this.#samples === null ? watch.stop() : undefined))
      await watch.start({ signal })
      const samples = new CloudSamples({ ...shared, seen: (ref) => watch.seen(ref) })
      this.#samples = samples
      samples.setInterest(this.#interest)
      const listening = new AbortController()
      this.#listening = listening
      void new NewsDesk({ ...shared, watch, signal: AbortSignal.any([shared.signal, listening.signal]) }).listen()
    })
  }

  setInterest(interest: Interest): void {
    this.#interest = interest
    this.#samples?.setInterest(interest)
  }

  refresh(options: CallOptions): Promise<void> {
    return this.#calls.read(options, (signal) => this.#watch?.refresh({ signal }) ?? Promise.resolve())
  }

  baseline(machineRef: string, action: MachineAction, options: BaselineOptions): Promise<ActBaseline> {
    return this.#calls.read(options, (signal) => this.#acts.baseline(machineRef, action, { signal, earlier: options.earlier }))
  }

  act(machineRef: string, action: MachineAction, options: ActOptions): Promise<void> {
    return this.#calls.command(action.action, options, (signal, sayOverdue) =>
      this.#acts.act(machineRef, action, options, signal, sayOverdue),
    )
  }

  probe(machineRef: string, action: MachineAction, baseline: ActBaseline, options: CallOptions): Promise<ProbeAnswer> {
    return this.#calls.read(options, (signal) => this.#acts.probe(machineRef, action, baseline, { signal }))
  }

  detail(machineRef: string, options: CallOptions): Promise<MachineDetail> {
    return this.#calls.read(options, async (signal) => this.#api.detail(await this.#machine(machineRef, signal), { signal }))
  }

  deletionPlan(machineRef: string, options: CallOptions): Promise<Omit<DeletionPlan, 'machineId'>> {
    return this.#calls.read(options, async (signal) => this.#api.deletionPlan(await this.#machine(machineRef, signal), { signal }))
  }

  guestInfo(machineRef: string, options: CallOptions): Promise<GuestInfo> {
    return this.#calls.read(options, async (signal) => {
      await this.#machine(machineRef, signal)
      return nothingTold(this.#ports.clock.nowMs())
    })
  }

  guestDo(machineRef: string, _command: GuestCommand, options: CallOptions): Promise<void> {
    return this.#calls.read(options, async (signal) => {
      throw problems.noAgent((await this.#machine(machineRef, signal)).facts.name)
    })
  }

  consoles(machineRef: string, options: CallOptions): Promise<readonly MachineConsole[]> {
    return this.#calls.read(options, async (signal) => consolesOf(await this.#machine(machineRef, signal), this.#api))
  }

  openConsole(machineRef: string, request: ConsoleRequest, options: ConnectOptions): Promise<ProviderConsole> {
    return this.#calls.read(options, async (signal) =>
      openConsole(
        await this.#machine(machineRef, signal),
        request,
        {
          api: this.#api,
          calls: this.#calls,
          clock: this.#ports.clock,
          ports: this.#ports,
          way: this.#way,
          isOn: () => this.#watch?.seen(machineRef)?.facts.state === 'running',
        },
        { ...options, signal },
      ),
    )
  }

  close(): Promise<void> {
    this.#finish(null)
    return Promise.resolve()
  }

  #finish(why: AppError | null): void {
    this.#stopWatching()
    this.#calls.finish(why)
    for (const guest of this.#way.guests) void guest.close()
    this.#api.close()
  }

  #stopWatching(): void {
    this.#watch?.stop()
    this.#samples?.stop()
    this.#samples = null
    this.#listening?.abort()
    this.#listening = null
  }

  async #machine(ref: string, signal: AbortSignal): Promise<SeenMachine> {
    const seen = await this.#api.machine(ref, { signal })
    if (!seen) throw problems.machineNotFound()
    return seen
  }

  #guard(sink: ProviderSink): ProviderSink {
    const open = () => this.#calls.isOpen
    return {
      changes: (batch) => open() && sink.changes(batch),
      metrics: (samples) => open() && sink.metrics(samples),
      event: (event) => open() && sink.event(event),
      confirmed: (hostRef, atMs) => open() && sink.confirmed(hostRef, atMs),
      unseen: (hostRef, sinceMs, why) => open() && sink.unseen(hostRef, sinceMs, why),
    }
  }
}

function nothingTold(observedAtMs: number): GuestInfo {
  return {
    agent: 'none',
    hostname: null,
    os: null,
    timezone: null,
    clockOffsetMs: null,
    users: null,
    filesystems: null,
    interfaces: null,
    unread: [],
    observedAtMs,
  }
}
