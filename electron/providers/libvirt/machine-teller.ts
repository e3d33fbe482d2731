import type { Clock, ProviderSink } from '../provider.ts'
import type { MachineTable } from './machine-table.ts'

/** Machines told of at once, so that no turn of the event loop is long. */
const MACHINES_A_TURN = 500
const BACKGROUND_FLUSH_MS = 30

export interface MachineTellerPorts {
  readonly hostRef: string
  readonly table: MachineTable
  readonly sink: ProviderSink
  readonly clock: Clock
  /** The host has more machines than a list can hold: nobody can be said to be missing. */
  readonly isIncomplete: () => boolean
}

/** Tells the engine what has changed in the table: all of it first, then by and by. */
export class MachineTeller {
  readonly #ports: MachineTellerPorts
  #isListed = false
  #isStopped = false
  #cancelFlush: (() => void) | undefined

  constructor(ports: MachineTellerPorts) {
    this.#ports = ports
  }

  /** The first whole list has been taken in and told of. */
  get isListed(): boolean {
    return this.#isListed
  }

  listed(): void {
    this.#isListed = true
  }

  stop(): void {
    this.#isStopped = true
    this.#cancelFlush?.()
  }

  /** Every machine that the engine does not know yet, and who there is. */
  async tellAll(): Promise<void> {
    const { hostRef, table, sink, isIncomplete } = this.#ports
    for (;;) {
      const changes = table.takeChanges(MACHINES_A_TURN)
      if (this.#isStopped) return
      if (changes.length === 0) break
      sink.changes(changes)
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
    if (isIncomplete()) return
    sink.changes([{ op: 'complete', entity: 'machine', hostRef, refs: table.refs() }])
  }

  /** Nothing before the first whole list is through. */
  flush(): void {
    if (this.#isStopped || !this.#isListed) return
    const changes = this.#ports.table.takeChanges()
    if (changes.length > 0) this.#ports.sink.changes(changes)
  }

  /** With whatever else comes in the background. */
  flushSoon(): void {
    if (this.#isStopped) return
    this.#cancelFlush ??= this.#ports.clock.after(BACKGROUND_FLUSH_MS, () => {
      this.#cancelFlush = undefined
      this.flush()
    })
  }

  /** Something that the facts of all machines draw on has changed. */
  everythingMayDiffer(): void {
    this.#ports.table.changeAll()
    this.flushSoon()
  }
}
