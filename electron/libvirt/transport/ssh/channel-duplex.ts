import { Duplex } from 'node:stream'
import type { ClientChannel } from 'ssh2'

const STDERR_TAIL_BYTES = 4096

/** How a remote command ended. */
export interface ChannelExit {
  readonly code: number | null
  readonly signal?: string | undefined
}

/**
 * A channel of the ssh library as a stream that keeps the rules: `destroy(error)` works, a write after the end fails instead of waiting
 * forever, a lost connection is an error and not a quiet end, and reading pauses the channel, so the remote side stops at the window of
 * 2 MiB. Ends the writable half when the remote side ends.
 */
export class ChannelDuplex extends Duplex {
  readonly #channel: ClientChannel
  readonly #kind: 'socket' | 'command'
  #pendingWrite: ((error?: Error | null) => void) | undefined
  #remoteEnded = false
  #stderr: Buffer = Buffer.alloc(0)
  #explain: ((exit: ChannelExit | undefined, stderrTail: string) => Error) | undefined
  /** Bytes received so far. */
  bytesRead = 0
  /** Set once a command has ended. */
  exit: ChannelExit | undefined

  /** `kind` is `command` when the end of the stream waits for the exit code, so that whoever sees the end can say why. */
  constructor(channel: ClientChannel, kind: 'socket' | 'command' = 'socket') {
    super({ allowHalfOpen: false, readableHighWaterMark: 1 << 20, writableHighWaterMark: 1 << 18 })
    this.#channel = channel
    this.#kind = kind
    channel.on('data', (chunk: Buffer) => {
      this.bytesRead += chunk.length
      if (!this.push(chunk)) channel.pause()
    })
    channel.stderr.on('data', (chunk: Buffer) => {
      this.#stderr = Buffer.concat([this.#stderr, chunk]).subarray(-STDERR_TAIL_BYTES)
    })
    if (kind === 'socket') channel.on('end', () => this.#onRemoteEnd())
    channel.on('close', () => this.#onRemoteEnd())
    channel.on('exit', (code: number | null, signal?: string) => {
      this.exit = { code, signal }
    })
    channel.on('error', (error: Error) => this.destroy(error))
  }

  /** The last 4 KiB that a command wrote to its standard error. */
  get stderrTail(): string {
    return this.#stderr.toString('utf8')
  }

  /** Of a shell: its terminal has another size now. Without a word when it is over. */
  resize(columns: number, rows: number): void {
    if (!this.#remoteEnded && this.#channel.writable) this.#channel.setWindow(rows, columns, 0, 0)
  }

  /** For a proxy command: if it ends without having delivered anything, the stream fails with what `explain` makes of it. */
  failOnSilentEnd(explain: (exit: ChannelExit | undefined, stderrTail: string) => Error): void {
    this.#explain = explain
    // It may have ended in the same breath as it was started.
    if (this.#remoteEnded && this.bytesRead === 0 && !this.destroyed) this.destroy(explain(this.exit, this.stderrTail))
  }

  override _read(): void {
    this.#channel.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    if (this.#remoteEnded || !this.#channel.writable) {
      callback(this.#broken())
      return
    }
    this.#pendingWrite = callback
    this.#channel.write(chunk, (error) => this.#settleWrite(error))
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#channel.end()
    callback()
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#remoteEnded = true
    this.#settleWrite(error ?? brokenPipe())
    // Nobody reads any more: let what is buffered run out, so that the library forgets the channel.
    this.#channel.resume()
    this.#channel.destroy()
    callback(error)
  }

  #onRemoteEnd(): void {
    if (this.#remoteEnded) return
    this.#remoteEnded = true
    const explained = this.bytesRead === 0 && !this.destroyed ? this.#explain?.(this.exit, this.stderrTail) : undefined
    this.#settleWrite(explained ?? this.#broken())
    if (this.destroyed) return
    if (explained) this.destroy(explained)
    else this.push(null)
  }

  /** A command that ends without reading its input has done nothing wrong: its exit code tells. */
  #broken(): Error | null {
    return this.#kind === 'command' ? null : brokenPipe()
  }

  #settleWrite(error?: Error | null): void {
    const callback = this.#pendingWrite
    this.#pendingWrite = undefined
    callback?.(error)
  }
}

function brokenPipe(): Error {
  return Object.assign(new Error('write after the remote side has closed'), { code: 'EPIPE' })
}
