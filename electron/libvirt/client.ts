import type { Duplex } from 'node:stream'
import type { ConnectionFacts } from './connection-facts.ts'
import { LibvirtError } from './errors.ts'
import { LibvirtEvents, type ReplyHooks } from './events.ts'
import { DEFAULT_LIMITS, type LaneLimits } from './rpc/call-lanes.ts'
import { type Clock, systemClock } from './rpc/clock.ts'
import { type ConnectionStats, RpcConnection } from './rpc/connection.ts'
import { frameWriter } from './rpc/frame.ts'
import type { KeepaliveOptions } from './rpc/keepalive.ts'
import { DEFAULT_KEEPALIVE } from './rpc/keepalive.ts'
import type { CallOptions as RpcCallOptions } from './rpc/pending-call.ts'
import { RpcStream } from './rpc/rpc-stream.ts'
import { codecOf } from './wire/codec.ts'
import type { StreamProcedureName } from './wire/generated/types.ts'
import {
  type CallName,
  type ProcedureArgs,
  type ProcedureName,
  type ProcedureRet,
  type ProcedureRow,
  procedureRow,
} from './wire/procedure-table.ts'
import { WireError } from './wire/wire-error.ts'
import type { XdrReader } from './wire/xdr-reader.ts'
import type { XdrWriter } from './wire/xdr-writer.ts'

/** What bounds a call, and what is known of it. */
export interface CallOptions extends RpcCallOptions {
  /**
   * Whether sending it twice changes nothing. Known for every procedure from the table (reads are); set it where the caller knows better,
   * such as a setter that writes the same value again.
   */
  readonly idempotent?: boolean | undefined
  /**
   * Of a host: whether it goes over another connection than the shared one, on which it would hold others up. Long changes do by default,
   * all over one connection for each part, and so do streams in bulk (volumes, tunnelled migrations), each over one of its own: a stream
   * whose consumer is slow stops its connection. Consoles, screenshots and everything else share. `many`: it is one of thousands of short
   * ones, or its answer is long; these have a connection of their own too, as the long ones may be under way for hours. A single connection
   * knows nothing of it.
   */
  readonly dedicated?: boolean | 'many' | undefined
}

/** Options of {@link LibvirtClient}. */
export interface ClientOptions {
  /** Of calls that name none. 30 s. `Infinity` for none. */
  readonly callTimeoutMs?: number | undefined
  /** Probing of an idle connection; `intervalMs: 0` for none. 5 s and 5 times. */
  readonly keepalive?: KeepaliveOptions | undefined
  /** How many calls may be unanswered at once. */
  readonly limits?: Partial<LaneLimits> | undefined
  readonly clock?: Clock | undefined
  /** What a listener of an event threw. Rethrown as an uncaught error without this. */
  readonly onListenerError?: ((error: unknown) => void) | undefined
}

/** Procedures that take no arguments. */
type ArglessName = { [P in ProcedureName]: ProcedureArgs<P> extends object ? never : P }[ProcedureName]

type NoArgs = Readonly<Record<string, never>>

/** Arguments and options of a procedure; both may be left out where it takes none. */
export type CallParameters<P extends ProcedureName> = P extends ArglessName
  ? [args?: NoArgs | undefined, options?: CallOptions]
  : [args: ProcedureArgs<P>, options?: CallOptions]

/** A stream and what the call that opened it returned. */
export interface OpenedStream<P extends StreamProcedureName> {
  readonly stream: RpcStream
  readonly ret: ProcedureRet<P>
}

const CALL_TIMEOUT_MS = 30_000

function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}

/**
 * One connection to one libvirt daemon, ready for calls: every procedure of the protocol by name, typed; events; streams.
 *
 * A failed call rejects with {@link LibvirtError}. A change that had left and was not answered (the connection died, the deadline passed,
 * the signal aborted) rejects with kind `indeterminate`: probe before doing it again. `sent` tells whether it had left.
 */
export class LibvirtClient implements AsyncDisposable {
  readonly events: LibvirtEvents
  /** Settles with the reason when the connection is over. */
  readonly closed: Promise<LibvirtError>
  readonly #connection: RpcConnection
  readonly #callTimeoutMs: number
  #facts: ConnectionFacts | undefined

  constructor(stream: Duplex, options: ClientOptions = {}) {
    this.#callTimeoutMs = options.callTimeoutMs ?? CALL_TIMEOUT_MS
    this.#connection = new RpcConnection(stream, {
      clock: options.clock ?? systemClock,
      limits: { ...DEFAULT_LIMITS, ...options.limits },
      keepalive: options.keepalive ?? DEFAULT_KEEPALIVE,
      onMessage: (frame) => this.events.message(frame),
    })
    this.closed = this.#connection.closed
    const connection = this.#connection
    this.events = new LibvirtEvents(
      {
        call: (name, args, callOptions, hooks) => this.#send(procedureRow(name), args, callOptions, undefined, hooks),
        get closeReason() {
          return connection.closeReason
        },
        destroy: (reason) => this.destroy(reason),
      },
      options.onListenerError ?? throwLater,
    )
  }

  /** What is known of the daemon: version, features, how we got in. */
  get facts(): ConnectionFacts {
    if (this.#facts === undefined) throw new LibvirtError('bug', 'libvirt.not-open', 'the connection is not open yet')
    return this.#facts
  }

  /** From connectLibvirt, once the connection is open. */
  opened(facts: ConnectionFacts): void {
    this.#facts = facts
  }

  /** What went over the connection. */
  get stats(): ConnectionStats {
    return this.#connection.stats
  }

  /** Why the connection is over, or undefined while it is open. */
  get closeReason(): LibvirtError | undefined {
    return this.#connection.closeReason
  }

  /** Calls a procedure by its name: `await client.call('domainCreateWithFlags', { dom })`. */
  async call<P extends CallName>(name: P, ...[args, options]: CallParameters<P>): Promise<ProcedureRet<P>> {
    return this.#send<ProcedureRet<P>>(procedureRow(name), args, options ?? {})
  }

  /**
   * As {@link call}, with a reader of one's own for the reply: for replies so large that the general form would be wasteful.
   */
  async callWith<P extends CallName, T>(
    name: P,
    args: ProcedureArgs<P>,
    read: (reader: XdrReader) => T,
    options: CallOptions = {},
  ): Promise<T> {
    const row = procedureRow(name)
    return this.#request(row, this.#write(row, args), read, options)
  }

  /** Calls a procedure that opens a stream; settles when the daemon opened it. The caller finishes or aborts the stream. */
  async openStream<P extends StreamProcedureName>(name: P, args: ProcedureArgs<P>, options: CallOptions = {}): Promise<OpenedStream<P>> {
    const stream = new RpcStream(name)
    const ret = await this.#send<ProcedureRet<P>>(procedureRow(name), args, options, stream)
    return { stream, ret }
  }

  /** Once the daemon agreed to keepalive messages. */
  startKeepalive(): void {
    this.#connection.startKeepalive()
  }

  /** Says good-bye, for at most `timeoutMs`, and closes. Calls that still wait are settled. Safe to call twice. */
  async close(timeoutMs = 1_000): Promise<void> {
    if (this.closeReason === undefined) {
      const bye = this.call('connectClose', {}, { timeoutMs, idempotent: true })
      await bye.catch(() => {})
    }
    this.destroy(new LibvirtError('cancelled', 'libvirt.connection-closed', 'the connection was closed'))
  }

  /** Closes without a word. */
  destroy(reason: LibvirtError): void {
    this.#connection.close(reason)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #send<T>(row: ProcedureRow, args: unknown, options: CallOptions, stream?: RpcStream, hooks?: ReplyHooks<T>): Promise<T> {
    const codec = row.ret === undefined ? undefined : codecOf(row.ret)
    const decode = (reader: XdrReader): T => {
      const ret = codec?.read(reader) as T
      hooks?.onReply?.(ret)
      return ret
    }
    const onLate = hooks?.onLate
    const late = onLate && ((reader: XdrReader) => onLate(codec?.read(reader) as T))
    return this.#request(row, this.#write(row, args), decode, options, stream, late)
  }

  #request<T>(
    row: ProcedureRow,
    writer: XdrWriter,
    decode: (reader: XdrReader) => T,
    options: CallOptions,
    stream?: RpcStream,
    late?: (reader: XdrReader) => void,
  ): Promise<T> {
    return this.#connection.call({
      name: row.name,
      program: row.program,
      procedure: row.number,
      idempotent: options.idempotent ?? row.access === 'read',
      writer,
      decode,
      late,
      stream,
      signal: options.signal,
      timeoutMs: options.timeoutMs ?? this.#callTimeoutMs,
      onSent: options.onSent,
    })
  }

  #write(row: ProcedureRow, args: unknown): XdrWriter {
    const writer = frameWriter()
    if (row.args === undefined) return writer
    try {
      codecOf(row.args).write(writer, args ?? {})
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      throw new LibvirtError('invalid-input', 'libvirt.invalid-arguments', `${row.name}: ${error.message}`, {
        procedure: row.name,
        cause: error,
      })
    }
    return writer
  }
}
