import { AppError } from '../../../shared/errors/index.ts'
import type { Connection, ConnectionId } from '../../../shared/model/index.ts'
import type { AskPerson, Clock, ConnectOptions, Logger, ProviderConnection } from '../../providers/provider.ts'
import type { Inventory } from '../inventory/inventory.ts'
import type { MetricsHistory } from '../metrics/metrics-history.ts'
import type { EventSink, Links } from '../ports.ts'
import { AttemptGate } from './attempt-gate.ts'
import { bounded } from './bounded.ts'
import { ConnectionRunner } from './connection-runner.ts'
import { InterestRegistry } from './interest.ts'
import { LinkEvents } from './link-events.ts'
import { LinkSink } from './link-sink.ts'
import { NetworkMonitor } from './network-monitor.ts'
import { ATTEMPT_MS, GRACE_MS } from './reconnect-policy.ts'

/** Attempts at once, the first transfer of the state included. */
const PARALLEL_ATTEMPTS = 8
/** With a person there, who takes time to look up a code; a provider's own deadline stands still meanwhile. */
const ATTENDED_MS = 600_000
/** A heartbeat that comes so late means that the computer slept. */
const HEARTBEAT_MS = 10_000
const SLEPT_MS = 30_000
/** When the network is back, so far apart at most do all connections start. */
const RESUME_SPREAD_MS = 5_000

export interface SupervisorOptions {
  readonly clock: Clock
  readonly log: Logger
  readonly inventory: Inventory
  readonly metrics: MetricsHistory
  readonly events: EventSink
  /** Opens a link with the present configuration and secrets of a connection. */
  readonly open: (connection: Connection, options: ConnectOptions) => Promise<ProviderConnection>
  readonly isLocal: (connection: Connection) => boolean
}

/** Keeps every enabled connection's link open, for all providers alike. Record: docs/decisions/0001. */
export class Supervisor implements Links {
  readonly interest: InterestRegistry
  readonly #options: SupervisorOptions
  readonly #runners = new Map<ConnectionId, ConnectionRunner>()
  readonly #listeners = new Set<(id: ConnectionId) => void>()
  readonly #gate = new AttemptGate(PARALLEL_ATTEMPTS)
  readonly #linkEvents: LinkEvents
  readonly #network: NetworkMonitor
  #stopHeartbeat: (() => void) | null = null
  #stopped = false

  constructor(options: SupervisorOptions) {
    this.#options = options
    const { clock, inventory, events } = options
    this.interest = new InterestRegistry(inventory, (id, interest) => this.current(id)?.setInterest(interest))
    this.#linkEvents = new LinkEvents(clock, events)
    this.#network = new NetworkMonitor({
      clock,
      onDown: (connections) => this.#networkDown(connections),
      onUp: (downMs) => this.#networkUp(downMs),
      probe: (id, atMs) => this.#probe(id as ConnectionId, atMs),
    })
  }

  current(connectionId: ConnectionId): ProviderConnection | undefined {
    return this.#runners.get(connectionId)?.link
  }

  onChange(listener: (connectionId: ConnectionId) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Begins to keep a connection's link. It must be in the inventory, and not switched off. */
  start(id: ConnectionId): void {
    const connection = this.#options.inventory.get('connection', id)
    if (!connection || connection.status === 'disabled' || this.#stopped || this.#runners.has(id)) return
    if (!this.#stopHeartbeat) this.#heartbeat()
    const { clock, log, inventory } = this.#options
    const runner = new ConnectionRunner(id, this.#options.isLocal(connection), {
      clock,
      log,
      inventory,
      gate: this.#gate,
      network: this.#network,
      events: this.#linkEvents,
      open: (connectionId, signal, ask) => this.#open(connectionId, signal, ask),
      sinkFor: (connectionId) => this.#sinkFor(connectionId),
      interestOf: (connectionId) => this.interest.of(connectionId),
      onLink: (connectionId) => {
        for (const listener of this.#listeners) listener(connectionId)
      },
    })
    this.#runners.set(id, runner)
    runner.start()
  }

  /** Ends it. `reason`: a code, shown with what has become stale by it. */
  async stop(id: ConnectionId, reason: string): Promise<void> {
    const runner = this.#runners.get(id)
    this.#runners.delete(id)
    await runner?.stop(reason)
  }

  /** Another configuration or other secrets: from the beginning. */
  async restart(id: ConnectionId): Promise<void> {
    await this.stop(id, 'connection.restarted')
    this.start(id)
  }

  /** Now instead of at the next attempt. */
  tryNow(id: ConnectionId): void {
    this.#runners.get(id)?.tryNow()
  }

  /** One attempt now whose questions a person answers. Resolves when it has ended, however that was; at once when it is online. */
  async logIn(id: ConnectionId, ask: AskPerson): Promise<void> {
    await this.#runners.get(id)?.logIn(ask)
  }

  tryAllNow(): void {
    for (const runner of this.#runners.values()) runner.tryNow()
  }

  /** For good. */
  async stopAll(): Promise<void> {
    this.#stopped = true
    this.#stopHeartbeat?.()
    this.#network.stop()
    this.#linkEvents.flush()
    await Promise.all([...this.#runners.keys()].map((id) => this.stop(id, 'console.closed')))
  }

  /** A laptop that was closed: whoever waits for a later attempt is tried now. */
  #heartbeat(): void {
    const { clock } = this.#options
    const dueMs = clock.nowMs() + HEARTBEAT_MS
    this.#stopHeartbeat = clock.after(HEARTBEAT_MS, () => {
      if (clock.nowMs() - dueMs >= SLEPT_MS) this.#woke()
      this.#heartbeat()
    })
  }

  #woke(): void {
    if (this.#network.down) {
      this.#network.hurry()
      return
    }
    for (const runner of this.#runners.values()) if (runner.waiting) runner.tryNow()
  }

  async #open(id: ConnectionId, signal: AbortSignal, ask: AskPerson | undefined): Promise<ProviderConnection> {
    const { inventory, open, clock } = this.#options
    const connection = inventory.get('connection', id)
    if (!connection) throw new AppError({ kind: 'not-found', code: 'connection.unknown', message: 'This connection is no longer known.' })
    const abort = new AbortController()
    const opening = open(connection, { signal: AbortSignal.any([signal, abort.signal]), timeoutMs: ATTEMPT_MS, onPrompt: ask })
    const longestMs = ask ? ATTENDED_MS : ATTEMPT_MS
    try {
      return await bounded(opening, {
        clock,
        signal,
        timeoutMs: longestMs + GRACE_MS,
        overdue: () => attemptTimedOut(connection.name, longestMs),
      })
    } catch (thrown) {
      abort.abort()
      // whatever still opens late is not wanted any more, nor is how it ends
      void opening.then((link) => link.close()).catch(() => {})
      throw thrown
    }
  }

  #sinkFor(connectionId: ConnectionId): LinkSink {
    const { inventory, metrics, events, clock } = this.#options
    return new LinkSink({ connectionId, inventory, metrics, events, clock })
  }

  #networkDown(connections: number): void {
    this.#linkEvents.networkDown(connections)
    for (const runner of this.#runners.values()) runner.park()
  }

  #networkUp(downMs: number): void {
    this.#linkEvents.networkUp(downMs)
    for (const runner of this.#runners.values())
      runner.resume(this.#options.clock.random() * Math.min(RESUME_SPREAD_MS, this.#runners.size * 25))
  }

  #probe(id: ConnectionId, atMs: number | null): void {
    const runner = this.#runners.get(id)
    if (atMs === null) runner?.tryNow()
    else runner?.announce(atMs)
  }
}

function attemptTimedOut(name: string, withinMs: number): AppError {
  return new AppError({ kind: 'timeout', code: 'connection.timeout', message: `${name} did not answer within ${withinMs / 1_000} s.` })
}
