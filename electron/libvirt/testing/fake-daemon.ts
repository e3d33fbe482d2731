import { type Duplex, duplexPair } from 'node:stream'
import {
  CALL,
  type Frame,
  FrameReader,
  frameWriter,
  HEADER_BYTES,
  type Header,
  headerOnly,
  KEEPALIVE_PROGRAM,
  MESSAGE,
  REMOTE_PROGRAM,
  REPLY,
  STATUS_CONTINUE,
  STATUS_ERROR,
  STATUS_OK,
  STREAM,
  STREAM_HOLE,
  sealFrame,
} from '../rpc/frame.ts'
import { PING, PONG } from '../rpc/keepalive.ts'
import { codecOf } from '../wire/codec.ts'
import type { MessageMap, ProcedureMap, RemoteError } from '../wire/generated/types.ts'
import { messageTable, type ProcedureRow, procedureTable } from '../wire/procedure-table.ts'
import { XdrReader } from '../wire/xdr-reader.ts'
import { XdrWriter } from '../wire/xdr-writer.ts'

/** Returned by a handler that answers later, or never. */
export const HOLD: unique symbol = Symbol('hold')

type Name = keyof ProcedureMap
type Handler<P extends Name> = (
  args: ProcedureMap[P]['args'],
  call: FakeCall,
) => ProcedureMap[P]['ret'] | typeof HOLD | Promise<ProcedureMap[P]['ret'] | typeof HOLD>

/** Thrown by a handler: the call fails with this virErrorNumber. */
export class FakeFailure extends Error {
  readonly number: number
  readonly domain: number

  /** `domain` is the virErrorDomain; that of the qemu driver without it. */
  constructor(number: number, message: string, domain = 10) {
    super(message)
    this.number = number
    this.domain = domain
  }
}

/** A call that reached the daemon. `reply` and `fail` may be called at any time, in any order, even twice. */
export interface FakeCall {
  readonly name: string
  readonly serial: number
  readonly args: unknown
  reply(ret?: unknown): void
  fail(number: number, message: string, domain?: number): void
  /** The daemon's end of the stream that the call opened. */
  readonly stream: FakeStream
}

/** The daemon's end of a stream. */
export interface FakeStream {
  /** Packets that came, in order. */
  readonly packets: readonly Frame[]
  /** All bytes that came. */
  bytes(): Buffer
  send(bytes: Uint8Array): void
  hole(length: bigint): void
  endOfData(): void
  /** Answers the client's finish. */
  confirm(): void
  fail(number: number, message: string): void
}

/**
 * A libvirt daemon in memory that does as it is told: answers, fails, holds back, reorders, loses replies, reads slowly, sends half a frame or
 * garbage, dies. Knows how to let a client connect; everything else is scripted with {@link on}.
 */
export class FakeDaemon {
  /** The client's end. */
  readonly stream: Duplex
  readonly calls: FakeCall[] = []
  /** PINGs that came. */
  pings = 0
  pongs = 0
  /** PINGs and PONGs as they came, whole. */
  readonly keepalives: Buffer[] = []
  answersPings = true
  readonly #socket: Duplex
  readonly #reader = new FrameReader()
  readonly #handlers = new Map<string, (args: unknown, call: FakeCall) => unknown>()
  readonly #streams = new Map<number, { packets: Frame[] }>()
  #callbacks = 0

  constructor(highWaterMark?: number) {
    const [client, server] = duplexPair(highWaterMark === undefined ? {} : { highWaterMark })
    this.stream = client
    this.#socket = server
    server.on('data', (chunk: Buffer) =>
      this.#reader.push(chunk, (frame) => {
        this.#received(frame)
        return true
      }),
    )
    server.on('error', () => {})
    this.on('authList', () => ({ types: [0] }))
    this.on('connectSupportsFeature', () => ({ supported: 1 }))
    this.on('connectOpen', () => undefined)
    this.on('connectClose', () => undefined)
    this.on('connectRegisterCloseCallback', () => undefined)
    this.on('connectGetLibVersion', () => ({ libVer: 9_000_000n }))
    this.on('connectDomainEventCallbackRegisterAny', () => ({ callbackID: ++this.#callbacks }))
    this.on('connectDomainEventCallbackDeregisterAny', () => undefined)
    this.on('connectNetworkEventRegisterAny', () => ({ callbackID: ++this.#callbacks }))
    this.on('connectNetworkEventDeregisterAny', () => undefined)
  }

  /** Sets what a procedure does. */
  on<P extends Name>(name: P, handler: Handler<P>): void {
    this.#handlers.set(name, (args, call) => handler(args as ProcedureMap[P]['args'], call))
  }

  /** Calls of a procedure that came so far. */
  callsOf(name: Name): readonly FakeCall[] {
    return this.calls.filter((call) => call.name === name)
  }

  /** Sends a message of its own accord. */
  emit<M extends keyof MessageMap>(name: M, message: MessageMap[M]): void {
    const row = messageTable().find((candidate) => candidate.name === name)
    if (row === undefined) throw new TypeError(`no message ${name}`)
    const writer = frameWriter()
    codecOf(row.message).write(writer, message)
    this.raw(sealFrame(writer, { program: row.program, procedure: row.number, type: MESSAGE, serial: 0, status: STATUS_OK }))
  }

  ping(): void {
    this.raw(headerOnly({ program: KEEPALIVE_PROGRAM, procedure: PING, type: MESSAGE, serial: 0, status: STATUS_OK }, 0))
  }

  /** Sends bytes as they are. */
  raw(bytes: Uint8Array): void {
    this.#socket.write(bytes)
  }

  /** Sends a message with any header and payload. */
  frame(header: Partial<Header>, payload: Uint8Array = new Uint8Array(0)): void {
    const full = { program: REMOTE_PROGRAM, procedure: 1, type: REPLY, serial: 1, status: STATUS_OK, ...header }
    this.raw(Buffer.concat([headerOnly(full, payload.length), payload]))
  }

  /** Sends the first half of a message and nothing after it. */
  halfFrame(): void {
    this.raw(
      headerOnly({ program: REMOTE_PROGRAM, procedure: 1, type: REPLY, serial: 1, status: STATUS_OK }, 100).subarray(0, HEADER_BYTES - 8),
    )
  }

  /** Stops and goes on reading what the client sends. */
  pauseReading(): void {
    this.#socket.pause()
  }

  resumeReading(): void {
    this.#socket.resume()
  }

  /** Hangs up in order, or in the middle. */
  hangUp(): void {
    this.#socket.end()
  }

  die(): void {
    this.#socket.destroy(new Error('connection reset'))
    this.stream.destroy(new Error('connection reset'))
  }

  #received(frame: Frame): void {
    if (frame.program === KEEPALIVE_PROGRAM) this.#keepalive(frame)
    else if (frame.type === STREAM || frame.type === STREAM_HOLE) this.#streamState(frame.serial).packets.push(frame)
    else if (frame.type === CALL) void this.#call(frame)
  }

  #keepalive(frame: Frame): void {
    this.keepalives.push(headerOnly(frame, frame.payload.length))
    if (frame.procedure === PONG) this.pongs++
    if (frame.procedure !== PING) return
    this.pings++
    const header = { program: KEEPALIVE_PROGRAM, procedure: PONG, type: MESSAGE, serial: 0, status: STATUS_OK }
    if (this.answersPings) this.raw(headerOnly(header, 0))
  }

  async #call(frame: Frame): Promise<void> {
    const row = [...procedureTable().values()].find(
      (candidate) => candidate.number === frame.procedure && candidate.program === frame.program,
    )
    if (row === undefined) throw new TypeError(`the client called the unknown procedure ${frame.procedure}`)
    const call = this.#fakeCall(row, frame)
    this.calls.push(call)
    const handler = this.#handlers.get(row.name)
    if (handler === undefined) {
      call.fail(3, `${row.name} is not scripted`)
      return
    }
    try {
      const ret = await handler(call.args, call)
      if (ret !== HOLD) call.reply(ret)
    } catch (error) {
      if (error instanceof FakeFailure) call.fail(error.number, error.message, error.domain)
      else throw error
    }
  }

  #fakeCall(row: ProcedureRow, frame: Frame): FakeCall {
    const header = { program: frame.program, procedure: frame.procedure, serial: frame.serial }
    const reader = new XdrReader(frame.payload)
    const args = row.args === undefined ? undefined : codecOf(row.args).read(reader)
    reader.end()
    return {
      name: row.name,
      serial: frame.serial,
      args,
      reply: (ret) => {
        const writer = frameWriter()
        if (row.ret !== undefined) codecOf(row.ret).write(writer, ret)
        this.raw(sealFrame(writer, { ...header, type: REPLY, status: STATUS_OK }))
      },
      fail: (number, message, domain) => this.#fail({ ...header, type: REPLY, status: STATUS_ERROR }, number, message, domain),
      stream: this.#stream(header),
    }
  }

  #fail(header: Header, number: number, message: string, domain?: number): void {
    const writer = frameWriter()
    codecOf('RemoteError').write(writer, fakeRemoteError(number, message, domain))
    this.raw(sealFrame(writer, header))
  }

  #streamState(serial: number): { packets: Frame[] } {
    const known = this.#streams.get(serial)
    if (known !== undefined) return known
    const state = { packets: [] }
    this.#streams.set(serial, state)
    return state
  }

  #stream(header: { readonly program: number; readonly procedure: number; readonly serial: number }): FakeStream {
    const { packets } = this.#streamState(header.serial)
    const send = (type: number, status: number, payload: Uint8Array) => this.frame({ ...header, type, status }, payload)
    return {
      packets,
      bytes: () => Buffer.concat(packets.filter((packet) => packet.type === STREAM).map((packet) => packet.payload)),
      send: (bytes) => send(STREAM, STATUS_CONTINUE, bytes),
      hole: (length) => {
        const writer = new XdrWriter()
        writer.hyper(length)
        writer.uint(0)
        send(STREAM_HOLE, STATUS_CONTINUE, writer.finish())
      },
      endOfData: () => send(STREAM, STATUS_CONTINUE, new Uint8Array(0)),
      confirm: () => send(STREAM, STATUS_OK, new Uint8Array(0)),
      fail: (number, message) => this.#fail({ ...header, type: STREAM, status: STATUS_ERROR }, number, message),
    }
  }
}

/** An error as a daemon sends it. */
export function fakeRemoteError(number: number, message: string, domain = 10): RemoteError {
  return { code: number, domain, message, level: 2, dom: null, str1: '%s', str2: message, str3: null, int1: 0, int2: 0, net: null }
}
