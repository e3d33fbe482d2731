import { type CallOptions, constants, type DomainRef, type LibvirtHost } from '../../libvirt/index.ts'
import type { Clock, HostFacts, Interest, Logger, ProviderChange, ProviderSink } from '../provider.ts'
import { AddressBook } from './addresses.ts'
import { Definitions } from './definitions.ts'
import type { KnownDisks } from './domain-facts.ts'
import { readCpuModel, readHostFacts, readVersions } from './host-facts.ts'
import { type KnownHostDevices, MachineTable } from './machine-table.ts'
import { listIncomplete, narrate } from './narration.ts'
import type { MachineCards } from './networks/cards.ts'
import type { WatchedNetwork } from './networks/network-context.ts'
import { isNoDomain, toProblem } from './problems.ts'
import {
  type AllStates,
  type FlagSets,
  type Flags,
  flagsIn,
  readAllStates,
  readFlagSets,
  readFlags,
  readSizes,
  readStates,
} from './readings.ts'
import { Sampler } from './sampler.ts'
import type { DomainSignal, Signal, Signals } from './signals.ts'
import { isActive, stateAfter } from './states.ts'
import { SurroundingsWatch } from './surroundings-watch.ts'

/** One link is one host: its reference says so. The connection's id makes it unique. */
export const HOST_REF = 'host'

/** Machines told of at once, so that no turn of the event loop is long. */
const MACHINES_A_TURN = 500
/** How long the first state waits for definitions: all of a small host, the first of a large one. */
const FIRST_DEFINITIONS_MS = 300
const BACKGROUND_FLUSH_MS = 30
/** Beyond so many changed machines, whole lists are cheaper than calls for each. */
const FEW = 20
const MANY = 2_000
const RECONCILE_MS = 45_000
const SIZES_TIMEOUT_MS = 10_000

export interface WatchPorts {
  readonly host: LibvirtHost
  readonly signals: Signals
  readonly sink: ProviderSink
  readonly clock: Clock
  readonly log: Logger
}

/**
 * Keeps one sink told of all that is on a host. Events come first: they are subscribed to before anything is read, and each makes the
 * machine it names be read again; a comparison of whole lists now and then catches what events missed.
 */
export class Watch {
  readonly #ports: WatchPorts
  readonly #table: MachineTable
  readonly #definitions: Definitions
  readonly #surroundings: SurroundingsWatch
  readonly #addresses: AddressBook
  readonly #sampler: Sampler
  readonly #changed = new Map<string, DomainRef>()
  readonly #timers = new Map<string, () => void>()
  readonly #stopListening: () => void
  #hostFacts: HostFacts | undefined
  /** The host has more machines than the protocol can list: who is not on a list may still be there. */
  #incomplete = false
  /** Counts reads in the order in which they were sent. */
  #reads = 0
  #draining = false
  #listed = false
  #stopped = false
  #sizing: Promise<void> | undefined

  constructor(ports: WatchPorts) {
    this.#ports = ports
    const { host, clock, sink, log } = ports
    this.#surroundings = new SurroundingsWatch({
      ...ports,
      hostRef: HOST_REF,
      onNetworks: () => this.#everythingMayDiffer(),
    })
    this.#table = new MachineTable({
      hostRef: HOST_REF,
      networkRef: (name) => this.#surroundings.networkRef(name),
      leasesOf: (mac) => this.#addresses.leasesOf(mac),
      areLeasesRead: () => this.#addresses.isRead,
      nowMs: () => clock.nowMs(),
    })
    this.#addresses = new AddressBook({
      host,
      clock,
      table: this.#table,
      networks: () => this.#surroundings.activeNetworks(),
      onChange: () => this.#everythingMayDiffer(),
      onAddresses: () => this.#flushSoon(),
    })
    this.#definitions = new Definitions({
      xmlOf: async (dom) => (await host.call('domainGetXmlDesc', { dom, flags: 0 })).xml,
      domOf: (ref) => this.#table.get(ref)?.dom,
      isActive: (ref) => this.#isActive(ref),
      onDefinition: (ref, definition) => {
        this.#table.applyDefinition(ref, definition)
        this.#addresses.machineRead(ref)
        this.#flushSoon()
      },
      onFailure: (ref, error) => {
        if (isNoDomain(error)) this.touch(ref)
        else log.debug('definition not read', { ref, code: toProblem(error).code })
      },
    })
    this.#sampler = new Sampler({
      host,
      clock,
      log,
      table: this.#table,
      sink,
      onHost: (load) => this.#patchHost(load),
      onAnswer: () => this.#confirm(),
    })
    this.#stopListening = ports.signals.listen((signal) => this.#onSignal(signal))
  }

  /** Sends the first state. Settles when every machine is told of, with its definition as far as that goes quickly. */
  async start(options: CallOptions): Promise<void> {
    await this.#ports.signals.watchDomains()
    await this.#readAll(options)
    this.#later('reconcile', RECONCILE_MS, () => void this.#reconcile())
    this.#sampler.start()
    void this.#readSlowFacts()
    await Promise.race([this.#definitions.idle(), this.#pause(FIRST_DEFINITIONS_MS)])
    this.#flush()
  }

  /** Reads everything again and tells it again. */
  async refresh(options: CallOptions): Promise<void> {
    this.#table.forgetSent()
    await this.#readAll(options)
    for (const ref of this.#table.refs()) this.#definitions.request(ref, false)
    await Promise.race([this.#definitions.idle(), this.#pause(FIRST_DEFINITIONS_MS)])
    this.#flush()
  }

  stop(): void {
    this.#stopped = true
    this.#stopListening()
    this.#definitions.stop()
    this.#sampler.stop()
    this.#addresses.stop()
    this.#surroundings.stop()
    for (const cancel of this.#timers.values()) cancel()
    this.#timers.clear()
  }

  setInterest(interest: Interest): void {
    const { visibleRefs, focusedRef } = interest
    this.#definitions.setVisible(focusedRef === null ? visibleRefs : new Set([focusedRef, ...visibleRefs]))
    this.#sampler.setInterest(interest)
    this.#addresses.setInterest(interest)
  }

  /** The domain as it is known by now. */
  domOf(ref: string): DomainRef | undefined {
    return this.#table.get(ref)?.dom
  }

  startedAtMs(ref: string): number | null {
    return this.#table.get(ref)?.startedAtMs ?? null
  }

  /** A daemon of networks or pools went away. */
  surroundingsLost(): void {
    this.#surroundings.lost()
  }

  /** Machines whose disks are known, with the keys of those disks; undefined unless all machines and their definitions are known. */
  diskKeys(): ReadonlyMap<string, KnownDisks> | undefined {
    return this.#incomplete ? undefined : this.#table.diskKeys()
  }

  /** Undefined unless all machines are known. */
  hostDevices(): KnownHostDevices | undefined {
    return this.#incomplete || !this.#listed ? undefined : this.#table.hostDevices((ref) => this.#definitions.isDue(ref))
  }

  /** Card address → name of the machine that has it, of all machines read so far. */
  macs(): ReadonlyMap<string, string> {
    const found = new Map<string, string>()
    for (const [, { dom, definition }] of this.#table.all()) for (const mac of definition?.macs ?? []) found.set(mac, dom.name)
    return found
  }

  /** Machines whose definitions have been read, with their cards. An agent does not tell of which card an address is, unless there is one. */
  machineCards(): readonly MachineCards[] {
    return [...this.#table.all()].flatMap(([ref, { dom, native, definition, agentAddresses }]) => {
      if (definition === undefined || definition.cards.length === 0) return []
      const ofAgent = definition.cards.length === 1 ? agentAddresses : []
      const addressesOf = (mac: string) => [...new Set([...ofAgent, ...this.#addresses.leasesOf(mac)])]
      return [{ ref, name: dom.name, isRunning: isActive(native), cards: definition.cards, addressesOf }]
    })
  }

  get hasAllCards(): boolean {
    return !this.#incomplete && [...this.#table.all()].every(([, { definition }]) => definition !== undefined)
  }

  networks(): ReadonlyMap<string, WatchedNetwork> {
    return this.#surroundings.networks()
  }

  /** Something was done to the machine: look at it now, whether or not an event comes. */
  touch(ref: string, dom?: DomainRef): void {
    const known = dom ?? this.#table.get(ref)?.dom
    if (known === undefined || this.#stopped) return
    this.#changed.set(ref, known)
    void this.#drain()
  }

  /** The same for its definition. */
  touchDefinition(ref: string): void {
    this.#definitions.request(ref, true)
  }

  touchNetworks(): void {
    this.#surroundings.readNetworks()
  }

  touchPools(): void {
    this.#surroundings.readPools()
  }

  async #readAll(options: CallOptions): Promise<void> {
    const { host, sink, clock } = this.#ports
    const readNumber = ++this.#reads
    const sizes = this.#readSizes([])
    const surroundings = this.#surroundings.read()
    const [facts, states, flags] = await Promise.all([
      readHostFacts(host, options),
      readAllStates(host, options),
      readFlagSets(host, options),
    ])
    if (this.#stopped) return
    const { cpuModel = null, memoryKiB = facts.memoryKiB, memoryFreeKiB = null, cpuPercent = null } = this.#hostFacts ?? {}
    this.#hostFacts = { ...facts, cpuModel, memoryKiB, memoryFreeKiB, cpuPercent }
    const unread = (['cpuModel', 'memoryFreeKiB', 'cpuPercent', 'versions'] as const).filter(
      (key) => key === 'versions' || this.#hostFacts?.[key] === null,
    )
    sink.changes([
      { op: 'put', entity: 'host', ref: HOST_REF, facts: this.#hostFacts, unread },
      { op: 'complete', entity: 'host', hostRef: null, refs: [HOST_REF] },
    ])
    this.#applyAll(states, flags, readNumber)
    // The figures of idle machines come about as fast as the states; a guest that hangs is not waited for.
    await Promise.race([sizes, this.#pause(FIRST_DEFINITIONS_MS)])
    await this.#tellAll()
    await surroundings
    if (this.#stopped) return
    this.#surroundings.tellAll()
    void this.#addresses.start()
    sink.confirmed(HOST_REF, clock.nowMs())
    this.#listed = true
    for (const [ref, { definition }] of this.#table.all()) if (definition === undefined) this.#definitions.request(ref, false)
    void this.#drain()
  }

  /** Takes a whole list in. Of a list that cannot be whole nobody is missing: who is not on it is asked for by name. */
  #applyAll({ states, incomplete }: AllStates, flags: FlagSets, readNumber: number): void {
    for (const state of states) this.#table.applyState(state, flagsIn(flags, state.dom.uuid), readNumber)
    const present = new Set(states.map((state) => state.dom.uuid))
    if (incomplete === null) this.#table.removeMissing(present, readNumber)
    else for (const [ref, { dom }] of this.#table.all()) if (!present.has(ref)) this.#changed.set(ref, dom)
    if (incomplete !== null && !this.#incomplete) this.#ports.sink.event(listIncomplete(incomplete, HOST_REF, this.#ports.clock.nowMs()))
    this.#incomplete = incomplete !== null
  }

  async #tellAll(): Promise<void> {
    for (;;) {
      const changes = this.#table.takeChanges(MACHINES_A_TURN)
      if (this.#stopped) return
      if (changes.length === 0) break
      this.#ports.sink.changes(changes)
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
    if (this.#incomplete) return
    this.#ports.sink.changes([{ op: 'complete', entity: 'machine', hostRef: HOST_REF, refs: this.#table.refs() }])
  }

  /** Facts that may take the host a while, after everything else. */
  async #readSlowFacts(): Promise<void> {
    const { host, log } = this.#ports
    try {
      this.#patchHost({ versions: await readVersions(host, {}) })
      this.#patchHost({ cpuModel: await readCpuModel(host, {}) })
    } catch (error) {
      log.debug('host not described', { code: toProblem(error).code })
    }
  }

  #patchHost(patch: Partial<HostFacts>): void {
    if (this.#stopped || this.#hostFacts === undefined) return
    const { memoryKiB } = this.#hostFacts
    const { memoryFreeKiB } = patch
    // A container's view: the kernel tells of more free memory than libvirt says there is.
    const isOdd = memoryFreeKiB != null && memoryKiB !== null && memoryFreeKiB > memoryKiB
    const patched = isOdd ? { ...patch, memoryFreeKiB: memoryKiB } : patch
    this.#hostFacts = { ...this.#hostFacts, ...patched }
    this.#ports.sink.changes([{ op: 'patch', entity: 'host', ref: HOST_REF, patch: patched }])
  }

  #confirm(): void {
    if (!this.#stopped && this.#listed) this.#ports.sink.confirmed(HOST_REF, this.#ports.clock.nowMs())
  }

  #isActive(ref: string): boolean {
    const record = this.#table.get(ref)
    return record !== undefined && isActive(record.native)
  }

  /** Virtual CPUs and memory of those that are named, or of all. Never more than one at a time; a failure leaves what is known. */
  #readSizes(domains: readonly DomainRef[]): Promise<void> {
    const before = this.#sizing
    const read = async () => {
      await before
      try {
        for (const size of await readSizes(this.#ports.host, domains, { timeoutMs: SIZES_TIMEOUT_MS })) this.#table.applySize(size)
        if (this.#listed) this.#flush()
      } catch (error) {
        this.#ports.log.debug('sizes not read', { code: toProblem(error).code })
      }
    }
    const reading = read()
    this.#sizing = reading
    return reading
  }

  #onSignal(signal: Signal): void {
    if (this.#stopped) return
    switch (signal.name) {
      case 'network.lifecycle':
        this.#surroundings.readNetworks()
        return
      case 'storage-pool.lifecycle':
      case 'storage-pool.refresh':
        this.#surroundings.readPools()
        return
      default:
        this.#onDomainSignal(signal)
    }
  }

  #onDomainSignal(signal: DomainSignal): void {
    const { dom } = signal.event
    const told = narrate(signal, HOST_REF, this.#ports.clock.nowMs())
    if (told) this.#ports.sink.event(told)
    switch (signal.name) {
      case 'domain.lifecycle':
        this.#foresee(dom, signal.event.event, signal.event.detail)
        this.touch(dom.uuid, dom)
        if (signal.event.event !== constants.VIR_DOMAIN_EVENT_UNDEFINED) this.#definitions.request(dom.uuid, true)
        return
      case 'domain.balloon-change':
        this.#table.applyMemory(dom.uuid, Number(signal.event.actual))
        this.#flushSoon()
        return
      case 'domain.agent-lifecycle':
        this.#table.applyAgent(dom.uuid, signal.event.state === 1 ? 'connected' : 'disconnected')
        this.#addresses.agentChanged(dom.uuid)
        this.#flush()
        return
      case 'domain.reboot':
      case 'domain.job-completed':
      case 'domain.watchdog':
      case 'domain.io-error-reason':
      case 'domain.memory-failure':
        this.touch(dom.uuid, dom)
        return
      default:
        this.#definitions.request(dom.uuid, true)
    }
  }

  /** The row changes with the event; the reading that follows makes sure. */
  #foresee(dom: DomainRef, event: number, detail: number): void {
    const native = stateAfter(event, detail)
    if (native === null || !this.#listed) return
    const saved = event === constants.VIR_DOMAIN_EVENT_STOPPED && detail === constants.VIR_DOMAIN_EVENT_STOPPED_SAVED
    const started = event === constants.VIR_DOMAIN_EVENT_STARTED
    this.#table.applyEvent(dom, native, saved ? true : started ? false : null, ++this.#reads)
    this.#flush()
  }

  /** Reads again whatever has changed, all of it at once; what changes meanwhile waits for the next round. */
  async #drain(): Promise<void> {
    if (this.#draining || !this.#listed) return
    this.#draining = true
    try {
      while (this.#changed.size > 0 && !this.#stopped) {
        const batch = new Map(this.#changed)
        this.#changed.clear()
        await this.#readChanged(batch)
      }
    } catch (error) {
      // The link ends, or the next comparison mends it.
      this.#ports.log.debug('changes not read', { code: toProblem(error).code })
    } finally {
      this.#draining = false
    }
  }

  async #readChanged(batch: ReadonlyMap<string, DomainRef>): Promise<void> {
    const { host } = this.#ports
    const readNumber = ++this.#reads
    const domains = [...batch.values()]
    const [states, flags] = await Promise.all([
      readStates(host, domains.length > MANY && !this.#incomplete ? [] : domains, {}),
      this.#flagsOf(domains),
    ])
    const present = new Set<string>()
    for (const state of states) {
      const { uuid } = state.dom
      const known = batch.has(uuid) ? flags(uuid) : null
      if (known === null) continue
      present.add(uuid)
      const isNew = this.#table.get(uuid) === undefined
      this.#table.applyState(state, known, readNumber)
      if (isNew) this.#definitions.request(uuid, true)
    }
    for (const ref of batch.keys()) if (!present.has(ref)) this.#table.remove(ref, readNumber)
    this.#flush()
    const active = states.filter(({ dom, native }) => batch.has(dom.uuid) && isActive(native)).map(({ dom }) => dom)
    if (active.length > 0) void this.#readSizes(active)
  }

  async #flagsOf(domains: readonly DomainRef[]): Promise<(uuid: string) => Flags | null> {
    const { host } = this.#ports
    if (domains.length > FEW) {
      const sets = await readFlagSets(host, {})
      return (uuid) => flagsIn(sets, uuid)
    }
    const read = await Promise.all(domains.map((dom) => readFlags(host, dom, {})))
    const byRef = new Map(domains.map((dom, index) => [dom.uuid, read[index] ?? null]))
    return (uuid) => byRef.get(uuid) ?? null
  }

  /** Compares whole lists, for what no event tells (autostart) or an event lost on the way. */
  async #reconcile(): Promise<void> {
    const { host, log } = this.#ports
    const startedMs = this.#ports.clock.nowMs()
    try {
      const readNumber = ++this.#reads
      const [all, flags] = await Promise.all([readAllStates(host, {}), readFlagSets(host, {})])
      if (this.#stopped) return
      for (const { dom } of all.states) if (this.#table.get(dom.uuid) === undefined) this.#changed.set(dom.uuid, dom)
      this.#applyAll(all, flags, readNumber)
      for (const [ref, { definition }] of this.#table.all()) if (definition === undefined) this.#definitions.request(ref, false)
      this.#flush()
      this.#confirm()
      void this.#drain()
    } catch (error) {
      log.debug('lists not compared', { code: toProblem(error).code })
    }
    // A slow host is asked less often.
    const tookMs = this.#ports.clock.nowMs() - startedMs
    this.#later('reconcile', Math.max(RECONCILE_MS, tookMs * 20), () => void this.#reconcile())
  }

  #everythingMayDiffer(): void {
    this.#table.changeAll()
    this.#flushSoon()
  }

  #flush(): void {
    if (this.#stopped || !this.#listed) return
    const changes: readonly ProviderChange[] = this.#table.takeChanges()
    if (changes.length > 0) this.#ports.sink.changes(changes)
  }

  #flushSoon(): void {
    if (!this.#timers.has('flush')) this.#later('flush', BACKGROUND_FLUSH_MS, () => this.#flush())
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#ports.clock.after(ms, resolve))
  }

  #later(name: string, ms: number, call: () => void): void {
    if (this.#stopped) return
    this.#timers.get(name)?.()
    this.#timers.set(
      name,
      this.#ports.clock.after(ms, () => {
        this.#timers.delete(name)
        call()
      }),
    )
  }
}
