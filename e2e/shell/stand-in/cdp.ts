import type { Readable, Writable } from 'node:stream'

export type CdpParams = Readonly<Record<string, unknown>>
type Listener = (params: Record<string, unknown>) => void

interface Waiting {
  readonly resolve: (result: Record<string, unknown>) => void
  readonly reject: (error: Error) => void
}

/** Chromium's DevTools protocol over its pipe: messages end with a zero byte. Chromium ends when the pipe does. */
export class Cdp {
  readonly #out: Writable
  readonly #waiting = new Map<number, Waiting>()
  readonly #sessions = new Map<string, CdpSession>()
  #lastId = 0
  #closed = false

  constructor(input: Readable, out: Writable) {
    this.#out = out
    let chunks: Buffer[] = []
    input.on('data', (data: Buffer) => {
      let rest = data
      for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
        chunks.push(rest.subarray(0, end))
        const message = Buffer.concat(chunks).toString()
        chunks = []
        rest = rest.subarray(end + 1)
        this.#take(JSON.parse(message))
      }
      chunks.push(rest)
    })
    input.on('close', () => this.#end())
    out.on('error', () => this.#end())
  }

  #end(): void {
    this.#closed = true
    for (const { reject } of this.#waiting.values()) reject(new Error('Chromium is gone'))
    this.#waiting.clear()
  }

  #take(message: {
    id?: number
    method?: string
    sessionId?: string
    params?: Record<string, unknown>
    result?: Record<string, unknown>
    error?: { message: string }
  }): void {
    if (message.id !== undefined) {
      const waiting = this.#waiting.get(message.id)
      this.#waiting.delete(message.id)
      if (message.error) waiting?.reject(new Error(message.error.message))
      else waiting?.resolve(message.result ?? {})
    } else if (message.method !== undefined) {
      this.session(message.sessionId ?? '').take(message.method, message.params ?? {})
    }
  }

  session(sessionId: string): CdpSession {
    let session = this.#sessions.get(sessionId)
    if (!session) {
      session = new CdpSession(this, sessionId)
      this.#sessions.set(sessionId, session)
    }
    return session
  }

  async send(sessionId: string, method: string, params: CdpParams): Promise<Record<string, unknown>> {
    if (this.#closed) throw new Error('Chromium is gone')
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject: (error) => reject(new Error(`${method}: ${error.message}`)) })
      this.#out.write(`${JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) })}\0`)
    })
  }
}

/** One target of the browser, or (id '') the browser itself. */
export class CdpSession {
  readonly #cdp: Cdp
  readonly #listeners = new Map<string, Listener[]>()
  readonly id: string

  constructor(cdp: Cdp, id: string) {
    this.#cdp = cdp
    this.id = id
  }

  send(method: string, params: CdpParams = {}): Promise<Record<string, unknown>> {
    return this.#cdp.send(this.id, method, params)
  }

  on(method: string, listener: Listener): void {
    this.#listeners.set(method, [...(this.#listeners.get(method) ?? []), listener])
  }

  take(method: string, params: Record<string, unknown>): void {
    for (const listener of this.#listeners.get(method) ?? []) listener(params)
  }
}
