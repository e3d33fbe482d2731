import type { AppError } from '../../../shared/errors/index.ts'
import type { HostId, HostTopology, NodeRate } from '../../../shared/model/index.ts'
import { toPageError } from '../../lib/api/index.ts'

/** Hosts asked for at once, and how many such questions are under way: the first ones are on screen before the last are read. */
const CHUNK = 16
const AT_ONCE = 2
/** What is on screen is read again after this time. */
const FRESH_MS = 20_000
/** Rates of so many hosts are asked for at a time. */
const RATED = 3

/** What it asks of the contract. */
export interface TopologyApi {
  readonly topology: (input: { hostIds: HostId[] }, options: { signal: AbortSignal }) => Promise<HostTopology[]>
  readonly rates: (input: { hostId: HostId }, options: { signal: AbortSignal }) => Promise<{ rates: NodeRate[] }>
}

/** Pictures and rates of hosts, as they come. What is on screen goes first; a failed read keeps what is there. */
export class TopologyReader {
  readonly #api: TopologyApi
  readonly #nowMs: () => number
  readonly #gone = new AbortController()
  readonly #listeners = new Set<() => void>()
  readonly #topologies = new Map<string, HostTopology>()
  readonly #readAtMs = new Map<string, number>()
  #rates: ReadonlyMap<string, ReadonlyMap<string, NodeRate>> = new Map()
  #waiting: HostId[] = []
  readonly #asked = new Set<string>()
  #running = 0
  #isRating = false
  #error: AppError | null = null
  #version = 0

  constructor(api: TopologyApi, nowMs: () => number = Date.now) {
    this.#api = api
    this.#nowMs = nowMs
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Another one when a picture has come. */
  readonly version = (): number => this.#version
  /** By host and node; another map when others have come. */
  readonly rates = (): ReadonlyMap<string, ReadonlyMap<string, NodeRate>> => this.#rates

  get(hostId: string): HostTopology | null {
    return this.#topologies.get(hostId) ?? null
  }

  /** Why the last question failed; null: it did not. */
  get error(): AppError | null {
    return this.#error
  }

  /** How many of the hosts have been read. */
  get count(): number {
    return this.#topologies.size
  }

  /** Reads those that are not known yet, `first` before the rest, and what of `first` has grown old. */
  want(first: readonly HostId[], rest: readonly HostId[]): void {
    const nowMs = this.#nowMs()
    const isOld = (id: string) => nowMs - (this.#readAtMs.get(id) ?? 0) > FRESH_MS
    const wanted = [...first.filter(isOld), ...rest.filter((id) => !this.#topologies.has(id))]
    this.#waiting = [...new Set(wanted)].filter((id) => !this.#asked.has(id))
    this.#pump()
  }

  /** Reads these again, whatever is known of them. */
  again(hostIds: readonly HostId[]): void {
    for (const id of hostIds) this.#readAtMs.delete(id)
    this.#error = null
    this.want(hostIds, [])
  }

  /** Rates of the hosts that are looked at; those of others are forgotten. */
  async rate(hostIds: readonly HostId[]): Promise<void> {
    if (this.#isRating) return
    this.#isRating = true
    try {
      const read = new Map<string, ReadonlyMap<string, NodeRate>>()
      for (const hostId of hostIds.slice(0, RATED)) {
        const { rates } = await this.#api.rates({ hostId }, { signal: this.#gone.signal })
        read.set(hostId, new Map(rates.map((rate) => [rate.id, rate])))
      }
      this.#rates = read
    } catch {
      // the pictures say what is wrong with a host; old rates would be shown as new ones
      this.#rates = new Map()
    } finally {
      this.#isRating = false
      this.#tell()
    }
  }

  close(): void {
    this.#gone.abort()
    this.#listeners.clear()
  }

  #pump(): void {
    while (this.#running < AT_ONCE && this.#waiting.length > 0 && !this.#gone.signal.aborted) {
      const hostIds = this.#waiting.splice(0, CHUNK)
      for (const id of hostIds) this.#asked.add(id)
      this.#running += 1
      void this.#read(hostIds)
    }
  }

  async #read(hostIds: HostId[]): Promise<void> {
    try {
      const pictures = await this.#api.topology({ hostIds }, { signal: this.#gone.signal })
      for (const picture of pictures) this.#topologies.set(picture.hostId, picture)
      const nowMs = this.#nowMs()
      for (const id of hostIds) this.#readAtMs.set(id, nowMs)
      this.#error = null
    } catch (thrown) {
      if (this.#gone.signal.aborted) return
      this.#error = toPageError(thrown)
      // tried again with the next question, not at once
      this.#waiting = []
    } finally {
      for (const id of hostIds) this.#asked.delete(id)
      this.#running -= 1
      this.#version += 1
      this.#tell()
    }
    this.#pump()
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}
