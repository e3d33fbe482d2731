import type { CallOptions, CallParameters, LibvirtClient, OpenedStream } from './client.ts'
import type { ConnectionFacts } from './connection-facts.ts'
import { type HostPart, PART_OF_EVENTS, partOf, SPLIT } from './daemons.ts'
import type { LibvirtError } from './errors.ts'
import { EVENTS, type EventName, type EventOf, type SubscribeOptions, type Subscription } from './events.ts'
import { connectHypervisor, connectPart, type DaemonKind, type HostOptions } from './host-connect.ts'
import { isBulk, isLong } from './long-calls.ts'
import { bounded } from './rpc/bounded.ts'
import { systemClock } from './rpc/clock.ts'
import type { ConnectionStats } from './rpc/connection.ts'
import type { CallOptions as Bounds } from './rpc/pending-call.ts'
import type { StreamProcedureName } from './wire/generated/types.ts'
import { type CallName, type ProcedureArgs, type ProcedureRet, procedureRow } from './wire/procedure-table.ts'
import type { XdrReader } from './wire/xdr-reader.ts'

/**
 * A host as one: split daemons where they run, each call going to the one that serves it over a connection opened at its first use, else
 * the monolithic daemon. The hypervisor's connection is the host: when it is lost, so is the host.
 *
 * Throws what the transport or {@link connectLibvirt} throws; where no daemon is there, what opening virtqemud threw, unless libvirtd's
 * socket is there with nobody listening.
 */
export async function openHost(options: HostOptions): Promise<LibvirtHost> {
  const { daemons, client } = await connectHypervisor(options)
  return new LibvirtHost(options, daemons, client)
}

/** See {@link openHost}. Calls, streams and events as on {@link LibvirtClient}. */
export class LibvirtHost implements AsyncDisposable {
  readonly daemons: DaemonKind
  /** The connection that domains are served by. */
  readonly hypervisor: LibvirtClient
  /** Settles when the hypervisor's connection is over. */
  readonly closed: Promise<LibvirtError>
  readonly #options: HostOptions
  readonly #parts = new Map<HostPart, Promise<LibvirtClient>>()
  /** For long changes, and for many short calls, by purpose and part; opened at the first of them. */
  readonly #aside = new Map<string, Promise<LibvirtClient>>()
  readonly #all = new Set<LibvirtClient>()

  constructor(options: HostOptions, daemons: DaemonKind, hypervisor: LibvirtClient) {
    this.#options = options
    this.daemons = daemons
    this.hypervisor = hypervisor
    this.closed = hypervisor.closed.then((reason) => {
      this.#destroyAll(reason)
      return reason
    })
    this.#adopt(hypervisor)
  }

  /** Of the hypervisor's daemon. */
  get facts(): ConnectionFacts {
    return this.hypervisor.facts
  }

  get closeReason(): LibvirtError | undefined {
    return this.hypervisor.closeReason
  }

  /** Of all connections together. */
  get stats(): ConnectionStats & { readonly connections: number } {
    const sum = { calls: 0, errors: 0, lateReplies: 0, strayPackets: 0, messages: 0, bytesRead: 0, bytesWritten: 0, queued: 0, inFlight: 0 }
    for (const client of this.#all) {
      const { stats } = client
      for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += stats[key]
    }
    return { ...sum, connections: this.#all.size }
  }

  /** The connection that serves a part, opened at its first use. */
  client(part: HostPart, bounds: Bounds = {}): Promise<LibvirtClient> {
    if (this.daemons === 'monolithic' || part === 'hypervisor') return Promise.resolve(this.hypervisor)
    const opening = this.#parts.get(part) ?? this.#openShared(part)
    return bounded(opening, this.#options.clock ?? systemClock, bounds, `connecting to ${SPLIT[part].daemon}`, { sent: false })
  }

  /** For every caller, so no single caller's bounds apply to it. */
  #openShared(part: HostPart): Promise<LibvirtClient> {
    const opening = this.#open(part, {})
    this.#parts.set(part, opening)
    const forget = () => {
      if (this.#parts.get(part) === opening) this.#parts.delete(part)
    }
    opening.then(async (client) => {
      const reason = await client.closed
      forget()
      if (this.closeReason === undefined) this.#options.onPartLost?.(part, reason)
    }, forget)
    return opening
  }

  /** Calls a procedure on the daemon that serves it. */
  async call<P extends CallName>(name: P, ...parameters: CallParameters<P>): Promise<ProcedureRet<P>> {
    const [, options = {}] = parameters
    const { dedicated = isLong(name) } = options
    const part = partOf(procedureRow(name).group)
    const client = dedicated
      ? await this.#asideClient(dedicated === true ? 'long' : dedicated, part, options)
      : await this.client(part, options)
    return client.call(name, ...parameters)
  }

  /** As {@link LibvirtClient.callWith}. */
  async callWith<P extends CallName, T>(
    name: P,
    args: ProcedureArgs<P>,
    read: (reader: XdrReader) => T,
    options: CallOptions = {},
  ): Promise<T> {
    const client = await this.client(partOf(procedureRow(name).group), options)
    return client.callWith(name, args, read, options)
  }

  /** Opens a stream, in bulk ones over a connection of their own. */
  async openStream<P extends StreamProcedureName>(name: P, args: ProcedureArgs<P>, options: CallOptions = {}): Promise<OpenedStream<P>> {
    const { dedicated = isBulk(name), ...bounds } = options
    const part = partOf(procedureRow(name).group)
    if (!dedicated) return (await this.client(part, bounds)).openStream(name, args, bounds)
    const client = await this.#open(part, bounds)
    try {
      const opened = await client.openStream(name, args, bounds)
      void opened.stream.ended.then(() => client.close())
      return opened
    } catch (error) {
      await client.close()
      throw error
    }
  }

  /** Subscribes on the daemon that the event comes from. */
  async subscribe<N extends EventName>(
    name: N,
    listener: (event: EventOf<N>) => void,
    options: SubscribeOptions<N> = {},
  ): Promise<Subscription> {
    const client = await this.client(PART_OF_EVENTS[EVENTS[name].family], options)
    return client.events.subscribe(name, listener, options)
  }

  /** Closes every connection. */
  async close(timeoutMs?: number): Promise<void> {
    await Promise.all([...this.#all].map((client) => client.close(timeoutMs)))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /**
   * Four long changes are as many as a daemon takes of one client before it stops reading: on the shared connection they would keep a power
   * off waiting. It stays open with the host, so that no client leaves while an answer to it is written.
   */
  async #asideClient(purpose: 'long' | 'many', part: HostPart, bounds: Bounds): Promise<LibvirtClient> {
    // The test driver has its state for each connection.
    if (this.facts.uri.startsWith('test:')) return this.client(part, bounds)
    const served = this.daemons === 'monolithic' ? 'hypervisor' : part
    const key = `${purpose} ${served}`
    let opening = this.#aside.get(key)
    if (opening === undefined) {
      const begun = this.#open(served, {})
      const forget = () => {
        if (this.#aside.get(key) === begun) this.#aside.delete(key)
      }
      begun.then((client) => client.closed.then(forget), forget)
      this.#aside.set(key, begun)
      opening = begun
    }
    // Where no second connection can be had (a limit of the daemon or of sshd), the shared one has to do.
    const either = opening.catch(() => this.client(part, bounds))
    return bounded(either, this.#options.clock ?? systemClock, bounds, 'connecting for a call aside', { sent: false })
  }

  async #open(part: HostPart, bounds: Bounds): Promise<LibvirtClient> {
    if (this.closeReason !== undefined) throw this.closeReason
    const client = await connectPart(this.#options, part, this.daemons, bounds)
    this.#adopt(client)
    // The host may have been lost while this connection was made.
    if (this.closeReason !== undefined) client.destroy(this.closeReason)
    return client
  }

  #adopt(client: LibvirtClient): void {
    this.#all.add(client)
    void client.closed.then(() => this.#all.delete(client))
  }

  #destroyAll(reason: LibvirtError): void {
    for (const client of this.#all) client.destroy(reason)
  }
}
