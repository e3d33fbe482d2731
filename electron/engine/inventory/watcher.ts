import type { Change, InventoryMessage } from '../../../shared/model/index.ts'
import type { Clock } from '../../providers/provider.ts'
import { PendingChanges } from './pending-changes.ts'
import type { ObjectRef, StoreChange, WatchedInventory } from './store-change.ts'

/** Most changes in one message. */
const CHUNK = 1_000
/** At most five deliveries in any second: this far apart, but for the first few after a pause, which are one click's doing. */
const SPACING_MS = 200
const PER_SECOND = 5
const FIRST_SPACING_MS = 40
const FIRST_FEW = 3
/** Samples and ages alone wait until so long after the last delivery: the leading edge is kept for what people wait for. */
const QUIET_MS = 500

export interface WatchOptions {
  /** Only what belongs to it (and all workspaces); left out: everything. */
  readonly workspaceId?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** Called once when the reader has gone or the signal has fired. */
  readonly onEnd?: ((watcher: object) => void) | undefined
}

type Step = IteratorResult<InventoryMessage, undefined>

/**
 * One client's stream: reset, the state in chunks, ready, then changes. Nothing is queued for a slow reader but the names of
 * the objects (and fields) that differ from what it has: whatever it asks for next is the state of then.
 */
export class Watcher implements AsyncIterableIterator<InventoryMessage, undefined> {
  readonly #inventory: WatchedInventory
  readonly #clock: Clock
  readonly #options: WatchOptions
  readonly #pending: PendingChanges
  readonly #initial: readonly ObjectRef[]
  readonly #unsubscribe: () => void
  #phase: 'reset' | 'initial' | 'live' | 'ended' = 'reset'
  #initialAt = 0
  /** Changes that still belong to the delivery under way. */
  #deliveryLeft = 0
  /** The last few, oldest first. */
  readonly #deliveries: Array<{ readonly atMs: number; readonly urgent: boolean }> = []
  #waiting: ((step: Step) => void) | null = null
  #cancelTimer: (() => void) | null = null

  constructor(inventory: WatchedInventory, clock: Clock, options: WatchOptions) {
    this.#inventory = inventory
    this.#clock = clock
    this.#options = options
    this.#initial = [...inventory.visible(options.workspaceId)]
    this.#pending = new PendingChanges(inventory, this.#initial)
    this.#unsubscribe = inventory.subscribe((changes) => this.#heard(changes))
    if (options.signal?.aborted) this.end()
    else options.signal?.addEventListener('abort', this.end, { once: true })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  get ended(): boolean {
    return this.#phase === 'ended'
  }

  /** Objects whose news wait for this reader. Never more than it knows plus those that are there. */
  get backlog(): number {
    return this.#pending.size
  }

  next(): Promise<Step> {
    if (this.#waiting) return Promise.reject(new TypeError('One message at a time.'))
    const message = this.#take()
    if (message) return Promise.resolve({ done: false, value: message })
    if (this.#phase === 'ended') return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve) => {
      this.#waiting = resolve
      this.#arm()
    })
  }

  return(): Promise<Step> {
    this.end()
    return Promise.resolve({ done: true, value: undefined })
  }

  /** Ends the stream: a reader that waits is told at once. */
  readonly end = (): void => {
    if (this.#phase === 'ended') return
    this.#phase = 'ended'
    this.#unsubscribe()
    this.#options.signal?.removeEventListener('abort', this.end)
    this.#cancelTimer?.()
    this.#pending.clear()
    this.#answer({ done: true, value: undefined })
    this.#options.onEnd?.(this)
  }

  #heard(changes: readonly StoreChange[]): void {
    const { workspaceId } = this.#options
    for (const change of changes) {
      if (workspaceId === undefined || change.workspaceId === null || change.workspaceId === workspaceId) this.#pending.add(change)
    }
    if (this.#waiting) this.#arm()
  }

  #answer(step: Step): void {
    const waiting = this.#waiting
    this.#waiting = null
    waiting?.(step)
  }

  /** Answers the waiting reader now or sets the timer for when it is due. */
  #arm(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = null
    const message = this.#take()
    if (message) this.#answer({ done: false, value: message })
    if (message || this.#pending.size === 0 || this.#phase !== 'live') return
    this.#cancelTimer = this.#clock.after(this.#dueInMs(), () => {
      this.#cancelTimer = null
      if (this.#waiting) this.#arm()
    })
  }

  #dueInMs(): number {
    const nowMs = this.#clock.nowMs()
    // The clock was set back: what lies in the future says nothing of how long ago it was.
    if (timeOf(this.#deliveries.at(-1)) > nowMs) this.#deliveries.length = 0
    const urgent = this.#deliveries.filter((delivery) => delivery.urgent)
    const few = urgent.filter(({ atMs }) => atMs > nowMs - 1_000).length < FIRST_FEW
    const spaced = this.#pending.urgent
      ? timeOf(urgent.at(-1)) + (few ? FIRST_SPACING_MS : SPACING_MS)
      : timeOf(this.#deliveries.at(-1)) + QUIET_MS
    const first = this.#deliveries.length < PER_SECOND ? Number.NEGATIVE_INFINITY : timeOf(this.#deliveries[0]) + 1_000
    return Math.max(0, Math.max(spaced, first) - nowMs)
  }

  #take(): InventoryMessage | undefined {
    switch (this.#phase) {
      case 'ended':
        return undefined
      case 'reset':
        this.#phase = 'initial'
        return { type: 'reset', epoch: this.#inventory.epoch, counts: this.#counts() }
      case 'initial':
        return this.#takeInitial()
      case 'live':
        return this.#takeLive()
    }
  }

  #takeInitial(): InventoryMessage {
    const changes: Change[] = []
    while (changes.length < CHUNK && this.#initialAt < this.#initial.length) {
      const ref = this.#initial[this.#initialAt++]
      const change = ref && this.#pending.takeNew(ref.entity, ref.id)
      if (change) changes.push(change)
    }
    if (changes.length > 0) return { type: 'changes', changes }
    this.#phase = 'live'
    return { type: 'ready', atMs: this.#clock.nowMs() }
  }

  #takeLive(): InventoryMessage | undefined {
    if (this.#deliveryLeft === 0) {
      if (this.#pending.size === 0 || this.#dueInMs() > 0) return undefined
      this.#deliveryLeft = this.#pending.size
      this.#deliveries.push({ atMs: this.#clock.nowMs(), urgent: this.#pending.urgent })
      if (this.#deliveries.length > PER_SECOND) this.#deliveries.shift()
    }
    const changes = this.#pending.take(Math.min(CHUNK, this.#deliveryLeft))
    this.#deliveryLeft = this.#pending.size === 0 ? 0 : this.#deliveryLeft - changes.length
    return { type: 'changes', changes }
  }

  #counts(): Record<string, number> {
    const counts: Record<string, number> = {}
    for (const { entity } of this.#initial) counts[entity] = (counts[entity] ?? 0) + 1
    return counts
  }
}

function timeOf(delivery: { readonly atMs: number } | undefined): number {
  return delivery?.atMs ?? Number.NEGATIVE_INFINITY
}
