import type { AppError } from '../../../../shared/errors/index.ts'
import type { VolumeListMessage, VolumeRow } from '../../../../shared/model/index.ts'
import { toPageError } from '../../../lib/api/index.ts'

/** What is known of a pool's volumes now. */
export interface VolumeListState {
  readonly phase: 'listing' | 'reading' | 'complete' | 'failed'
  /** By name. Facts of null: not read yet, or not to be read. */
  readonly rows: ReadonlyMap<string, VolumeRow>
  /** The same as when rows came or went last, all was read, or somebody asked: what is put in order by facts keeps its places meanwhile. */
  readonly shaped: ReadonlyMap<string, VolumeRow>
  readonly total: number
  /** Rows whose facts have not come yet. */
  readonly waiting: number
  /** Those that could not be read, of a complete list. */
  readonly unread: number
  /** Listed by the host, whose files are not there any more. */
  readonly gone: ReadonlySet<string>
  readonly observedAtMs: number | null
  readonly error: AppError | null
}

const NOTHING: VolumeListState = {
  phase: 'listing',
  rows: new Map(),
  shaped: new Map(),
  total: 0,
  waiting: 0,
  unread: 0,
  gone: new Set(),
  observedAtMs: null,
  error: null,
}

export interface VolumeListPorts {
  readonly open: (first: readonly string[], signal: AbortSignal) => Promise<AsyncIterable<VolumeListMessage>>
  /** Runs `tell` soon, once. */
  readonly schedule: (tell: () => void) => void
}

/**
 * A pool's volumes as they are told: names first, then what each is. Read again, what was known stays until the new list is whole, so that
 * nothing is blanked and nothing jumps.
 */
export class VolumeList {
  readonly #ports: VolumeListPorts
  readonly #listeners = new Set<() => void>()
  /** As it was told last: all of it belongs together. */
  #state: VolumeListState = NOTHING
  /** As it is by now. */
  #now: VolumeListState = NOTHING
  #rows = new Map<string, VolumeRow>()
  #gone = new Set<string>()
  #abort: AbortController | null = null
  #isScheduled = false
  #isReshaped = false

  constructor(ports: VolumeListPorts) {
    this.#ports = ports
  }

  get state(): VolumeListState {
    return this.#state
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Reads the list from its beginning, what each of `first` is before the others. A reading that is under way ends. */
  async read(first: readonly string[] = []): Promise<void> {
    this.#abort?.abort()
    const abort = new AbortController()
    this.#abort = abort
    const { signal } = abort
    if (this.#now.phase === 'failed') this.#put({ phase: 'listing' })
    try {
      const fresh = new Map<string, VolumeRow>()
      for await (const message of await this.#ports.open(first, signal)) {
        if (signal.aborted) return
        this.#take(message, fresh)
      }
    } catch (thrown) {
      if (!signal.aborted) this.#put({ phase: 'failed', error: toPageError(thrown) })
    }
  }

  /** What is known now counts for the order, too. */
  reshape(): void {
    this.#isReshaped = true
    this.#tell()
  }

  close(): void {
    this.#abort?.abort()
    this.#abort = null
  }

  #take(message: VolumeListMessage, fresh: Map<string, VolumeRow>): void {
    if (message.type === 'rows') this.#takeRows(message, fresh)
    else if (message.type === 'facts') this.#takeFacts(message.facts)
    else {
      this.#isReshaped = true
      this.#put({ phase: 'complete', unread: message.unread, waiting: 0 })
    }
  }

  #takeRows({ rows, offset, total, observedAtMs }: Extract<VolumeListMessage, { type: 'rows' }>, fresh: Map<string, VolumeRow>): void {
    for (const row of rows) fresh.set(row.name, row.facts === null ? { ...row, facts: this.#rows.get(row.name)?.facts ?? null } : row)
    const isWhole = offset + rows.length >= total
    const { observedAtMs: before } = this.#now
    // the first time each piece is shown as it comes
    if (!isWhole && before !== null && this.#rows.size >= fresh.size) return
    const isSame = isWhole && fresh.size === this.#rows.size && [...fresh.keys()].every((name) => this.#rows.has(name))
    this.#rows = isWhole ? fresh : new Map(fresh)
    if (isWhole) this.#gone = new Set()
    if (!isSame) this.#isReshaped = true
    this.#put({ phase: isWhole ? 'reading' : 'listing', total, observedAtMs, waiting: countWaiting(this.#rows), error: null })
  }

  #takeFacts(facts: Extract<VolumeListMessage, { type: 'facts' }>['facts']): void {
    let { waiting } = this.#now
    for (const { name, facts: read } of facts) {
      const row = this.#rows.get(name)
      if (!row) continue
      if (row.facts === null && !this.#gone.has(name)) waiting -= 1
      if (read === null) this.#gone.add(name)
      this.#rows.set(name, { ...row, facts: read })
    }
    this.#put({ waiting })
  }

  #put(change: Partial<VolumeListState>): void {
    this.#now = { ...this.#now, ...change }
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#ports.schedule(() => {
      this.#isScheduled = false
      this.#tell()
    })
  }

  #tell(): void {
    const rows = new Map(this.#rows)
    const shaped = this.#isReshaped ? rows : this.#state.shaped
    this.#isReshaped = false
    this.#state = { ...this.#now, rows, shaped, gone: new Set(this.#gone) }
    for (const listener of this.#listeners) listener()
  }
}

function countWaiting(rows: ReadonlyMap<string, VolumeRow>): number {
  let waiting = 0
  for (const { facts } of rows.values()) if (facts === null) waiting += 1
  return waiting
}
