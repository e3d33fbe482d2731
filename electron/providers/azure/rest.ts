import { Agent, request as send } from 'node:https'
import type { TokenCredential } from '@azure/identity'
import { isAppError } from '../../../shared/errors/index.ts'
import { problems } from '../cloud/index.ts'
import type { CallOptions } from '../provider.ts'
import type { Gate, GateReply } from './gate.ts'
import { LABEL, refusalProblem, wayProblem } from './problems.ts'

/** A blob larger than this is no serial log and no screen. */
const MAX_BLOB_BYTES = 64 * 1024 * 1024

/** An answer as it came. */
export interface Raw {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

export interface SignedRequest {
  readonly method: 'GET' | 'PUT'
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | null
}

/** Parts of Azure that have no SDK client here: permissions, locks, blobs behind signed links. */
export class AzureRest {
  readonly #endpoint: string
  readonly #scope: string
  readonly #credential: TokenCredential
  readonly #gate: Gate
  readonly #agent: Agent

  constructor(endpoint: string, scope: string, credential: TokenCredential, gate: Gate, ca: readonly string[] | undefined) {
    this.#endpoint = endpoint
    this.#scope = scope
    this.#credential = credential
    this.#gate = gate
    this.#agent = new Agent({ keepAlive: true, proxyEnv: process.env, ...(ca && { ca: [...ca] }) })
  }

  /** All pages of a list. */
  async list(path: string, { signal }: CallOptions): Promise<unknown[]> {
    const found: unknown[] = []
    for (let url: string | null = this.#endpoint + path; url !== null; ) {
      const page = JSON.parse(await this.#call('GET', url, null, signal)) as { readonly value?: unknown; readonly nextLink?: unknown }
      if (!Array.isArray(page.value)) throw problems.notUnderstood(LABEL, `a list without a value at ${path}`)
      found.push(...(page.value as unknown[]))
      url = typeof page.nextLink === 'string' && page.nextLink !== '' ? page.nextLink : null
    }
    return found
  }

  async put(path: string, body: unknown, { signal }: CallOptions): Promise<void> {
    await this.#call('PUT', this.#endpoint + path, JSON.stringify(body), signal)
  }

  async post(path: string, body: unknown, { signal }: CallOptions): Promise<string> {
    return this.#call('POST', this.#endpoint + path, JSON.stringify(body), signal)
  }

  async remove(path: string, { signal }: CallOptions): Promise<void> {
    await this.#call('DELETE', this.#endpoint + path, null, signal)
  }

  /** What lies behind a signed link. */
  async blob(link: string, { signal }: CallOptions): Promise<Buffer> {
    const url = new URL(link)
    const request = `GET ${url.host}${url.pathname}`
    const raw = await this.signed(url, { method: 'GET', headers: {}, body: null }, signal).catch((thrown: unknown) => {
      throw isAppError(thrown) ? thrown : wayProblem(thrown, request, false)
    })
    if (raw.status === 200) return raw.body
    const refusal = { status: raw.status, code: '', message: `HTTP ${raw.status}`, requestId: null, retryAfterMs: undefined, request }
    throw refusalProblem(refusal, false)
  }

  /**
   * One request by a signed link, whatever it answers. Wherever the link leads, no token goes there: the signature in it is what opens it. Throws
   * `protocol` cloud.not-understood for a link that is not https, and what the way has against it.
   */
  async signed(link: URL, { method, headers, body }: SignedRequest, signal: AbortSignal | undefined): Promise<Raw> {
    if (link.protocol !== 'https:') throw problems.notUnderstood(LABEL, 'a link without https')
    return this.#send(link, { method, signal, headers }, body)
  }

  close(): void {
    this.#agent.destroy()
  }

  async #call(method: string, url: string, body: string | null, signal: AbortSignal | undefined): Promise<string> {
    const reply = await this.#gate.pass(
      { method, url, signal },
      async (abort) => {
        // the gate has seen the host of this link before the token is asked for
        const token = await this.#credential.getToken(this.#scope, { abortSignal: abort })
        const headers = { authorization: `Bearer ${token?.token ?? ''}`, ...(body !== null && { 'content-type': 'application/json' }) }
        return this.#send(new URL(url), { method, signal: abort, headers }, body)
      },
      gateReply,
    )
    return reply.body.toString('utf8')
  }

  #send(
    url: URL,
    {
      signal,
      ...options
    }: { readonly method: string; readonly signal: AbortSignal | undefined; readonly headers?: Readonly<Record<string, string>> },
    body: string | Uint8Array | null,
  ): Promise<Raw> {
    return new Promise((resolve, reject) => {
      const sent = send(url, { ...options, agent: this.#agent, ...(signal && { signal }) }, (answer) => {
        const chunks: Buffer[] = []
        let size = 0
        answer.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size > MAX_BLOB_BYTES) answer.destroy(problems.notUnderstood(LABEL, 'more bytes than expected'))
          else chunks.push(chunk)
        })
        answer.on('error', reject)
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }))
      })
      sent.on('error', reject)
      sent.end(body ?? undefined)
    })
  }
}

function gateReply({ status, headers, body }: Raw): GateReply {
  return { status, text: body.toString('utf8'), header: (name) => headers[name]?.toString() }
}
