import { rm } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** type REPLY in a message's header. */
const REPLY = 1
/** length, program, version, procedure, type, serial, status */
const HEADER_BYTES = 28

interface Pair {
  readonly client: Socket
  readonly daemon: Socket
}

const DAEMON_GRACE_MS = 5_000

/** Stands between a client and libvirt's socket, and spoils the way back when it is told to. */
export class SocketProxy {
  readonly path: string
  readonly #target: string
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  #delayMs = 0
  #cutAtReplyTo: ReadonlySet<number> = new Set()
  #swallowReplyTo: ReadonlySet<number> = new Set()

  private constructor(path: string, target: string) {
    this.path = path
    this.#target = target
    this.#server = createServer((client) => this.#accept(client))
  }

  static async listen(path: string, target: string): Promise<SocketProxy> {
    const proxy = new SocketProxy(path, target)
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject)
      proxy.#server.listen(path, resolve)
    })
    return proxy
  }

  /** Ends all connections that are open now. */
  cut(): void {
    for (const pair of this.#pairs) this.#end(pair)
  }

  /** What the daemon says arrives so much later, from now on. */
  delay(ms: number): void {
    this.#delayMs = ms
  }

  /** The connection that gets the next reply to one of these procedures ends instead. */
  cutAtReplyTo(procedures: readonly number[]): void {
    this.#cutAtReplyTo = new Set(procedures)
  }

  /** The next reply to one of these procedures never arrives; the connection stays. */
  swallowReplyTo(procedures: readonly number[]): void {
    this.#swallowReplyTo = new Set(procedures)
  }

  async close(): Promise<void> {
    this.cut()
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
    })
    await rm(this.path, { force: true })
  }

  #accept(client: Socket): void {
    const daemon = connect(this.#target)
    const pair = { client, daemon }
    this.#pairs.add(pair)
    let buffered = Buffer.alloc(0)
    client.on('data', (chunk: Buffer) => daemon.write(chunk))
    daemon.on('data', (chunk: Buffer) => {
      buffered = Buffer.concat([buffered, chunk])
      while (buffered.length >= 4 && buffered.length >= buffered.readUInt32BE(0)) {
        const length = buffered.readUInt32BE(0)
        const frame = buffered.subarray(0, length)
        buffered = buffered.subarray(length)
        this.#forward(frame, pair)
      }
    })
    const end = () => this.#end(pair)
    for (const socket of [client, daemon]) {
      socket.on('error', () => undefined)
      socket.on('close', end)
    }
  }

  /** The daemon sees its client go a little later: leaving while it is about to answer can crash libvirtd 9.0. */
  #end(pair: Pair): void {
    this.#pairs.delete(pair)
    pair.client.destroy()
    if (!pair.daemon.destroyed) setTimeout(() => pair.daemon.destroy(), DAEMON_GRACE_MS)
  }

  #forward(frame: Buffer, { client, daemon }: Pair): void {
    const replyTo = frame.length >= HEADER_BYTES && frame.readUInt32BE(16) === REPLY ? frame.readUInt32BE(12) : -1
    if (this.#cutAtReplyTo.has(replyTo)) {
      this.#cutAtReplyTo = new Set()
      this.#end({ client, daemon })
      return
    }
    if (this.#swallowReplyTo.has(replyTo)) {
      this.#swallowReplyTo = new Set()
      return
    }
    const deliver = () => {
      if (!client.destroyed) client.write(frame)
    }
    if (this.#delayMs > 0) setTimeout(deliver, this.#delayMs)
    else deliver()
  }
}
