import type { compute_v1 } from '@googleapis/compute/build/v1.js'
import type { OAuth2Client } from 'google-auth-library'
import { type AppError, isAppError } from '../../../shared/errors/index.ts'
import { CallBudget, problems } from '../cloud/index.ts'
import type { CallOptions, Clock, ProviderPorts } from '../provider.ts'
import { Batches } from './batches.ts'
import { type Endpoints, endpointsOf, type GcpConfig } from './config.ts'
import { type Identity, logIn } from './login.ts'
import { type Asked, LABEL, toProblem } from './problems.ts'

/** Google's own limits are 1,500 reads a minute for each project: half of it is left to others. */
const CALLS_PER_MINUTE = 750
/** Cloud Storage counts for itself, and lets a new bucket have a thousand writes a second: a large disk is thousands of objects. */
const STORAGE_CALLS_PER_MINUTE = 12_000
/** No single request takes longer. */
const REQUEST_TIMEOUT_MS = 60_000
/** A large body over a slow line. */
const UPLOAD_TIMEOUT_MS = 15 * 60_000
const MAX_PAGES = 10_000

/** How a request is sent: the engine repeats, nobody else; an answer that sends elsewhere is none. */
export interface HowToSend {
  readonly signal: AbortSignal
  readonly timeout: number
  readonly retry: false
  readonly redirect: 'error'
  readonly responseType: 'json'
}

export interface Call extends Partial<Pick<Asked, 'permission' | 'changes' | 'about'>>, Pick<Asked, 'method' | 'project'> {
  /**
   * Those of one moment and project go together. Of changes only for such as carry a request id, under which one that comes twice is done
   * once.
   */
  readonly gathers?: boolean
}

/** Google's API root under which a path is asked for without a library. */
export type Service = 'monitoring' | 'resourceManager' | 'storage'

export interface RestRequest {
  readonly params?: Params
  readonly body?: object
  /** In the place of a body: as they are. */
  readonly bytes?: Buffer
  readonly headers?: Readonly<Record<string, string>>
  readonly method?: 'DELETE'
}

export type Params = Readonly<Record<string, string | number | boolean | readonly string[]>>

/** The one way to Google: login, budget, errors and deadlines for every call of one connection. */
export class GcpClient {
  readonly budget: CallBudget
  readonly identity: Identity
  readonly #storageBudget: CallBudget
  readonly #compute: compute_v1.Compute
  readonly #auth: OAuth2Client
  readonly #endpoints: Endpoints
  readonly #batches: Batches
  readonly #closed = new AbortController()

  private constructor(compute: compute_v1.Compute, auth: OAuth2Client, endpoints: Endpoints, identity: Identity, clock: Clock) {
    this.#compute = compute
    this.#auth = auth
    this.#endpoints = endpoints
    this.identity = identity
    this.budget = new CallBudget(clock, CALLS_PER_MINUTE)
    this.#storageBudget = new CallBudget(clock, STORAGE_CALLS_PER_MINUTE)
    this.#batches = new Batches({
      clock,
      root: endpoints.compute,
      request: (options) =>
        auth.request<string>({ ...options, retry: false, redirect: 'error', responseType: 'text', validateStatus: () => true }),
    })
  }

  /** Loads the libraries; asks nobody yet. */
  static async open(config: GcpConfig, identity: Identity, ports: ProviderPorts): Promise<GcpClient> {
    const [{ compute_v1: library }, auth] = await Promise.all([import('@googleapis/compute/build/v1.js'), logIn(config, identity, ports)])
    const endpoints = endpointsOf(config)
    // the library brings its own copy of the login's library: the same class to JavaScript's eyes, not to TypeScript's
    const compute = new library.Compute({ rootUrl: endpoints.compute, auth: auth as unknown as string })
    return new GcpClient(compute, auth, endpoints, identity, ports.clock)
  }

  /** Proves the credentials: a token is asked for, unless there is a good one. */
  async prove(options: CallOptions): Promise<void> {
    await this.#send({ method: 'oauth2.token', project: null }, options, async () => {
      await this.#auth.getRequestHeaders()
      return { data: null }
    })
  }

  /** One call of Compute Engine. */
  compute<T>(
    call: Call,
    options: CallOptions,
    send: (compute: compute_v1.Compute, how: HowToSend) => Promise<{ readonly data: T }>,
  ): Promise<T> {
    return this.#send(call, options, (how) => send(this.#compute, how))
  }

  /** Page after page of a list of Compute Engine. */
  async *pages<T extends { nextPageToken?: string | null }>(
    call: Call,
    options: CallOptions,
    send: (compute: compute_v1.Compute, page: { pageToken?: string }, how: HowToSend) => Promise<{ readonly data: T }>,
  ): AsyncGenerator<T> {
    let pageToken: string | null = null
    for (let page = 0; page < MAX_PAGES; page++) {
      const from: { pageToken?: string } = pageToken === null ? {} : { pageToken }
      const data: T = await this.compute(call, options, (compute, how) => send(compute, from, how))
      yield data
      const next: string | null = data.nextPageToken || null
      if (next === null) return
      if (next === pageToken) break
      pageToken = next
    }
    throw problems.notUnderstood(LABEL, 'a list without an end')
  }

  /** One call of a service that has no light library, by its REST document. The token goes to that service's own server only. */
  rest<T>(
    service: Service,
    call: Call,
    path: string,
    options: CallOptions,
    { params, body, bytes, headers, method }: RestRequest = {},
  ): Promise<T> {
    const root = this.#endpoints[service]
    const url = new URL(path, root)
    if (url.origin !== new URL(root).origin) return Promise.reject(problems.foreignLink(LABEL, url.host))
    for (const [name, value] of Object.entries(params ?? {})) for (const one of [value].flat()) url.searchParams.append(name, String(one))
    const data = bytes ?? body
    const budget = service === 'storage' ? this.#storageBudget : this.budget
    return this.#send({ ...call, budget }, options, async (how) => {
      const timeout = bytes === undefined ? how.timeout : Math.min(options.timeoutMs ?? UPLOAD_TIMEOUT_MS, UPLOAD_TIMEOUT_MS)
      const request = { ...how, timeout, url, ...(headers && { headers }), ...(data !== undefined && { method: 'POST' as const, data }) }
      if (method === undefined) return await this.#auth.request<T>(request)
      // it answers nothing
      await this.#auth.request<T>({ ...request, method, responseType: 'text' })
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing is read of it
      return { data: null as T }
    })
  }

  close(): void {
    this.#closed.abort()
  }

  async #send<T>(
    { budget = this.budget, ...call }: Call & { readonly budget?: CallBudget },
    options: CallOptions,
    send: (how: HowToSend) => Promise<{ readonly data: T }>,
  ): Promise<T> {
    const asked: Asked = { permission: call.method, changes: false, about: 'other', ...call }
    const { project, changes } = asked
    // named in no type: the two copies of the login's library have two for it
    const adapter = call.gathers && { adapter: this.#batches.adapter(`${project} ${changes ? 'change' : 'read'}`) }
    const signal = options.signal ? AbortSignal.any([options.signal, this.#closed.signal]) : this.#closed.signal
    for (let attempt = 1; ; attempt++) {
      await budget.admit(signal)
      if (signal.aborted) throw problems.cancelled()
      try {
        const timeout = Math.min(options.timeoutMs ?? REQUEST_TIMEOUT_MS, REQUEST_TIMEOUT_MS)
        const { data } = await send({ signal, timeout, retry: false, redirect: 'error', responseType: 'json', ...adapter })
        // an answer that is no JSON comes as a text
        if (typeof data === 'string') throw garbled(asked)
        return data
      } catch (thrown) {
        const problem = toProblem(thrown, asked, signal)
        // what was under way when the cloud first said so says it again, all of a batch at once: that is one time
        if (problem.kind === 'rate-limited' && budget.view().throttledUntilMs === null) budget.throttled(problem.retryAfterMs)
        // a token that ended early: nothing was done with it, and a new one may do
        if (attempt > 1 || isAppError(thrown) || problem.remote?.['httpStatus'] !== 401) throw problem
        this.#auth.setCredentials({})
      }
    }
  }
}

/** Of a change it is left open whether it was done. */
function garbled({ method, changes }: Asked): AppError {
  return changes ? problems.replyLost(method) : problems.notUnderstood(LABEL, `${method} answered no JSON`)
}
