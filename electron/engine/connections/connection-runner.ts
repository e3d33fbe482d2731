import { AppError, toAppError, toWireError } from '../../../shared/errors/index.ts'
import { type Connection, type ConnectionId, sameAccounts } from '../../../shared/model/index.ts'
import type { AskPerson, Clock, Interest, Logger, ProviderConnection } from '../../providers/provider.ts'
import type { Inventory } from '../inventory/inventory.ts'
import type { AttemptGate } from './attempt-gate.ts'
import { bounded } from './bounded.ts'
import type { LinkEvents } from './link-events.ts'
import type { LinkSink } from './link-sink.ts'
import type { NetworkMonitor } from './network-monitor.ts'
import { looksLikeNetwork, nextAttempt } from './reconnect-policy.ts'

/** A link that lived so long was a good one: the next failure starts from the shortest delay. */
const STEADY_MS = 10_000
const FIRST_STATE_MS = 120_000
const GRACE_MS = 5_000

/** What all runners share. */
export interface RunnerSurroundings {
  readonly clock: Clock
  readonly log: Logger
  readonly inventory: Inventory
  readonly gate: AttemptGate
  readonly network: NetworkMonitor
  readonly events: LinkEvents
  /** Opens one link with the connection's present configuration and secrets. */
  readonly open: (id: ConnectionId, signal: AbortSignal, ask?: AskPerson) => Promise<ProviderConnection>
  readonly sinkFor: (id: ConnectionId) => LinkSink
  readonly interestOf: (id: ConnectionId) => Interest
  readonly onLink: (id: ConnectionId) => void
}

/** The life of one connection: tries, holds, loses and regains its link. Nothing it does removes anything that is known. */
export class ConnectionRunner {
  readonly id: ConnectionId
  /** Its failures say nothing about the network. */
  readonly #local: boolean
  readonly #with: RunnerSurroundings
  /** Failures in a row. */
  #failures = 0
  #trying: AbortController | null = null
  #queued = false
  #open: { readonly link: ProviderConnection; readonly sink: LinkSink; readonly sinceMs: number } | null = null
  #cancelTimer: (() => void) | null = null
  #parked = false
  /** What the event log was last told, so that it is not told again at every attempt. */
  #told: 'nothing' | 'online' | 'unreachable' | 'attention' = 'nothing'

  constructor(id: ConnectionId, local: boolean, surroundings: RunnerSurroundings) {
    this.id = id
    this.#local = local
    this.#with = surroundings
  }

  /** The open link, its first state complete. */
  get link(): ProviderConnection | undefined {
    return this.#open?.link
  }

  /** For its next attempt by itself. */
  get waiting(): boolean {
    return this.#cancelTimer !== null
  }

  start(): void {
    if (!this.#local) this.#with.network.expect(this.id)
    this.#patch({ status: 'connecting', nextAttemptAtMs: null })
    this.tryNow()
  }

  /** Tries at once unless it is online or trying already. */
  tryNow(): void {
    if (this.#open || (this.#trying && !this.#queued)) return
    this.#clearTimer()
    this.#parked = false
    if (!this.#trying) void this.#try()
  }

  /** An attempt that a person attends. It waits for no other, and takes the place of one that is under way. */
  async logIn(ask: AskPerson): Promise<void> {
    if (this.#open) return
    this.#trying?.abort()
    this.#clearTimer()
    this.#parked = false
    await this.#try(ask)
  }

  /** Waits for the network: no attempt but by `tryNow` or `resume`. An attempt that has begun goes on. */
  park(): void {
    if (this.#open || this.#local || this.#connection?.status === 'needs-attention') return
    if (this.#trying && !this.#queued) return
    this.#trying?.abort()
    this.#trying = null
    this.#clearTimer()
    this.#parked = true
    this.#patch({ status: 'offline', nextAttemptAtMs: null })
  }

  /** The network is back. */
  resume(delayMs: number): void {
    if (!this.#parked) return
    this.#parked = false
    this.#failures = 0
    // what still fails now is its own trouble, and worth its own line
    if (this.#told === 'unreachable') this.#told = 'nothing'
    this.#schedule(delayMs)
  }

  /** It will be tried then, by the network's probe. */
  announce(atMs: number): void {
    if (this.#parked) this.#patch({ nextAttemptAtMs: atMs })
  }

  /** Ends the link or the attempt. What is known stays, as stale. */
  async stop(reason: string): Promise<void> {
    this.#trying?.abort()
    this.#trying = null
    this.#clearTimer()
    this.#parked = false
    this.#failures = 0
    this.#told = 'nothing'
    this.#with.network.forget(this.id)
    const open = this.#open
    if (!open) return
    this.#detach(reason)
    await this.#close(open.link)
  }

  /** Never throws, and never waits long: a link that does not end must not hold up what comes after it. */
  async #close(link: ProviderConnection): Promise<void> {
    const { clock, log } = this.#with
    const bounds = { clock, signal: new AbortController().signal, timeoutMs: GRACE_MS, overdue: closeTimedOut }
    await bounded(link.close(), bounds).catch((thrown: unknown) =>
      log.warn('closing a link failed', { id: this.id, error: toWireError(thrown) }),
    )
  }

  get #connection(): Connection | undefined {
    return this.#with.inventory.get('connection', this.id)
  }

  #patch(patch: Partial<Connection>): void {
    this.#with.inventory.update('connection', this.id, patch)
  }

  #clearTimer(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = null
  }

  #schedule(delayMs: number): void {
    this.#clearTimer()
    this.#patch({ status: 'offline', nextAttemptAtMs: this.#with.clock.nowMs() + delayMs })
    this.#cancelTimer = this.#with.clock.after(delayMs, () => {
      this.#cancelTimer = null
      void this.#try()
    })
  }

  async #try(ask?: AskPerson): Promise<void> {
    const abort = new AbortController()
    this.#trying = abort
    let leave: (() => void) | undefined
    try {
      if (!ask) {
        this.#queued = true
        leave = await this.#with.gate.enter(abort.signal)
      }
      this.#queued = false
      abort.signal.throwIfAborted()
      this.#patch({ status: 'connecting', nextAttemptAtMs: null })
      await this.#connect(abort, ask)
    } catch (thrown) {
      if (abort.signal.aborted) return
      this.#trying = null
      this.#failed(toAppError(thrown))
    } finally {
      leave?.()
      if (this.#trying === abort) this.#trying = null
    }
  }

  async #connect(abort: AbortController, ask: AskPerson | undefined): Promise<void> {
    const { open, network, sinkFor, interestOf, clock } = this.#with
    const link = await open(this.id, abort.signal, ask)
    if (!this.#local) network.answered(this.id)
    const sink = sinkFor(this.id)
    const ended = link.closed.then((error) => {
      throw error ?? linkClosed()
    })
    ended.catch(() => {})
    try {
      abort.signal.throwIfAborted()
      link.setInterest(interestOf(this.id))
      const { signal } = abort
      const first = Promise.race([link.watch(sink, { signal, timeoutMs: FIRST_STATE_MS }), ended])
      await bounded(first, { clock, signal, timeoutMs: FIRST_STATE_MS + GRACE_MS, overdue: firstStateTimedOut })
      signal.throwIfAborted()
    } catch (thrown) {
      sink.close()
      await this.#close(link)
      throw thrown
    }
    this.#open = { link, sink, sinceMs: clock.nowMs() }
    this.#online(link, sink)
    ended.catch((thrown: unknown) => this.#lost(link, toAppError(thrown)))
  }

  #online(link: ProviderConnection, sink: LinkSink): void {
    const { inventory, clock, events, onLink } = this.#with
    const nowMs = clock.nowMs()
    inventory.transaction(() => {
      this.#patch({
        status: 'online',
        error: null,
        nextAttemptAtMs: null,
        freshness: { state: 'live' },
        observedAtMs: nowMs,
        lastOnlineAtMs: nowMs,
        capabilities: link.capabilities,
      })
      inventory.setHostsFreshness(this.id, { state: 'live' }, nowMs)
      sink.applyUnseen()
    })
    const connection = this.#connection
    if (connection && this.#told !== 'online') {
      events.note('connection.online', connection, null)
      // The one that comes online first has nobody to name yet.
      const others = sameAccounts(this.id, inventory.all('host')).flatMap((id) => inventory.get('connection', id) ?? [])
      const online = others.filter(({ status }) => status === 'online')
      if (online.length > 0) events.addedTwice(connection, online)
    }
    this.#told = 'online'
    onLink(this.id)
  }

  #lost(link: ProviderConnection, error: AppError): void {
    const open = this.#open
    if (open?.link !== link) return
    if (this.#with.clock.nowMs() - open.sinceMs >= STEADY_MS) this.#failures = 0
    this.#detach(error.code)
    void this.#close(link)
    this.#failed(error)
  }

  /** The link is no more: everything that came through it is stale from now on, and stays. */
  #detach(reason: string): void {
    const { inventory, clock, onLink } = this.#with
    this.#open?.sink.close()
    this.#open = null
    const nowMs = clock.nowMs()
    const freshness = { state: 'stale', sinceMs: nowMs, reason } as const
    inventory.transaction(() => {
      this.#patch({ freshness, observedAtMs: nowMs, lastOnlineAtMs: nowMs })
      inventory.setHostsFreshness(this.id, freshness)
    })
    onLink(this.id)
  }

  #failed(error: AppError): void {
    const { network, clock, log } = this.#with
    this.#failures++
    const next = nextAttempt(error, this.#failures, clock.random())
    log.debug('connection attempt failed', { id: this.id, error: toWireError(error), failures: this.#failures })
    this.#patch({
      status: next.again ? 'offline' : 'needs-attention',
      error: toWireError(error),
      nextAttemptAtMs: null,
    })
    this.#tell(error, next.again)
    if (!this.#local) network.failed(this.id, error.kind)
    if (!next.again) return
    if (network.down && !this.#local && looksLikeNetwork(error.kind)) this.#parked = true
    else this.#schedule(next.delayMs)
  }

  #tell(error: AppError, again: boolean): void {
    const connection = this.#connection
    if (!connection) return
    const { events, network } = this.#with
    if (network.down && !this.#local && looksLikeNetwork(error.kind)) {
      // said by the notice of the lost network
      this.#told = 'unreachable'
    } else if (!again) {
      if (this.#told !== 'attention') events.note('connection.needs-attention', connection, error)
      this.#told = 'attention'
    } else if (this.#told === 'online') {
      events.note('connection.lost', connection, error)
      this.#told = 'unreachable'
    } else if (this.#told === 'nothing') {
      events.note('connection.unreachable', connection, error)
      this.#told = 'unreachable'
    }
  }
}

function firstStateTimedOut(): AppError {
  return new AppError({
    kind: 'timeout',
    code: 'connection.first-state-timeout',
    message: `The host was reached, but did not say within ${FIRST_STATE_MS / 1_000} s what it has.`,
  })
}

function closeTimedOut(): AppError {
  return new AppError({ kind: 'timeout', code: 'link.close-timeout', message: `The link did not end within ${GRACE_MS / 1_000} s.` })
}

function linkClosed(): AppError {
  return new AppError({ kind: 'unreachable', code: 'link.closed', message: 'The far side closed the link.' })
}
