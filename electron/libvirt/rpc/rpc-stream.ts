import { errorFromRemote, isLibvirtError, LibvirtError } from '../errors.ts'
import { codecOf } from '../wire/codec.ts'
import type { RemoteError } from '../wire/generated/types.ts'
import { WireError } from '../wire/wire-error.ts'
import { XdrReader } from '../wire/xdr-reader.ts'
import { XdrWriter } from '../wire/xdr-writer.ts'
import { bounded } from './bounded.ts'
import type { CallOptions } from './call-options.ts'
import type { Clock } from './clock.ts'
import { type Frame, STATUS_CONTINUE, STATUS_ERROR, STATUS_OK, STREAM, STREAM_CHUNK_BYTES, STREAM_HOLE } from './frame.ts'

/** What a stream delivers: bytes, or a run of zeros that was not sent (sparse streams only). */
export type StreamPiece = { readonly type: 'data'; readonly bytes: Buffer } | { readonly type: 'hole'; readonly length: bigint }

/** What a stream needs of its connection. */
export interface StreamPort {
  readonly clock: Clock
  /** Sends one packet of the stream. */
  send(type: number, status: number, payload: Uint8Array): void
  /** Settles when the transport takes more; rejects when the connection is gone. */
  drained(): Promise<void>
  /** Stops or goes on reading from the transport. */
  pauseReading(paused: boolean): void
  /** The stream is over for the daemon: no packet of it comes any more or those that come are dropped. */
  release(): void
}

/** Bytes that may wait for a slow consumer before the connection stops reading, and where it starts again. */
const READ_HIGH_BYTES = 1_048_576
const READ_LOW_BYTES = 262_144
/** What a queued piece counts besides its bytes, so that a flood of holes or of single bytes is bounded too. */
const PIECE_COST_BYTES = 128

type Waiter = { resolve: (piece: StreamPiece | null) => void; reject: (error: unknown) => void }

/**
 * A stream inside a connection: a console, a volume's upload or download, a screenshot, a tunnelled migration.
 *
 * Reading: {@link read} until null, or `for await`. A consumer that falls behind by 1 MiB stops the whole connection from reading until
 * it catches up, as the protocol has no window of its own: give bulk transfers a connection of their own.
 * Writing: await {@link write}; it settles when the transport has room.
 * Ending: {@link finish} tells the daemon that all is well and waits for its word; {@link abort} breaks off.
 */
export class RpcStream implements AsyncIterable<StreamPiece> {
  readonly #name: string
  #port: StreamPort | undefined
  readonly #pieces: StreamPiece[] = []
  #queuedBytes = 0
  #paused = false
  #eof = false
  #error: unknown
  #state: 'open' | 'finishing' | 'closed' = 'open'
  #reader: Waiter | undefined
  #writing: Promise<void> = Promise.resolve()
  #ended: (() => void) | undefined
  readonly #endedPromise: Promise<void>

  constructor(name: string) {
    this.#name = name
    this.#endedPromise = new Promise((resolve) => {
      this.#ended = resolve
    })
  }

  /** The connection attaches itself when it sends the call. */
  attach(port: StreamPort): void {
    this.#port = port
  }

  /** Settles when the stream is over, whichever way; see {@link error}. */
  get ended(): Promise<void> {
    return this.#endedPromise
  }

  /** Why it broke, if it did. */
  get error(): unknown {
    return this.#error
  }

  /** The next piece, or null at the end. One read at a time. Rejects with what broke the stream once everything before it was read. */
  async read(options: CallOptions = {}): Promise<StreamPiece | null> {
    if (this.#reader !== undefined) throw new LibvirtError('bug', 'libvirt.stream-read-twice', `${this.#name}: a read is already waiting`)
    const piece = this.#pieces.shift()
    if (piece !== undefined) {
      this.#consumed(piece)
      return piece
    }
    if (this.#error !== undefined) throw this.#error
    if (this.#eof || this.#state === 'closed') return null
    const next = new Promise<StreamPiece | null>((resolve, reject) => {
      this.#reader = { resolve, reject }
    })
    return bounded(next, this.#clock(), options, `${this.#name}: reading`, { sent: true, run: () => (this.#reader = undefined) })
  }

  async *[Symbol.asyncIterator](): AsyncIterator<StreamPiece> {
    for (let piece = await this.read(); piece !== null; piece = await this.read()) yield piece
  }

  /** Only the bytes, for streams that were not opened sparse. */
  async *bytes(): AsyncGenerator<Buffer> {
    for await (const piece of this) {
      if (piece.type === 'hole') throw new LibvirtError('protocol', 'libvirt.unexpected-hole', `${this.#name}: a hole in a stream of bytes`)
      yield piece.bytes
    }
  }

  /** Sends bytes, in packets that every daemon takes. Settles when the transport has room for more. Writes keep their order. */
  write(bytes: Uint8Array, options: CallOptions = {}): Promise<void> {
    return this.#inOrder(async (port) => {
      for (let at = 0; at < bytes.length; at += STREAM_CHUNK_BYTES) {
        if (at > 0) this.#checkWritable()
        port.send(STREAM, STATUS_CONTINUE, bytes.subarray(at, at + STREAM_CHUNK_BYTES))
        await bounded(port.drained(), port.clock, options, `${this.#name}: writing`, { sent: true })
      }
    })
  }

  /** Sends a run of zeros as its length (the stream must have been opened sparse). */
  writeHole(length: bigint, options: CallOptions = {}): Promise<void> {
    return this.#inOrder(async (port) => {
      const writer = new XdrWriter(0, 12)
      writer.hyper(length)
      writer.uint(0)
      port.send(STREAM_HOLE, STATUS_CONTINUE, writer.finish())
      await bounded(port.drained(), port.clock, options, `${this.#name}: writing`, { sent: true })
    })
  }

  /**
   * Ends the stream in order: everything written before is with the daemon when this settles. Rejects with the daemon's error when it could
   * not finish (a full disk), with `indeterminate` when no word came.
   */
  async finish(options: CallOptions = {}): Promise<void> {
    if (this.#state === 'closed') return this.#throwIfBroken()
    await this.#inOrder(async (port) => {
      this.#state = 'finishing'
      port.send(STREAM, STATUS_OK, new Uint8Array(0))
    })
    this.#discardQueue()
    await bounded(this.ended, this.#clock(), options, `${this.#name}: finishing`, { sent: true, kind: 'indeterminate' })
    this.#throwIfUnanswered()
    this.#throwIfBroken()
  }

  /** Breaks the stream off, at once and without waiting for the daemon. What it received until then is undefined. */
  abort(reason?: unknown): void {
    if (this.#state === 'closed') return
    const error = new LibvirtError('cancelled', 'libvirt.stream-aborted', `${this.#name}: broken off`, { sent: true, cause: reason })
    this.#port?.send(STREAM, STATUS_ERROR, new Uint8Array(0))
    this.#discardQueue()
    this.#close(error)
  }

  /** `await using` aborts what was not finished. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.abort()
  }

  /** From the connection: a packet came. A WireError thrown here closes the connection. */
  packet(frame: Frame): void {
    if (frame.status === STATUS_ERROR) {
      const reader = new XdrReader(frame.payload)
      const remote = codecOf('RemoteError').read(reader) as RemoteError
      reader.end()
      this.#close(errorFromRemote(remote, this.#name))
    } else if (frame.status === STATUS_OK) this.#close(undefined)
    else if (this.#state === 'open') this.#piece(frame)
  }

  #piece(frame: Frame): void {
    if (frame.type === STREAM_HOLE) this.#arrived(readHole(frame.payload))
    else if (frame.payload.length > 0) this.#arrived({ type: 'data', bytes: ownBytes(frame.payload) })
    else this.#reachedEnd()
  }

  /** From the connection: it is gone, or the call that opens the stream failed. */
  fail(error: LibvirtError): void {
    this.#close(error)
  }

  #arrived(piece: StreamPiece): void {
    const reader = this.#reader
    if (reader !== undefined) {
      this.#reader = undefined
      reader.resolve(piece)
      return
    }
    this.#pieces.push(piece)
    this.#queuedBytes += cost(piece)
    if (this.#queuedBytes >= READ_HIGH_BYTES) this.#pause(true)
  }

  #consumed(piece: StreamPiece): void {
    this.#queuedBytes -= cost(piece)
    if (this.#queuedBytes <= READ_LOW_BYTES) this.#pause(false)
  }

  #discardQueue(): void {
    this.#pieces.length = 0
    this.#queuedBytes = 0
    this.#pause(false)
  }

  #pause(paused: boolean): void {
    if (this.#paused === paused) return
    this.#paused = paused
    this.#port?.pauseReading(paused)
  }

  #reachedEnd(): void {
    this.#eof = true
    this.#reader?.resolve(null)
    this.#reader = undefined
  }

  #close(error: unknown): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#error = error
    this.#eof = true
    if (error === undefined) this.#reader?.resolve(null)
    else this.#reader?.reject(error)
    this.#reader = undefined
    this.#port?.release()
    this.#ended?.()
  }

  #throwIfBroken(): void {
    if (this.#error !== undefined) throw this.#error
  }

  /** The finish had left when the connection was lost: whether everything arrived is open. */
  #throwIfUnanswered(): void {
    const error = this.#error
    if (!isLibvirtError(error) || error.remote !== undefined || error.kind === 'cancelled') return
    const details = { procedure: this.#name, sent: true, cause: error }
    throw new LibvirtError(
      'indeterminate',
      error.code,
      `${this.#name}: the end of the stream was not confirmed (${error.message})`,
      details,
    )
  }

  #checkWritable(): void {
    this.#throwIfBroken()
    if (this.#state !== 'open') throw new LibvirtError('precondition', 'libvirt.stream-closed', `${this.#name}: the stream is closed`)
  }

  #inOrder(step: (port: StreamPort) => Promise<void>): Promise<void> {
    const turn = this.#writing.then(async () => {
      this.#checkWritable()
      const port = this.#port
      if (port === undefined) throw new LibvirtError('bug', 'libvirt.stream-not-open', `${this.#name}: written before it was opened`)
      await step(port)
    })
    this.#writing = turn.catch(ignore)
    return turn
  }

  #clock(): Clock {
    const port = this.#port
    if (port === undefined) throw new LibvirtError('bug', 'libvirt.stream-not-open', `${this.#name}: used before it was opened`)
    return port.clock
  }
}

function ignore(error: unknown): void {
  // The caller of the failed write has the error; the next write finds the stream closed or goes on.
  if (!isLibvirtError(error)) throw error
}

function cost(piece: StreamPiece): number {
  return PIECE_COST_BYTES + (piece.type === 'data' ? piece.bytes.length : 0)
}

/**
 * A payload shares memory with all that the transport delivered with it: kept as it is, one byte could hold on to the 32 MiB of a message
 * before it, and a queue of single bytes to many times that. One that fills its memory is not copied.
 */
function ownBytes(payload: Buffer): Buffer {
  return payload.length * 2 < payload.buffer.byteLength ? Buffer.from(new Uint8Array(payload).buffer) : payload
}

function readHole(payload: Buffer): StreamPiece {
  const reader = new XdrReader(payload)
  const length = reader.hyper()
  reader.uint()
  reader.end()
  if (length < 0n) throw new WireError('bound', `a hole of ${length} bytes`)
  return { type: 'hole', length }
}
