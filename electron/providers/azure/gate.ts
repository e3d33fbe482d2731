import { type AppError, isAppError } from '../../../shared/errors/index.ts'
import { type CallBudget, problems } from '../cloud/index.ts'
import type { Clock } from '../provider.ts'
import { LABEL, operationProblem, type Refusal, refusalProblem, wayProblem } from './problems.ts'

/** One request waits no longer for its answer. */
const REQUEST_MS = 30_000
const ATTEMPTS = 3
const RETRY_BASE_MS = 250
const MAX_RETRY_AFTER_MS = 300_000

export interface GateRequest {
  readonly method: string
  readonly url: string
  readonly signal: AbortSignal | undefined
}

/** An answer, whoever fetched it. */
export interface GateReply {
  readonly status: number
  readonly text: string
  header(name: string): string | undefined
}

/** POST requests that only read. */
const READS = [
  /\/providers\/microsoft\.resourcegraph\/resources$/i,
  /\/retrievebootdiagnosticsdata$/i,
  /\/providers\/microsoft\.insights\/metrics$/i,
  /\/virtualmachinesgetoperationstatus$/i,
]

/**
 * What every request to Resource Manager goes through, the SDK's and our own: it goes to no other server than the configured one, in the
 * account's budget, with a deadline; reads that did not get through are repeated, changes never; refusals come out as AppError.
 */
export class Gate {
  readonly #origin: string
  readonly #budget: CallBudget
  readonly #clock: Clock

  constructor(endpoint: string, budget: CallBudget, clock: Clock) {
    this.#origin = new URL(endpoint).origin
    this.#budget = budget
    this.#clock = clock
  }

  async pass<R extends object>(
    { method, url, signal }: GateRequest,
    send: (signal: AbortSignal) => Promise<R>,
    read: (raw: R) => GateReply,
  ): Promise<R> {
    const { origin, host, pathname } = new URL(url)
    if (origin !== this.#origin) throw problems.foreignLink(LABEL, host)
    const isChange = method !== 'GET' && !READS.some((pattern) => pattern.test(pathname))
    const request = `${method} ${pathname}`
    for (let attempt = 1; ; attempt++) {
      await this.#budget.admit(signal)
      const outcome = await this.#once(request, isChange, signal, send, read)
      if (!isAppError(outcome)) return outcome
      if (outcome.kind === 'rate-limited') this.#budget.throttled(outcome.retryAfterMs)
      const again = outcome.kind === 'rate-limited' || (!isChange && (outcome.kind === 'unreachable' || outcome.kind === 'timeout'))
      if (!again || attempt === ATTEMPTS || signal?.aborted || outcome.code === 'azure.tls-not-trusted') throw outcome
      if (outcome.kind !== 'rate-limited') await this.#pause(RETRY_BASE_MS * 2 ** attempt * this.#clock.random())
    }
  }

  async #once<R extends object>(
    request: string,
    isChange: boolean,
    signal: AbortSignal | undefined,
    send: (signal: AbortSignal) => Promise<R>,
    read: (raw: R) => GateReply,
  ): Promise<R | AppError> {
    const abort = new AbortController()
    const forward = () => abort.abort()
    if (signal?.aborted) return problems.cancelled()
    signal?.addEventListener('abort', forward)
    let isLate = false
    const cancel = this.#clock.after(REQUEST_MS, () => {
      isLate = true
      abort.abort()
    })
    try {
      const raw = await send(abort.signal)
      return refusalIn(read(raw), request, isChange, this.#clock.nowMs()) ?? raw
    } catch (thrown) {
      if (isAppError(thrown)) return thrown
      if (isLate) return isChange ? problems.replyLost(request) : problems.timedOut(LABEL, REQUEST_MS)
      if (signal?.aborted) return isChange ? problems.replyLost(request) : problems.cancelled()
      return wayProblem(thrown, request, isChange)
    } finally {
      cancel()
      signal?.removeEventListener('abort', forward)
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#clock.after(ms, resolve))
  }
}

/** What the answer says against it; null: nothing. A challenge for claims is for the SDK to answer. */
function refusalIn(reply: GateReply, request: string, isChange: boolean, nowMs: number): AppError | null {
  const { status, text } = reply
  if (status < 400) return status >= 300 ? problems.notUnderstood(LABEL, `a redirection of ${request}`) : failureIn(reply, request)
  if (status === 401 && reply.header('www-authenticate')?.includes('claims=') === true) return null
  const { code, message } = errorOf(text)
  const refusal: Refusal = {
    status,
    code,
    message: message === '' ? `HTTP ${status}` : message,
    requestId: reply.header('x-ms-request-id') ?? null,
    retryAfterMs: retryAfterMsOf(reply.header('retry-after'), nowMs),
    request,
  }
  return refusalProblem(refusal, isChange)
}

/** A long operation that was accepted and has failed since: answered with 200, the failure in its body. */
function failureIn({ text }: GateReply, request: string): AppError | null {
  if (!/\/operation(s|results|statuses)\/[^/]+$/i.test(request)) return null
  const body = parsed(text)
  const { status } = body
  if (status !== 'Failed' && status !== 'Canceled') return null
  const { code, message } = errorOf(text)
  return operationProblem(code, message === '' ? status : message, request)
}

function errorOf(text: string): { readonly code: string; readonly message: string } {
  const body = parsed(text)
  const error = (typeof body['error'] === 'object' && body['error'] !== null ? body['error'] : body) as Record<string, unknown>
  const word = (value: unknown) => (typeof value === 'string' ? value : '')
  return { code: word(error['code']), message: word(error['message']) }
}

function parsed(text: string): Record<string, unknown> {
  if (!text.startsWith('{')) return {}
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return {}
  }
}

/** In seconds or as a date. */
export function retryAfterMsOf(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - nowMs
  return Number.isFinite(ms) && ms >= 0 ? Math.min(ms, MAX_RETRY_AFTER_MS) : undefined
}
