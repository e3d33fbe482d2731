import type { DomainRef, LibvirtHost, NetworkRef } from '../../libvirt/index.ts'
import type { Clock, Interest } from '../provider.ts'
import type { MachineTable } from './machine-table.ts'
import { isActive } from './states.ts'
import { readLeases } from './surroundings.ts'

const SOURCE_AGENT = 1
/** Leases of all networks are one call a network. They are looked at more often while somebody looks. */
const LEASES_WATCHED_MS = 10_000
const LEASES_MS = 60_000
/** A machine that has just come up asks for its lease within seconds. */
const LEASES_AFTER_START_MS = 3_000
/** Agents are asked one at a time, and each at most so often: a silent one holds its machine's agent for seconds. */
const AGENT_AGAIN_MS = 120_000
const AGENT_TIMEOUT_MS = 8_000

export interface AddressPorts {
  readonly host: LibvirtHost
  readonly clock: Clock
  readonly table: MachineTable
  readonly networks: () => readonly NetworkRef[]
  /** Leases changed. */
  readonly onChange: () => void
  /** An agent told addresses, or does not answer. */
  readonly onAddresses: () => void
}

/** Which addresses machines have: from the leases of libvirt's own networks, and from guest agents, sparingly. */
export class AddressBook {
  readonly #ports: AddressPorts
  readonly #askedAtMs = new Map<string, number>()
  readonly #toAsk = new Set<string>()
  #leases: ReadonlyMap<string, readonly string[]> = new Map()
  #isRead = false
  #watched = false
  #asking = false
  #cancelTimer: (() => void) | undefined
  #dueAtMs = Number.POSITIVE_INFINITY
  #stopped = false

  constructor(ports: AddressPorts) {
    this.#ports = ports
  }

  leasesOf(mac: string): readonly string[] {
    return this.#leases.get(mac) ?? []
  }

  /** Whether leases have been looked at once. */
  get isRead(): boolean {
    return this.#isRead
  }

  setInterest({ visibleRefs, focusedRef }: Interest): void {
    this.#watched = visibleRefs.size > 0 || focusedRef !== null
    if (this.#watched) this.#lookWithin(LEASES_WATCHED_MS)
    if (focusedRef !== null) this.#ask(focusedRef)
    for (const ref of visibleRefs) this.#ask(ref)
  }

  /** Its definition was read: it may run, with network cards and an agent. */
  machineRead(ref: string): void {
    const record = this.#ports.table.get(ref)
    if (!record || !isActive(record.native)) return
    const cards = record.definition?.networkNames.length ?? 0
    if (cards > 0 && !record.definition?.macs.some((mac) => this.#leases.has(mac))) this.#lookWithin(LEASES_AFTER_START_MS)
    this.#ask(ref)
  }

  /** Before definitions are read, so that their addresses are there with them. */
  async start(): Promise<void> {
    await this.#look()
  }

  agentChanged(ref: string): void {
    this.#askedAtMs.delete(ref)
    this.#ask(ref)
  }

  stop(): void {
    this.#stopped = true
    this.#cancelTimer?.()
  }

  #lookWithin(ms: number): void {
    const { clock } = this.#ports
    const dueAtMs = clock.nowMs() + ms
    if (this.#stopped || this.#dueAtMs <= dueAtMs) return
    this.#cancelTimer?.()
    this.#dueAtMs = dueAtMs
    this.#cancelTimer = clock.after(ms, () => void this.#look())
  }

  async #look(): Promise<void> {
    const { host, networks, onChange, table } = this.#ports
    this.#dueAtMs = Number.POSITIVE_INFINITY
    const nets = networks()
    const before = this.#leases
    if (nets.length > 0 && table.active().length > 0) {
      this.#leases = await readLeases(host, nets, { timeoutMs: AGENT_TIMEOUT_MS }).catch(() => before)
      if (this.#stopped) return
    }
    const isFirst = !this.#isRead
    this.#isRead = true
    if (isFirst || !sameLeases(before, this.#leases)) onChange()
    this.#lookWithin(this.#watched ? LEASES_WATCHED_MS : LEASES_MS)
  }

  #ask(ref: string): void {
    const record = this.#ports.table.get(ref)
    if (record?.agent !== 'connected' || !isActive(record.native)) return
    const askedAtMs = this.#askedAtMs.get(ref)
    if (askedAtMs !== undefined && this.#ports.clock.nowMs() - askedAtMs < AGENT_AGAIN_MS) return
    this.#toAsk.add(ref)
    void this.#askAll()
  }

  async #askAll(): Promise<void> {
    if (this.#asking) return
    this.#asking = true
    for (const ref of this.#toAsk) {
      this.#toAsk.delete(ref)
      const record = this.#ports.table.get(ref)
      if (this.#stopped || !record || !isActive(record.native)) continue
      this.#askedAtMs.set(ref, this.#ports.clock.nowMs())
      const addresses = await this.#askAgent(record.dom)
      if (this.#stopped) return
      this.#ports.table.applyAgentAddresses(ref, addresses)
      this.#ports.onAddresses()
    }
    this.#asking = false
  }

  async #askAgent(dom: DomainRef): Promise<readonly string[] | null> {
    try {
      const { ifaces } = await this.#ports.host.call(
        'domainInterfaceAddresses',
        { dom, source: SOURCE_AGENT, flags: 0 },
        { timeoutMs: AGENT_TIMEOUT_MS },
      )
      return ifaces.flatMap(({ addrs }) => addrs.map(({ addr }) => addr)).filter(isWorthShowing)
    } catch {
      // A silent agent is no news: its channel's state is shown already.
      return null
    }
  }
}

/** Neither the guest's own loopback nor what every interface makes up for itself. */
function isWorthShowing(address: string): boolean {
  return !address.startsWith('127.') && address !== '::1' && !address.toLowerCase().startsWith('fe80:')
}

function sameLeases(a: ReadonlyMap<string, readonly string[]>, b: ReadonlyMap<string, readonly string[]>): boolean {
  return a.size === b.size && [...a].every(([mac, addresses]) => addresses.join() === b.get(mac)?.join())
}
