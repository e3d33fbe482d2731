import { isLibvirtError, type LibvirtHost, type NetworkRef } from '../../libvirt/index.ts'
import type { Clock, FactsByEntity, Logger, NetworkFacts, PoolFacts, ProviderChange, ProviderSink } from '../provider.ts'
import type { WatchedNetwork } from './networks/network-context.ts'
import { toProblem } from './problems.ts'
import type { Signals } from './signals.ts'
import { readNetworks, readPools } from './surroundings.ts'

export interface SurroundingsPorts {
  readonly host: LibvirtHost
  readonly signals: Signals
  readonly sink: ProviderSink
  readonly clock: Clock
  readonly log: Logger
  readonly hostRef: string
  readonly onNetworks: () => void
}

type Kind = 'network' | 'pool'

/** A daemon that is restarted is back within a second or two; one that stays away is asked for once a minute. */
const AGAIN_FIRST_MS = 1_000
const AGAIN_MAX_MS = 60_000

/**
 * Keeps networks and pools told of. They may be served by daemons of their own, which come and go without the link: what cannot be had is
 * tried again, less and less often, and meanwhile nothing new is said of it.
 */
export class SurroundingsWatch {
  readonly #ports: SurroundingsPorts
  readonly #known: { network: Map<string, NetworkFacts>; pool: Map<string, PoolFacts> } = { network: new Map(), pool: new Map() }
  readonly #isRead = new Set<Kind>()
  readonly #reading = new Map<Kind, { again: boolean; readonly done: Promise<boolean> }>()
  #againMs = AGAIN_FIRST_MS
  #cancelAgain: (() => void) | undefined
  #byName = new Map<string, string>()
  #networks: ReadonlyMap<string, WatchedNetwork> = new Map()
  #told = false
  #stopped = false

  constructor(ports: SurroundingsPorts) {
    this.#ports = ports
  }

  /** Subscribes, then reads. */
  async read(): Promise<void> {
    const heard = await this.#ports.signals.watchSurroundings()
    const read = await Promise.all([this.#read('network'), this.#read('pool')])
    if (heard && read.every(Boolean)) this.#againMs = AGAIN_FIRST_MS
    else this.#readAgain()
  }

  /** A daemon of theirs went away: as soon as it is back, it is heard and read again. */
  lost(): void {
    this.#againMs = AGAIN_FIRST_MS
    this.#readAgain()
  }

  readNetworks(): void {
    void this.#read('network')
  }

  readPools(): void {
    void this.#read('pool')
  }

  networkRef(name: string): string | undefined {
    return this.#byName.get(name)
  }

  activeNetworks(): readonly NetworkRef[] {
    return [...this.#known.network].filter(([, facts]) => facts.active).map(([uuid, { name }]) => ({ name, uuid }))
  }

  networks(): ReadonlyMap<string, WatchedNetwork> {
    return this.#networks
  }

  tellAll(): void {
    this.#told = true
    for (const kind of ['network', 'pool'] as const) if (this.#isRead.has(kind)) this.#tell(kind)
  }

  stop(): void {
    this.#stopped = true
    this.#cancelAgain?.()
  }

  #readAgain(): void {
    this.#cancelAgain?.()
    if (this.#stopped) return
    this.#cancelAgain = this.#ports.clock.after(this.#againMs, () => void this.read())
    this.#againMs = Math.min(AGAIN_MAX_MS, this.#againMs * 2)
  }

  /** False: for now it cannot be read. */
  #read(kind: Kind): Promise<boolean> {
    const running = this.#reading.get(kind)
    if (running) {
      running.again = true
      return running.done
    }
    const state = { again: false, done: Promise.resolve(false) }
    const loop = async () => {
      let isRead: boolean
      do {
        state.again = false
        isRead = await this.#readOnce(kind)
      } while (state.again && !this.#stopped)
      this.#reading.delete(kind)
      return isRead
    }
    const done = loop()
    this.#reading.set(kind, Object.assign(state, { done }))
    return done
  }

  async #readOnce(kind: Kind): Promise<boolean> {
    const { host, hostRef, log, onNetworks } = this.#ports
    try {
      if (kind === 'network') {
        this.#networks = await readNetworks(host, hostRef, {})
        this.#known.network = new Map([...this.#networks].map(([uuid, { facts }]) => [uuid, facts]))
        this.#byName = new Map([...this.#known.network].map(([uuid, { name }]) => [name, uuid]))
      } else this.#known.pool = await readPools(host, hostRef, {})
    } catch (error) {
      // What cannot be read is not gone: whatever was known of it stays.
      log.debug('surroundings not read', { kind, code: toProblem(error).code })
      // A daemon that answers and refuses has no such things; it will not have them a moment later.
      return isLibvirtError(error) && error.remote !== undefined
    }
    this.#isRead.add(kind)
    if (this.#stopped || !this.#told) return true
    this.#tell(kind)
    if (kind === 'network') onNetworks()
    return true
  }

  #tell(kind: Kind): void {
    const { sink, hostRef } = this.#ports
    const known: ReadonlyMap<string, FactsByEntity[Kind]> = this.#known[kind]
    // The kind decides the type of the facts; the compiler does not follow that through the union.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
    const puts = [...known].map(([ref, facts]) => ({ op: 'put', entity: kind, ref, facts }) as ProviderChange)
    sink.changes([...puts, { op: 'complete', entity: kind, hostRef, refs: [...known.keys()] }])
  }
}
