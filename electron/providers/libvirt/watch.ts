import type { CallOptions, DomainRef, LibvirtHost } from '../../libvirt/index.ts'
import type { Clock, Interest, Logger, ProviderSink } from '../provider.ts'
import { AddressBook } from './addresses.ts'
import { Definitions } from './definitions.ts'
import type { KnownDisks } from './domain-facts.ts'
import { readHostFacts } from './host-facts.ts'
import { HostRecord } from './host-record.ts'
import { cardsIn, hasAllCards, macsIn } from './machine-cards.ts'
import { MachineReader } from './machine-reader.ts'
import { type KnownHostDevices, MachineTable } from './machine-table.ts'
import { MachineTeller } from './machine-teller.ts'
import { listIncomplete } from './narration.ts'
import type { MachineCards } from './networks/cards.ts'
import type { WatchedNetwork } from './networks/network-context.ts'
import { isNoDomain, toProblem } from './problems.ts'
import { type ReactionPorts, react } from './reactions.ts'
import { type AllStates, type FlagSets, flagsIn, readAllStates, readFlagSets } from './readings.ts'
import { Sampler } from './sampler.ts'
import type { Signals } from './signals.ts'
import { isActive } from './states.ts'
import { SurroundingsWatch } from './surroundings-watch.ts'

/** One link is one host: its reference says so. The connection's id makes it unique. */
export const HOST_REF = 'host'

/** How long the first state waits for definitions: all of a small host, the first of a large one. */
const FIRST_DEFINITIONS_MS = 300
const RECONCILE_MS = 45_000

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
  readonly #hostRecord: HostRecord
  readonly #reader: MachineReader
  readonly #teller: MachineTeller
  readonly #stopListening: () => void
  /** The host has more machines than the protocol can list: who is not on a list may still be there. */
  #incomplete = false
  #stopped = false
  #cancelReconcile: () => void = () => {}

  constructor(ports: WatchPorts) {
    this.#ports = ports
    const { host, clock, sink, log } = ports
    this.#surroundings = new SurroundingsWatch({
      ...ports,
      hostRef: HOST_REF,
      onNetworks: () => this.#teller.everythingMayDiffer(),
    })
    this.#table = new MachineTable({
      hostRef: HOST_REF,
      networkRef: (name) => this.#surroundings.networkRef(name),
      leasesOf: (mac) => this.#addresses.leasesOf(mac),
      areLeasesRead: () => this.#addresses.isRead,
      nowMs: () => clock.nowMs(),
    })
    this.#teller = new MachineTeller({ hostRef: HOST_REF, table: this.#table, sink, clock, isIncomplete: () => this.#incomplete })
    this.#hostRecord = new HostRecord({ host, sink, log, hostRef: HOST_REF, isStopped: () => this.#stopped })
    this.#reader = new MachineReader({
      host,
      log,
      table: this.#table,
      teller: this.#teller,
      isStopped: () => this.#stopped,
      isIncomplete: () => this.#incomplete,
      onNew: (ref) => this.#definitions.request(ref, true),
    })
    this.#addresses = new AddressBook({
      host,
      clock,
      table: this.#table,
      networks: () => this.#surroundings.activeNetworks(),
      onChange: () => this.#teller.everythingMayDiffer(),
      onAddresses: () => this.#teller.flushSoon(),
    })
    this.#definitions = new Definitions({
      xmlOf: async (dom) => (await host.call('domainGetXmlDesc', { dom, flags: 0 })).xml,
      domOf: (ref) => this.#table.get(ref)?.dom,
      isActive: (ref) => this.#isActive(ref),
      onDefinition: (ref, definition) => {
        this.#table.applyDefinition(ref, definition)
        this.#addresses.machineRead(ref)
        this.#teller.flushSoon()
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
      onHost: (load) => this.#hostRecord.patch(load),
      onAnswer: () => this.#confirm(),
    })
    const reactions: ReactionPorts = {
      hostRef: HOST_REF,
      sink,
      clock,
      table: this.#table,
      reader: this.#reader,
      definitions: this.#definitions,
      addresses: this.#addresses,
      surroundings: this.#surroundings,
      teller: this.#teller,
      touch: (ref, dom) => this.touch(ref, dom),
    }
    this.#stopListening = ports.signals.listen((signal) => {
      if (!this.#stopped) react(signal, reactions)
    })
  }

  /** Sends the first state. Settles when every machine is told of, with its definition as far as that goes quickly. */
  async start(options: CallOptions): Promise<void> {
    await this.#ports.signals.watchDomains()
    await this.#readAll(options)
    this.#reconcileIn(RECONCILE_MS)
    this.#sampler.start()
    void this.#hostRecord.readSlow()
    await Promise.race([this.#definitions.idle(), this.#pause(FIRST_DEFINITIONS_MS)])
    this.#teller.flush()
  }

  /** Reads everything again and tells it again. */
  async refresh(options: CallOptions): Promise<void> {
    this.#table.forgetSent()
    await this.#readAll(options)
    for (const ref of this.#table.refs()) this.#definitions.request(ref, false)
    await Promise.race([this.#definitions.idle(), this.#pause(FIRST_DEFINITIONS_MS)])
    this.#teller.flush()
  }

  stop(): void {
    this.#stopped = true
    this.#stopListening()
    this.#definitions.stop()
    this.#sampler.stop()
    this.#addresses.stop()
    this.#surroundings.stop()
    this.#teller.stop()
    this.#cancelReconcile()
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
    return this.#incomplete || !this.#teller.isListed ? undefined : this.#table.hostDevices((ref) => this.#definitions.isDue(ref))
  }

  /** Card address → name of the machine that has it, of all machines read so far. */
  macs(): ReadonlyMap<string, string> {
    return macsIn(this.#table)
  }

  /** Machines whose definitions have been read, with their cards. */
  machineCards(): readonly MachineCards[] {
    return cardsIn(this.#table, (mac) => this.#addresses.leasesOf(mac))
  }

  get hasAllCards(): boolean {
    return !this.#incomplete && hasAllCards(this.#table)
  }

  networks(): ReadonlyMap<string, WatchedNetwork> {
    return this.#surroundings.networks()
  }

  /** Something was done to the machine: look at it now, whether or not an event comes. */
  touch(ref: string, dom?: DomainRef): void {
    const known = dom ?? this.#table.get(ref)?.dom
    if (known === undefined || this.#stopped) return
    this.#reader.add(ref, known)
    void this.#reader.drain()
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
    const readNumber = this.#reader.nextRead()
    const sizes = this.#reader.readSizes([])
    const surroundings = this.#surroundings.read()
    const [facts, states, flags] = await Promise.all([
      readHostFacts(host, options),
      readAllStates(host, options),
      readFlagSets(host, options),
    ])
    if (this.#stopped) return
    this.#hostRecord.put(facts)
    this.#applyAll(states, flags, readNumber)
    // The figures of idle machines come about as fast as the states; a guest that hangs is not waited for.
    await Promise.race([sizes, this.#pause(FIRST_DEFINITIONS_MS)])
    await this.#teller.tellAll()
    await surroundings
    if (this.#stopped) return
    this.#surroundings.tellAll()
    void this.#addresses.start()
    sink.confirmed(HOST_REF, clock.nowMs())
    this.#teller.listed()
    for (const [ref, { definition }] of this.#table.all()) if (definition === undefined) this.#definitions.request(ref, false)
    void this.#reader.drain()
  }

  /** Takes a whole list in. Of a list that cannot be whole nobody is missing: who is not on it is asked for by name. */
  #applyAll({ states, incomplete }: AllStates, flags: FlagSets, readNumber: number): void {
    for (const state of states) this.#table.applyState(state, flagsIn(flags, state.dom.uuid), readNumber)
    const present = new Set(states.map((state) => state.dom.uuid))
    if (incomplete === null) this.#table.removeMissing(present, readNumber)
    else for (const [ref, { dom }] of this.#table.all()) if (!present.has(ref)) this.#reader.add(ref, dom)
    if (incomplete !== null && !this.#incomplete) this.#ports.sink.event(listIncomplete(incomplete, HOST_REF, this.#ports.clock.nowMs()))
    this.#incomplete = incomplete !== null
  }

  #confirm(): void {
    if (!this.#stopped && this.#teller.isListed) this.#ports.sink.confirmed(HOST_REF, this.#ports.clock.nowMs())
  }

  #isActive(ref: string): boolean {
    const record = this.#table.get(ref)
    return record !== undefined && isActive(record.native)
  }

  /** Compares whole lists, for what no event tells (autostart) or an event lost on the way. */
  async #reconcile(): Promise<void> {
    const { host, log } = this.#ports
    const startedMs = this.#ports.clock.nowMs()
    try {
      const readNumber = this.#reader.nextRead()
      const [all, flags] = await Promise.all([readAllStates(host, {}), readFlagSets(host, {})])
      if (this.#stopped) return
      for (const { dom } of all.states) if (this.#table.get(dom.uuid) === undefined) this.#reader.add(dom.uuid, dom)
      this.#applyAll(all, flags, readNumber)
      for (const [ref, { definition }] of this.#table.all()) if (definition === undefined) this.#definitions.request(ref, false)
      this.#teller.flush()
      this.#confirm()
      void this.#reader.drain()
    } catch (error) {
      log.debug('lists not compared', { code: toProblem(error).code })
    }
    // A slow host is asked less often.
    const tookMs = this.#ports.clock.nowMs() - startedMs
    this.#reconcileIn(Math.max(RECONCILE_MS, tookMs * 20))
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#ports.clock.after(ms, resolve))
  }

  #reconcileIn(ms: number): void {
    if (!this.#stopped) this.#cancelReconcile = this.#ports.clock.after(ms, () => void this.#reconcile())
  }
}
