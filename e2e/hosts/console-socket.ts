import { WebSocket } from 'ws'

const PATIENCE_MS = 20_000

/** A console's socket as a page has it: collects what comes, and waits for what it should. */
export class ConsoleSocket {
  readonly #socket: WebSocket
  readonly #opened: Promise<void>
  readonly #waiting = new Set<() => void>()
  #got = Buffer.alloc(0)
  /** Close code and reason, once it is over. */
  closed: { readonly code: number; readonly reason: string } | null = null

  constructor(url: string, headers: Record<string, string>) {
    this.#socket = new WebSocket(url, { headers, perMessageDeflate: false })
    this.#opened = new Promise((resolve, reject) => {
      this.#socket.once('open', () => resolve())
      this.#socket.once('error', reject)
    })
    this.#socket.on('message', (data: Buffer) => {
      this.#got = Buffer.concat([this.#got, data])
      this.#tell()
    })
    this.#socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() }
      this.#tell()
    })
  }

  get text(): string {
    return this.#got.toString()
  }

  async send(bytes: string | Uint8Array): Promise<void> {
    await this.#opened
    this.#socket.send(typeof bytes === 'string' ? Buffer.from(bytes) : bytes, { binary: true })
  }

  /** Says something beside the bytes. */
  async control(message: unknown): Promise<void> {
    await this.#opened
    this.#socket.send(JSON.stringify(message))
  }

  says(text: string): Promise<void> {
    return this.#until(`the console says ${JSON.stringify(text)}`, () => this.text.includes(text))
  }

  /** The next bytes, which are then no longer there. */
  async exactly(count: number): Promise<Buffer> {
    await this.#until(`${count} bytes`, () => this.#got.length >= count)
    const bytes = this.#got.subarray(0, count)
    this.#got = this.#got.subarray(count)
    return bytes
  }

  async end(): Promise<{ readonly code: number; readonly reason: string }> {
    await this.#until('the end of the console', () => this.closed !== null)
    return this.closed ?? { code: 0, reason: '' }
  }

  close(): void {
    this.#socket.close()
  }

  #tell(): void {
    for (const look of this.#waiting) look()
  }

  /** Looks again with every message, so that what is measured is not the pause between two looks. */
  #until(what: string, met: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (!met()) return
        clearTimeout(timer)
        this.#waiting.delete(look)
        resolve()
      }
      const timer = setTimeout(() => {
        this.#waiting.delete(look)
        reject(new Error(`${what}: not within ${PATIENCE_MS} ms; so far: ${this.text.slice(-500)}`))
      }, PATIENCE_MS)
      this.#waiting.add(look)
      look()
    })
  }
}
