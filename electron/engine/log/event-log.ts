import { toAppError } from '../../../shared/errors/index.ts'
import type { EventRecord } from '../../../shared/model/index.ts'
import type { Clock, Logger } from '../../providers/provider.ts'
import type { EventFilter, EventStore } from '../../store/store.ts'
import type { EventSink, NewEvent, SettingsReader } from '../ports.ts'

const FLUSH_AFTER_MS = 50
const RETRY_AFTER_MS = 5_000
const BATCH = 1_000
/** What waits for a store that takes no writes now; beyond it the oldest are given up. */
const MAX_WAITING = 20_000
/** A reader further behind than this is sent back to the store, so that a slow window costs no memory. */
const MAX_BACKLOG = 2_000
const PRUNE_EVERY_MS = 3_600_000
const PRUNE_CHUNK = 2_000
const DAY_MS = 86_400_000
/** Events looked at in one call of `list` with a query; the cursor goes on from there. */
const MAX_SCANNED = 20_000
const SCAN_PAGE = 1_000

export interface EventLogOptions {
  readonly store: EventStore
  readonly clock: Clock
  readonly log: Logger
  readonly settings: SettingsReader
}

export interface EventListInput {
  readonly filter?: EventFilter
  readonly matches?: (event: EventRecord) => boolean
  readonly beforeId?: number
  readonly limit: number
}

type Watcher = { backlog: EventRecord[]; overflowed: boolean; wake: () => void }

/** What happened, in order. Numbers are given here, so that a watcher sees an event before the disk does. */
export class EventLog implements EventSink {
  readonly #store: EventStore
  readonly #clock: Clock
  readonly #log: Logger
  readonly #settings: SettingsReader
  readonly #watchers = new Set<Watcher>()
  #early: NewEvent[] = []
  #waiting: EventRecord[] = []
  #lastId: number | null = null
  #flushing: Promise<void> = Promise.resolve()
  #cancelFlush: (() => void) | null = null
  #cancelPrune: (() => void) | null = null
  #stopped = false

  constructor(options: EventLogOptions) {
    this.#store = options.store
    this.#clock = options.clock
    this.#log = options.log
    this.#settings = options.settings
  }

  async start(): Promise<void> {
    this.#lastId = await this.#store.lastId()
    const early = this.#early
    this.#early = []
    for (const event of early) this.append(event)
    this.#schedulePrune(60_000)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancelPrune?.()
    for (const watcher of this.#watchers) watcher.wake()
    await this.flush()
  }

  append(event: NewEvent): void {
    if (this.#lastId === null) {
      this.#early.push({ ...event, atMs: event.atMs ?? this.#clock.nowMs() })
      return
    }
    this.#lastId += 1
    const record = numbered(event, this.#lastId, this.#clock.nowMs())
    this.#waiting.push(record)
    if (this.#waiting.length > MAX_WAITING) this.#waiting.splice(0, this.#waiting.length - MAX_WAITING)
    for (const watcher of this.#watchers) {
      if (watcher.backlog.length < MAX_BACKLOG) watcher.backlog.push(record)
      else watcher.overflowed = true
      watcher.wake()
    }
    this.#scheduleFlush(FLUSH_AFTER_MS)
  }

  /** Writes what waits. Never throws: what cannot be written now stays and is tried again. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#write())
    return this.#flushing
  }

  async list(input: EventListInput): Promise<{ items: EventRecord[]; nextBeforeId: number | null }> {
    await this.flush()
    const matches = (event: EventRecord) => fits(event, input.filter ?? {}) && (input.matches?.(event) ?? true)
    // Still here after a flush: the store takes no writes now. They are the newest.
    const kept = this.#waiting.filter((event) => (input.beforeId === undefined || event.id < input.beforeId) && matches(event)).toReversed()
    const items: EventRecord[] = kept.slice(0, input.limit)
    if (items.length === input.limit) return { items, nextBeforeId: items.at(-1)?.id ?? null }
    let beforeId = input.beforeId
    let scanned = 0
    for (;;) {
      const limit = input.matches ? SCAN_PAGE : input.limit - items.length
      const page = await this.#store.list(input.filter ?? {}, { limit, ...(beforeId !== undefined && { beforeId }) })
      for (const event of page) {
        beforeId = event.id
        if (matches(event)) items.push(event)
        if (items.length === input.limit) return { items, nextBeforeId: event.id }
      }
      scanned += page.length
      if (page.length < limit) return { items, nextBeforeId: null }
      if (scanned >= MAX_SCANNED) return { items, nextBeforeId: beforeId ?? null }
    }
  }

  /**
   * Events above `sinceId` (default: from now on), then each as it comes, until the signal fires or the engine stops; only
   * those that match, if that is asked.
   */
  async *watch(
    sinceId: number | undefined,
    signal: AbortSignal,
    matches: (event: EventRecord) => boolean = () => true,
  ): AsyncGenerator<EventRecord> {
    for await (const event of this.#follow(sinceId, signal)) if (matches(event)) yield event
  }

  async *#follow(sinceId: number | undefined, signal: AbortSignal): AsyncGenerator<EventRecord> {
    const watcher: Watcher = { backlog: [], overflowed: sinceId !== undefined, wake: () => {} }
    let seen = sinceId ?? this.#lastId ?? 0
    const onAbort = () => watcher.wake()
    this.#watchers.add(watcher)
    signal.addEventListener('abort', onAbort)
    try {
      while (!signal.aborted && !this.#stopped) {
        if (watcher.overflowed) {
          watcher.overflowed = false
          watcher.backlog = []
          for await (const event of this.#replay(seen, signal)) {
            seen = event.id
            yield event
          }
        }
        const events = watcher.backlog
        watcher.backlog = []
        for (const event of events) {
          if (event.id <= seen) continue
          seen = event.id
          yield event
        }
        if (watcher.backlog.length === 0 && !watcher.overflowed && !signal.aborted && !this.#stopped) {
          await new Promise<void>((resolve) => {
            watcher.wake = resolve
          })
        }
      }
    } finally {
      this.#watchers.delete(watcher)
      signal.removeEventListener('abort', onAbort)
    }
  }

  async *#replay(sinceId: number, signal: AbortSignal): AsyncGenerator<EventRecord> {
    await this.flush()
    let seen = sinceId
    while (!signal.aborted) {
      const page = await this.#store.since(seen, BATCH)
      yield* page
      seen = page.at(-1)?.id ?? seen
      if (page.length < BATCH) break
    }
    yield* this.#waiting.filter((event) => event.id > seen)
  }

  async #write(): Promise<void> {
    this.#cancelFlush?.()
    this.#cancelFlush = null
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, BATCH)
      try {
        await this.#store.append(batch)
      } catch (thrown) {
        this.#log.warn('events could not be written and stay in memory', { waiting: this.#waiting.length, code: toAppError(thrown).code })
        if (!this.#stopped) this.#scheduleFlush(RETRY_AFTER_MS)
        return
      }
      const written = batch.at(-1)?.id ?? 0
      this.#waiting = this.#waiting.filter((event) => event.id > written)
    }
  }

  #scheduleFlush(delayMs: number): void {
    this.#cancelFlush ??= this.#clock.after(delayMs, () => {
      this.#cancelFlush = null
      void this.flush()
    })
  }

  #schedulePrune(delayMs: number): void {
    this.#cancelPrune = this.#clock.after(delayMs, () => {
      void this.prune().finally(() => {
        if (!this.#stopped) this.#schedulePrune(PRUNE_EVERY_MS)
      })
    })
  }

  /** Deletes what is older than the retention, in small bites. Answers how many. */
  async prune(): Promise<number> {
    const olderThanMs = this.#clock.nowMs() - this.#settings.current().eventRetentionDays * DAY_MS
    let total = 0
    try {
      for (;;) {
        const deleted = await this.#store.prune(olderThanMs, PRUNE_CHUNK)
        total += deleted
        if (deleted < PRUNE_CHUNK || this.#stopped) return total
      }
    } catch (thrown) {
      this.#log.warn('old events could not be deleted', { code: toAppError(thrown).code })
      return total
    }
  }
}

function numbered(event: NewEvent, id: number, nowMs: number): EventRecord {
  return {
    id,
    atMs: event.atMs ?? nowMs,
    severity: event.severity,
    code: event.code,
    params: event.params ?? {},
    text: event.text,
    source: event.source,
    actor: event.actor ?? null,
    connectionId: event.connectionId ?? null,
    hostId: event.hostId ?? null,
    machineId: event.machineId ?? null,
    taskId: event.taskId ?? null,
    objectName: event.objectName ?? null,
  }
}

function fits(event: EventRecord, filter: EventFilter): boolean {
  return (
    (filter.machineId === undefined || event.machineId === filter.machineId) &&
    (filter.hostId === undefined || event.hostId === filter.hostId) &&
    (filter.connectionId === undefined || event.connectionId === filter.connectionId) &&
    (filter.taskId === undefined || event.taskId === filter.taskId)
  )
}
