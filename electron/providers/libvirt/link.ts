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
import type { DomainRef } from '../../libvirt/index.ts'
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
  NetworkKeeper,
  ProbeAnswer,
  ProviderConnection,
  ProviderConsole,
  ProviderPorts,
  ProviderSink,
  SnapshotKeeper,
  StorageKeeper,
  VolumeKeeper,
} from '../provider.ts'
import type { ActContext, Work } from './act-context.ts'
import { BackingFiles } from './backing-files.ts'
import { LibvirtBuilder } from './build/builder.ts'
import type { Driver } from './capabilities.ts'
import { listConsoles, openConsole } from './consoles.ts'
import { deleteRest, planDeletion } from './deletion.ts'
import { detailOf } from './detail.ts'
import { guestDo } from './guest-commands.ts'
import { guestInfoOf } from './guest-info.ts'
import { LibvirtHardware } from './hardware/editor.ts'
import { ImagesElsewhere } from './images-elsewhere.ts'
import { imagesInUse } from './images-in-use.ts'
import { LinkWorks } from './link-works.ts'
import { baselineOfRest, volumesLeft } from './marker.ts'
import { LibvirtMoves } from './migration/mover.ts'
import { LibvirtNetworks } from './networks/network-keeper.ts'
import { perform } from './perform.ts'
import { baselineOf, probeOf } from './probe.ts'
import { isNoDomain, linkClosed } from './problems.ts'
import { Signals } from './signals.ts'
import { LibvirtSnapshots } from './snapshots/snapshot-keeper.ts'
import { LibvirtStorage } from './storage/storage-keeper.ts'
import type { Uplink } from './uplink.ts'
import { type CallOnLink, LibvirtVolumes } from './volumes/volume-keeper.ts'
import { Watch } from './watch.ts'

/** One open link to one libvirt host. It never reconnects by itself. */
export class Link implements ProviderConnection {
  readonly capabilities: ProviderCapabilities
  readonly builder: MachineBuilder | null
  readonly volumes: VolumeKeeper
  readonly hardware: HardwareEditor | null
  readonly snapshots: SnapshotKeeper | null
  readonly storage: StorageKeeper
  readonly networking: NetworkKeeper
  readonly migration: LibvirtMoves | null
  readonly cloud = null
  readonly closed: Promise<AppError | null>
  readonly #uplink: Uplink
  readonly #ports: ProviderPorts
  readonly #signals: Signals
  readonly #backing: BackingFiles
  readonly #elsewhere: ImagesElsewhere
  readonly #works: LinkWorks
  #resolveClosed: (why: AppError | null) => void = () => {}
  #watch: Watch | undefined
  #interest: Interest = { visibleRefs: new Set(), focusedRef: null }

  constructor(uplink: Uplink, { capabilities, builds }: Driver, ports: ProviderPorts) {
    this.#uplink = uplink
    this.#ports = ports
    this.#works = new LinkWorks(ports.clock)
    this.capabilities = capabilities
    this.#signals = new Signals(uplink.host, ports.log)
    this.#backing = new BackingFiles({ host: uplink.host, clock: ports.clock })
    const knownDisks = () => this.#watch?.diskKeys()
    this.#elsewhere = new ImagesElsewhere({
      host: uplink.host,
      shell: uplink.shell,
      clock: ports.clock,
      imagesInUse: (signal) => imagesInUse({ host: uplink.host, knownDisks, work: { signal, sent: false } }),
    })
    this.builder = builds
      ? new LibvirtBuilder({ host: uplink.host, knownDisks, knownMacs: () => this.#watch?.macs() }, (command, ref, options, run) =>
          this.#works.run(command, ref, options, run),
        )
      : null
    const volumePorts = {
      host: uplink.host,
      shell: uplink.shell,
      clock: ports.clock,
      log: ports.log,
      backing: this.#backing,
      elsewhere: this.#elsewhere,
      knownDisks,
      touchPools: () => this.#watch?.touchPools(),
    }
    const onLink: CallOnLink = (command, options, run) => this.#works.run(command, null, options, run)
    this.volumes = new LibvirtVolumes(volumePorts, onLink)
    this.storage = new LibvirtStorage(volumePorts, onLink)
    this.networking = new LibvirtNetworks(
      { host: uplink.host, shell: uplink.shell, clock: ports.clock, log: ports.log, watch: () => this.#watch },
      onLink,
    )
    // a driver that builds machines is a hypervisor's; the others keep definitions of their own kind
    this.hardware = builds
      ? new LibvirtHardware({ host: uplink.host, signals: this.#signals, log: ports.log }, (command, ref, options, run) =>
          this.#works.run(command, ref, options, async (work) => {
            const dom = await this.#domOf(ref, work)
            try {
              return await run(this.#context(dom, work, options.onProgress))
            } finally {
              if (command !== null) this.#watch?.touch(ref, dom)
            }
          }),
        )
      : null
    this.snapshots = builds
      ? new LibvirtSnapshots(
          {
            ...volumePorts,
            domOf: (ref, work) => this.#domOf(ref, work),
            touchDefinition: (ref) => this.#watch?.touchDefinition(ref),
            touch: (ref, dom) => this.#watch?.touch(ref, dom),
          },
          (command, ref, options, run) => this.#works.run(command, ref, options, run),
        )
      : null
    this.migration = builds
      ? new LibvirtMoves(
          {
            host: uplink.host,
            shell: uplink.shell,
            clock: ports.clock,
            log: ports.log,
            domOf: (ref, work) => this.#domOf(ref, work),
            touch: (ref, dom) => this.#watch?.touch(ref, dom),
            touchDefinition: (ref) => this.#watch?.touchDefinition(ref),
          },
          (command, ref, options, run) => this.#works.run(command, ref, options, run),
        )
      : null
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
    uplink.onPartLost = (part) => {
      this.#signals.forget(part)
      this.#watch?.surroundingsLost()
    }
    void uplink.closed.then((reason) => this.#finish(reason, reason))
  }

  watch(sink: ProviderSink, options: CallOptions): Promise<void> {
    return this.#works.run(null, null, options, async (work) => {
      this.#watch?.stop()
      const { host } = this.#uplink
      const { clock, log } = this.#ports
      const watch = new Watch({ host, signals: this.#signals, sink: this.#guard(sink), clock, log })
      this.#watch = watch
      watch.setInterest(this.#interest)
      const stop = () => watch.stop()
      work.signal.addEventListener('abort', stop, { once: true })
      await watch.start({ signal: work.signal })
      work.signal.removeEventListener('abort', stop)
    })
  }

  setInterest(interest: Interest): void {
    this.#interest = interest
    this.#watch?.setInterest(interest)
  }

  refresh(options: CallOptions): Promise<void> {
    return this.#works.run(null, null, options, async (work) => {
      if (this.#watch) await this.#watch.refresh({ signal: work.signal })
      else await this.#uplink.host.call('connectGetHostname', {}, { signal: work.signal })
    })
  }

  baseline(machineRef: string, action: MachineAction, options: BaselineOptions): Promise<ActBaseline> {
    return this.#works.run(null, machineRef, options, async (work) => {
      try {
        const dom = await this.#domOf(machineRef, work)
        return await baselineOf(this.#uplink.host, dom, action, this.#watch?.startedAtMs(machineRef) ?? null, work)
      } catch (error) {
        const rest = isNoDomain(error) ? baselineOfRest(action, options.earlier) : null
        if (rest) return rest
        throw error
      }
    })
  }

  act(machineRef: string, action: MachineAction, options: ActOptions): Promise<void> {
    return this.#works.run(action.action, machineRef, options, async (work) => {
      const rest = volumesLeft(options.baseline)
      if (rest && action.action === 'delete' && (await this.#isGone(machineRef, work))) {
        const dom: DomainRef = { uuid: machineRef, name: options.baseline?.name ?? machineRef, id: -1 }
        await deleteRest(this.#context(dom, work, options.onProgress), action, rest)
        return
      }
      const dom = await this.#domOf(machineRef, work)
      try {
        await perform(this.#context(dom, work, options.onProgress), action)
      } finally {
        this.#watch?.touch(machineRef, dom)
      }
    })
  }

  probe(machineRef: string, action: MachineAction, baseline: ActBaseline, options: CallOptions): Promise<ProbeAnswer> {
    return this.#works.run(null, machineRef, options, (work) =>
      probeOf(this.#uplink.host, machineRef, action, baseline, this.#ports.clock, work),
    )
  }

  detail(machineRef: string, options: CallOptions): Promise<MachineDetail> {
    return this.#works.run(null, machineRef, options, async (work) =>
      detailOf(this.#uplink.host, await this.#domOf(machineRef, work), this.#ports.clock.nowMs(), { signal: work.signal }),
    )
  }

  deletionPlan(machineRef: string, options: CallOptions): Promise<Omit<DeletionPlan, 'machineId'>> {
    return this.#works.run(null, machineRef, options, async (work) =>
      planDeletion(this.#context(await this.#domOf(machineRef, work), work)),
    )
  }

  guestInfo(machineRef: string, options: CallOptions): Promise<GuestInfo> {
    return this.#works.run(null, machineRef, options, async (work) =>
      guestInfoOf(this.#uplink.host, await this.#domOf(machineRef, work), () => this.#ports.clock.nowMs(), { signal: work.signal }),
    )
  }

  guestDo(machineRef: string, command: GuestCommand, options: CallOptions): Promise<void> {
    return this.#works.run(command.do, machineRef, options, async (work) =>
      guestDo(this.#context(await this.#domOf(machineRef, work), work), command),
    )
  }

  consoles(machineRef: string, options: CallOptions): Promise<readonly MachineConsole[]> {
    return this.#works.run(null, machineRef, options, async (work) =>
      listConsoles(this.#uplink.host, await this.#domOf(machineRef, work), this.#uplink.guestWay, { signal: work.signal }),
    )
  }

  openConsole(machineRef: string, request: ConsoleRequest, options: ConnectOptions): Promise<ProviderConsole> {
    return this.#works.run(null, machineRef, options, async (work) => {
      const dom = await this.#domOf(machineRef, work)
      const { onHostKey, onPrompt } = options
      const asking = { signal: work.signal, onPrompt, ...(onHostKey && { onHostKey }) }
      const opened = await openConsole(this.#uplink, dom, request, this.#ports, asking)
      // whoever asked has gone meanwhile, or so has the link
      if (work.signal.aborted) opened.channel.close()
      return opened
    })
  }

  async close(): Promise<void> {
    this.#finish(linkClosed(), null)
    await this.#uplink.close()
  }

  #context(dom: DomainRef, work: Work, onProgress?: ActOptions['onProgress']): ActContext {
    const { clock, log } = this.#ports
    return {
      host: this.#uplink.host,
      dom,
      work,
      signals: this.#signals,
      clock,
      log,
      progress: (progress) => {
        if (!work.signal.aborted && !this.#works.ended) onProgress?.(progress)
      },
      backing: this.#backing,
      elsewhere: this.#elsewhere,
      knownDisks: () => this.#watch?.diskKeys(),
      knownHostDevices: () => this.#watch?.hostDevices(),
      touchDefinition: () => this.#watch?.touchDefinition(dom.uuid),
      touchPools: () => this.#watch?.touchPools(),
    }
  }

  /** The domain as the watch knows it, else as the host does. Throws not-found. */
  async #domOf(ref: string, work: Work): Promise<DomainRef> {
    return this.#watch?.domOf(ref) ?? (await this.#uplink.host.call('domainLookupByUuid', { uuid: ref }, { signal: work.signal })).dom
  }

  /** Asks the host itself: what the watch knows may be older. */
  async #isGone(ref: string, work: Work): Promise<boolean> {
    try {
      await this.#uplink.host.call('domainLookupByUuid', { uuid: ref }, { signal: work.signal })
      return false
    } catch (error) {
      if (isNoDomain(error)) return true
      throw error
    }
  }

  #finish(end: AppError, why: AppError | null): void {
    if (this.#works.ended) return
    this.#watch?.stop()
    this.#works.end(end)
    this.#resolveClosed(why)
  }

  #guard(sink: ProviderSink): ProviderSink {
    const open = () => this.#works.ended === undefined
    return {
      changes: (batch) => open() && sink.changes(batch),
      metrics: (samples) => open() && sink.metrics(samples),
      event: (event) => open() && sink.event(event),
      confirmed: (hostRef, atMs) => open() && sink.confirmed(hostRef, atMs),
      unseen: (hostRef, sinceMs, why) => open() && sink.unseen(hostRef, sinceMs, why),
    }
  }
}
