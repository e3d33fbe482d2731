import { WebSocket } from 'ws'
import { until } from '../lab/run.ts'

/** A console's socket as a page has it: collects what comes, and waits for what it should. */
export class ConsoleSocket {
  readonly #socket: WebSocket
  readonly #opened: Promise<void>
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
    })
    this.#socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() }
    })
  }

  get text(): string {
    return this.#got.toString()
  }

  async send(bytes: string | Uint8Array): Promise<void> {
    await this.#opened
    this.#socket.send(typeof bytes === 'string' ? Buffer.from(bytes) : bytes, { binary: true })
  }

  async says(text: string, timeoutMs = 20_000): Promise<void> {
    await until(`the console says ${JSON.stringify(text)}`, async () => this.text.includes(text), timeoutMs)
  }

  /** The next bytes, which are then no longer there. */
  async exactly(count: number): Promise<Buffer> {
    await until(`${count} bytes`, async () => this.#got.length >= count)
    const bytes = this.#got.subarray(0, count)
    this.#got = this.#got.subarray(count)
    return bytes
  }

  async end(): Promise<{ readonly code: number; readonly reason: string }> {
    return until('the end of the console', async () => this.closed ?? false)
  }

  close(): void {
    this.#socket.close()
  }
}
