import type { DomainRef } from '../../libvirt/index.ts'
import { type DefinitionFacts, readDefinition } from './domain-facts.ts'

/** How many definitions are asked for at once: hides the round trip, and leaves the daemon's queue to others. */
const IN_FLIGHT = 8

export interface DefinitionsPorts {
  readonly xmlOf: (dom: DomainRef) => Promise<string>
  readonly domOf: (ref: string) => DomainRef | undefined
  readonly isActive: (ref: string) => boolean
  readonly onDefinition: (ref: string, definition: DefinitionFacts) => void
  readonly onFailure: (ref: string, error: unknown) => void
}

/** Reads definitions in the background: what is asked for urgently, then what is on screen, then what runs, then the rest. */
export class Definitions {
  readonly #ports: DefinitionsPorts
  readonly #urgent = new Set<string>()
  readonly #running = new Set<string>()
  readonly #rest = new Set<string>()
  readonly #waiters = new Set<() => void>()
  #visible: ReadonlySet<string> = new Set()
  /**
   * Machines whose definition is being read. One that is asked for meanwhile waits: the daemon's workers may answer two calls in another order
   * than they came, and the older definition would stay.
   */
  readonly #reading = new Set<string>()
  #stopped = false

  constructor(ports: DefinitionsPorts) {
    this.#ports = ports
  }

  get pending(): number {
    return this.#urgent.size + this.#running.size + this.#rest.size + this.#reading.size
  }

  /** It is to be read, or is being read: what is known of it may be older than the machine. */
  isDue(ref: string): boolean {
    return [this.#urgent, this.#running, this.#rest].some((set) => set.has(ref)) || this.#reading.has(ref)
  }

  setVisible(refs: ReadonlySet<string>): void {
    this.#visible = refs
  }

  /** Reads it (again): now, for something happened to it, or when its turn comes. */
  request(ref: string, urgent: boolean): void {
    if (this.#stopped || this.#urgent.has(ref)) return
    this.#running.delete(ref)
    this.#rest.delete(ref)
    if (urgent) this.#urgent.add(ref)
    else if (this.#ports.isActive(ref)) this.#running.add(ref)
    else this.#rest.add(ref)
    this.#fill()
  }

  stop(): void {
    this.#stopped = true
    for (const set of [this.#urgent, this.#running, this.#rest]) set.clear()
    this.#wake()
  }

  /** Settles when nothing is left to read. */
  idle(): Promise<void> {
    if (this.pending === 0 || this.#stopped) return Promise.resolve()
    return new Promise((resolve) => {
      this.#waiters.add(resolve)
    })
  }

  #take(): string | undefined {
    for (const ref of this.#inTurn()) if (!this.#reading.has(ref)) return ref
    return undefined
  }

  *#inTurn(): Generator<string> {
    yield* this.#urgent
    for (const ref of this.#visible) if (this.#running.has(ref) || this.#rest.has(ref)) yield ref
    yield* this.#running
    yield* this.#rest
  }

  #fill(): void {
    while (this.#reading.size < IN_FLIGHT && !this.#stopped) {
      const ref = this.#take()
      if (ref === undefined) break
      this.#urgent.delete(ref)
      this.#running.delete(ref)
      this.#rest.delete(ref)
      this.#reading.add(ref)
      void this.#read(ref)
    }
  }

  async #read(ref: string): Promise<void> {
    try {
      const dom = this.#ports.domOf(ref)
      if (dom) {
        const definition = readDefinition(await this.#ports.xmlOf(dom))
        if (!this.#stopped) this.#ports.onDefinition(ref, definition)
      }
    } catch (error) {
      if (!this.#stopped) this.#ports.onFailure(ref, error)
    } finally {
      this.#reading.delete(ref)
      this.#fill()
      if (this.pending === 0) this.#wake()
    }
  }

  #wake(): void {
    for (const wake of this.#waiters) wake()
    this.#waiters.clear()
  }
}
