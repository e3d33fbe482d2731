import type { DomainRef, LibvirtHost } from '../../libvirt/index.ts'
import type { Logger } from '../provider.ts'
import type { MachineTable } from './machine-table.ts'
import type { MachineTeller } from './machine-teller.ts'
import { toProblem } from './problems.ts'
import { type Flags, flagsIn, readFlagSets, readFlags, readSizes, readStates } from './readings.ts'
import { isActive } from './states.ts'

/** Beyond so many changed machines, whole lists are cheaper than calls for each. */
const FEW = 20
const MANY = 2_000
const SIZES_TIMEOUT_MS = 10_000

export interface MachineReaderPorts {
  readonly host: LibvirtHost
  readonly log: Logger
  readonly table: MachineTable
  readonly teller: MachineTeller
  readonly isStopped: () => boolean
  /** The host has more machines than a list can hold. */
  readonly isIncomplete: () => boolean
  /** A machine that was not known; its definition is not either. */
  readonly onNew: (ref: string) => void
}

/** Reads machines again that something befell, all of them at once; what changes meanwhile waits for the next round. */
export class MachineReader {
  readonly #ports: MachineReaderPorts
  readonly #changed = new Map<string, DomainRef>()
  /** Counts reads in the order in which they were sent. */
  #reads = 0
  #draining = false
  #sizing: Promise<void> | undefined

  constructor(ports: MachineReaderPorts) {
    this.#ports = ports
  }

  /** The number of a read that is sent now. */
  nextRead(): number {
    return ++this.#reads
  }

  /** To be read with the next `drain`. */
  add(ref: string, dom: DomainRef): void {
    this.#changed.set(ref, dom)
  }

  async drain(): Promise<void> {
    if (this.#draining || !this.#ports.teller.isListed) return
    this.#draining = true
    try {
      while (this.#changed.size > 0 && !this.#ports.isStopped()) {
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

  /** Virtual CPUs and memory of those that are named, or of all. Never more than one at a time; a failure leaves what is known. */
  readSizes(domains: readonly DomainRef[]): Promise<void> {
    const { host, log, table, teller } = this.#ports
    const before = this.#sizing
    const read = async () => {
      await before
      try {
        for (const size of await readSizes(host, domains, { timeoutMs: SIZES_TIMEOUT_MS })) table.applySize(size)
        if (teller.isListed) teller.flush()
      } catch (error) {
        log.debug('sizes not read', { code: toProblem(error).code })
      }
    }
    const reading = read()
    this.#sizing = reading
    return reading
  }

  async #readChanged(batch: ReadonlyMap<string, DomainRef>): Promise<void> {
    const { host, table, teller, isIncomplete, onNew } = this.#ports
    const readNumber = this.nextRead()
    const domains = [...batch.values()]
    const [states, flags] = await Promise.all([
      readStates(host, domains.length > MANY && !isIncomplete() ? [] : domains, {}),
      this.#flagsOf(domains),
    ])
    const present = new Set<string>()
    for (const state of states) {
      const { uuid } = state.dom
      const known = batch.has(uuid) ? flags(uuid) : null
      if (known === null) continue
      present.add(uuid)
      const isNew = table.get(uuid) === undefined
      table.applyState(state, known, readNumber)
      if (isNew) onNew(uuid)
    }
    for (const ref of batch.keys()) if (!present.has(ref)) table.remove(ref, readNumber)
    teller.flush()
    const active = states.filter(({ dom, native }) => batch.has(dom.uuid) && isActive(native)).map(({ dom }) => dom)
    if (active.length > 0) void this.readSizes(active)
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
}
