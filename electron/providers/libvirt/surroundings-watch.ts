import type { LibvirtHost, NetworkRef } from '../../libvirt/index.ts'
import type { FactsByEntity, Logger, NetworkFacts, PoolFacts, ProviderChange, ProviderSink } from '../provider.ts'
import { toProblem } from './problems.ts'
import type { Signals } from './signals.ts'
import { readNetworks, readPools } from './surroundings.ts'

export interface SurroundingsPorts {
  readonly host: LibvirtHost
  readonly signals: Signals
  readonly sink: ProviderSink
  readonly log: Logger
  readonly hostRef: string
  readonly onNetworks: () => void
}

type Kind = 'network' | 'pool'

/** Keeps networks and pools told of. They may be served by daemons of their own, or by none: then nothing is said of them. */
export class SurroundingsWatch {
  readonly #ports: SurroundingsPorts
  readonly #known: { network: Map<string, NetworkFacts>; pool: Map<string, PoolFacts> } = { network: new Map(), pool: new Map() }
  readonly #isRead = new Set<Kind>()
  readonly #reading = new Map<Kind, { again: boolean; readonly done: Promise<void> }>()
  #byName = new Map<string, string>()
  #told = false
  #stopped = false

  constructor(ports: SurroundingsPorts) {
    this.#ports = ports
  }

  /** Subscribes, then reads. */
  async read(): Promise<void> {
    await this.#ports.signals.watchSurroundings()
    await Promise.all([this.#read('network'), this.#read('pool')])
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

  tellAll(): void {
    this.#told = true
    for (const kind of ['network', 'pool'] as const) if (this.#isRead.has(kind)) this.#tell(kind)
  }

  stop(): void {
    this.#stopped = true
  }

  #read(kind: Kind): Promise<void> {
    const running = this.#reading.get(kind)
    if (running) {
      running.again = true
      return running.done
    }
    const state = { again: false, done: Promise.resolve() }
    const loop = async () => {
      do {
        state.again = false
        await this.#readOnce(kind)
      } while (state.again && !this.#stopped)
      this.#reading.delete(kind)
    }
    const done = loop()
    this.#reading.set(kind, Object.assign(state, { done }))
    return done
  }

  async #readOnce(kind: Kind): Promise<void> {
    const { host, hostRef, log, onNetworks } = this.#ports
    try {
      if (kind === 'network') {
        this.#known.network = await readNetworks(host, hostRef, {})
        this.#byName = new Map([...this.#known.network].map(([uuid, { name }]) => [name, uuid]))
      } else this.#known.pool = await readPools(host, hostRef, {})
    } catch (error) {
      // What cannot be read is not gone: whatever was known of it stays.
      log.debug('surroundings not read', { kind, code: toProblem(error).code })
      return
    }
    this.#isRead.add(kind)
    if (this.#stopped || !this.#told) return
    this.#tell(kind)
    if (kind === 'network') onNetworks()
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
