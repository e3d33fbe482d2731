import type { Duplex } from 'node:stream'
import { errorFromRemote, isLibvirtError, LibvirtError } from '../errors.ts'
import { codecOf } from '../wire/codec.ts'
import type { RemoteError } from '../wire/generated/types.ts'
import { WireError } from '../wire/wire-error.ts'
import { CallLanes, type LaneLimits } from './call-lanes.ts'
import type { Clock } from './clock.ts'
import {
  CALL,
  type Frame,
  FrameReader,
  headerOnly,
  KEEPALIVE_PROGRAM,
  MESSAGE,
  payloadReader,
  REPLY,
  STATUS_ERROR,
  STATUS_OK,
  STREAM,
  STREAM_HOLE,
  sealFrame,
} from './frame.ts'
import { Keepalive, type KeepaliveOptions, PING, PONG } from './keepalive.ts'
import { PendingCall, type RpcCall } from './pending-call.ts'
import type { RpcStream, StreamPort } from './rpc-stream.ts'

export interface ConnectionOptions {
  readonly clock: Clock
  readonly limits: LaneLimits
  readonly keepalive: KeepaliveOptions
  /** A message that the daemon sent on its own. A WireError from here closes the connection. */
  readonly onMessage: (frame: Frame) => void
}

/** What went over a connection so far. */
export interface ConnectionStats {
  readonly calls: number
  readonly errors: number
  /** Replies to calls that had been given up. */
  readonly lateReplies: number
  /** Packets of streams that had ended on our side. */
  readonly strayPackets: number
  readonly messages: number
  readonly bytesRead: number
  readonly bytesWritten: number
  readonly queued: number
  readonly inFlight: number
}

/**
 * libvirt's RPC over one duplex: one reader, a map from serial to the call that waits, each settled once. Knows no procedure.
 *
 * Anything that breaks the protocol closes the connection: nothing after a bad header can be trusted.
 */
export class RpcConnection {
  readonly #duplex: Duplex
  readonly #options: ConnectionOptions
  readonly #reader = new FrameReader()
  readonly #lanes: CallLanes
  readonly #waiting = new Map<number, PendingCall>()
  readonly #streams = new Map<number, RpcStream>()
  readonly #pausing = new Set<number>()
  readonly #keepalive: Keepalive
  readonly #counts = { calls: 0, errors: 0, lateReplies: 0, strayPackets: 0, messages: 0, bytesRead: 0, bytesWritten: 0 }
  readonly closed: Promise<LibvirtError>
  #resolveClosed: (reason: LibvirtError) => void = () => {}
  #drain: { promise: Promise<void>; resolve: () => void; reject: (error: LibvirtError) => void } | undefined
  #serial = 0
  #owesPong = false
  #closeReason: LibvirtError | undefined

  constructor(duplex: Duplex, options: ConnectionOptions) {
    this.#duplex = duplex
    this.#options = options
    this.#lanes = new CallLanes(options.limits)
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
    this.#keepalive = new Keepalive(
      options.clock,
      options.keepalive,
      () => this.#sendKeepalive(PING),
      () => this.close(new LibvirtError('unreachable', 'libvirt.keepalive-timeout', 'the host stopped answering')),
    )
    duplex.on('data', (chunk: Buffer) => this.#received(chunk))
    duplex.on('drain', () => this.#drained())
    duplex.on('error', (error: Error) => this.#lost(error.message, error))
    duplex.on('end', () => this.#lost('the host closed the connection'))
    duplex.on('close', () => this.#lost('the connection is gone'))
  }

  get stats(): ConnectionStats {
    return { ...this.#counts, queued: this.#lanes.queued, inFlight: this.#lanes.inFlight }
  }

  /** Why it is closed, or undefined while it is open. */
  get closeReason(): LibvirtError | undefined {
    return this.#closeReason
  }

  /** Once the daemon said that it answers keepalive messages. */
  startKeepalive(): void {
    if (this.#closeReason === undefined) this.#keepalive.start()
  }

  /** Sends a call when its turn comes and settles with the decoded reply. */
  call<T>(call: RpcCall<T>): Promise<T> {
    const pending = new PendingCall<T>(call)
    const waiting = pending as PendingCall
    if (call.signal?.aborted === true) {
      pending.rejectUnanswered('cancelled', 'libvirt.call-cancelled', 'given up by the caller', call.signal.reason)
    } else if (this.#closeReason !== undefined) {
      this.#failUnanswered(waiting, this.#closeReason)
    } else {
      this.#lanes.add(waiting)
      pending.watch(this.#options.clock, () => this.#givenUp(waiting))
      this.#pump()
    }
    return pending.promise
  }

  /** Closes at once: everything that waits is settled with `reason` (a change that had left: `indeterminate`). */
  close(reason: LibvirtError): void {
    if (this.#closeReason !== undefined) return
    this.#closeReason = reason
    this.#keepalive.stop()
    this.#duplex.destroy()
    const waiting = [...this.#waiting.values()]
    const streams = [...this.#streams.values()]
    this.#waiting.clear()
    this.#streams.clear()
    for (const call of [...waiting, ...this.#lanes.drain()]) this.#failUnanswered(call, reason)
    for (const stream of streams) stream.fail(reason)
    this.#drain?.reject(reason)
    this.#resolveClosed(reason)
  }

  #failUnanswered(call: PendingCall, reason: LibvirtError): void {
    call.rejectUnanswered(reason.kind, reason.code, reason.message, reason)
  }

  #lost(message: string, cause?: unknown): void {
    const rest = this.#reader.pendingBytes > 0 ? ' in the middle of a message' : ''
    this.close(new LibvirtError('unreachable', 'libvirt.connection-lost', `${message}${rest}`, { cause }))
  }

  #givenUp(call: PendingCall): void {
    if (!call.sent) {
      this.#lanes.remove(call)
    } else if (call.call.stream !== undefined) {
      this.#streams.delete(call.serial)
    }
  }

  /** Sends what may be sent. While the transport is full calls wait here, where giving one up still means that it never left. */
  #pump(): void {
    if (this.#closeReason !== undefined || this.#lanes.queued === 0) return
    const cork = this.#lanes.queued > 1
    if (cork) this.#duplex.cork()
    while (!this.#duplex.writableNeedDrain) {
      const next = this.#lanes.take()
      if (next === undefined) break
      this.#send(next)
    }
    if (cork) this.#duplex.uncork()
  }

  #send(pending: PendingCall): void {
    const { call } = pending
    const serial = this.#nextSerial()
    let frame: Buffer
    try {
      frame = sealFrame(call.writer, { program: call.program, procedure: call.procedure, type: CALL, serial, status: STATUS_OK })
    } catch (error) {
      this.#lanes.release(pending)
      const message = error instanceof Error ? error.message : 'the call cannot be written'
      pending.reject(new LibvirtError('invalid-input', 'libvirt.message-too-large', `${call.name}: ${message}`, { procedure: call.name }))
      return
    }
    pending.serial = serial
    this.#waiting.set(serial, pending)
    if (call.stream !== undefined) {
      this.#streams.set(serial, call.stream)
      call.stream.attach(this.#portFor(serial, call.program, call.procedure))
    }
    this.#counts.calls++
    this.#write(frame)
    call.onSent?.()
  }

  #nextSerial(): number {
    do {
      this.#serial = (this.#serial + 1) >>> 0
    } while (this.#serial === 0 || this.#waiting.has(this.#serial) || this.#streams.has(this.#serial))
    return this.#serial
  }

  #write(bytes: Uint8Array): void {
    this.#counts.bytesWritten += bytes.length
    this.#duplex.write(bytes)
  }

  #drained(): void {
    if (this.#owesPong) {
      this.#owesPong = false
      this.#sendKeepalive(PONG)
    }
    this.#drain?.resolve()
    this.#drain = undefined
    this.#pump()
  }

  #waitForDrain(): Promise<void> {
    if (this.#closeReason !== undefined) return Promise.reject(this.#closeReason)
    if (!this.#duplex.writableNeedDrain) return Promise.resolve()
    if (this.#drain === undefined) {
      let resolve: () => void = () => {}
      let reject: (error: LibvirtError) => void = () => {}
      const promise = new Promise<void>((ok, failed) => {
        resolve = ok
        reject = failed
      })
      promise.catch(() => {})
      this.#drain = { promise, resolve, reject }
    }
    return this.#drain.promise
  }

  #received(chunk: Buffer): void {
    if (this.#closeReason !== undefined) return
    this.#counts.bytesRead += chunk.length
    this.#keepalive.received()
    try {
      this.#reader.push(chunk, (frame) => {
        this.#dispatch(frame)
        return this.#closeReason === undefined
      })
    } catch (error) {
      const message = error instanceof Error ? error.message : 'unreadable message'
      const kind = error instanceof WireError || isLibvirtError(error) ? 'protocol' : 'bug'
      this.close(new LibvirtError(kind, 'libvirt.protocol-violation', `the host broke the protocol: ${message}`, { cause: error }))
    }
  }

  #dispatch(frame: Frame): void {
    if (frame.program === KEEPALIVE_PROGRAM) this.#keepaliveMessage(frame)
    else if (frame.type === REPLY) this.#reply(frame)
    else if (frame.type === STREAM || frame.type === STREAM_HOLE) this.#streamPacket(frame)
    else if (frame.type === MESSAGE) {
      this.#counts.messages++
      this.#options.onMessage(frame)
    } else throw new WireError('union', `a host does not send messages of type ${frame.type}`)
  }

  #keepaliveMessage(frame: Frame): void {
    if (frame.type !== MESSAGE || (frame.procedure !== PING && frame.procedure !== PONG) || frame.payload.length > 0) {
      throw new WireError('union', `keepalive message ${frame.procedure} of type ${frame.type}`)
    }
    if (frame.procedure !== PING) return
    // A host that asks and does not read would fill our memory with answers: it gets one once it reads on.
    if (this.#duplex.writableNeedDrain) this.#owesPong = true
    else this.#sendKeepalive(PONG)
  }

  #sendKeepalive(procedure: number): void {
    this.#write(headerOnly({ program: KEEPALIVE_PROGRAM, procedure, type: MESSAGE, serial: 0, status: STATUS_OK }, 0))
  }

  #reply(frame: Frame): void {
    const pending = this.#waiting.get(frame.serial)
    if (pending === undefined) throw new WireError('union', `a reply to serial ${frame.serial}, which waits for none`)
    const { call } = pending
    if (frame.program !== call.program || frame.procedure !== call.procedure) {
      throw new WireError(
        'union',
        `the reply to ${call.name} names procedure ${frame.procedure} of program 0x${frame.program.toString(16)}`,
      )
    }
    if (frame.status !== STATUS_OK && frame.status !== STATUS_ERROR) throw new WireError('union', `a reply of status ${frame.status}`)
    if (pending.settled) this.#lateReply(frame, pending)
    else if (frame.status === STATUS_ERROR) this.#failed(frame, pending)
    else pending.resolve(readReply(frame, call))
    this.#waiting.delete(frame.serial)
    this.#lanes.release(pending)
    this.#pump()
  }

  #failed(frame: Frame, pending: PendingCall): void {
    const reader = payloadReader(frame)
    const remote = codecOf('RemoteError').read(reader) as RemoteError
    reader.end()
    const error = errorFromRemote(remote, pending.call.name)
    this.#counts.errors++
    this.#streams.delete(frame.serial)
    pending.call.stream?.fail(error)
    pending.reject(error)
  }

  /** What came too late must be given back, else it stays in the daemon: a stream is closed, the rest is for who called. */
  #lateReply(frame: Frame, pending: PendingCall): void {
    this.#counts.lateReplies++
    if (frame.status !== STATUS_OK) return
    pending.call.late?.(payloadReader(frame))
    if (pending.call.stream === undefined) return
    const header = { program: frame.program, procedure: frame.procedure, type: STREAM, serial: frame.serial, status: STATUS_ERROR }
    this.#write(headerOnly(header, 0))
  }

  #streamPacket(frame: Frame): void {
    const stream = this.#streams.get(frame.serial)
    if (stream !== undefined) stream.packet(frame)
    else if (frame.serial === 0 || frame.serial > this.#serial) {
      throw new WireError('union', `a packet of stream ${frame.serial}, never opened`)
    } else this.#counts.strayPackets++
  }

  #portFor(serial: number, program: number, procedure: number): StreamPort {
    return {
      clock: this.#options.clock,
      send: (type, status, payload) => {
        if (this.#closeReason !== undefined) return
        this.#duplex.cork()
        this.#write(headerOnly({ program, procedure, type, serial, status }, payload.length))
        if (payload.length > 0) this.#write(payload)
        this.#duplex.uncork()
      },
      drained: () => this.#waitForDrain(),
      pauseReading: (paused) => this.#pauseReading(serial, paused),
      release: () => {
        this.#streams.delete(serial)
        this.#pauseReading(serial, false)
      },
    }
  }

  #pauseReading(serial: number, paused: boolean): void {
    const before = this.#pausing.size > 0
    if (paused) this.#pausing.add(serial)
    else this.#pausing.delete(serial)
    const after = this.#pausing.size > 0
    if (before === after || this.#closeReason !== undefined) return
    this.#keepalive.setPaused(after)
    if (after) this.#duplex.pause()
    else this.#duplex.resume()
  }
}

function readReply<T>(frame: Frame, call: RpcCall<T>): T {
  const reader = payloadReader(frame)
  const value = call.decode(reader)
  reader.end()
  return value
}
