import { AppError, type ErrorDetails, type ErrorKind, isAppError, type RemoteTruth } from '../../../shared/errors/index.ts'
import { problems } from '../cloud/index.ts'

/** The one place that turns Google's errors into those of the product: by status, reason and code, never by text. */

export const LABEL = 'Google Cloud'

/** What was asked, for the words of its failure. */
export interface Asked {
  /** Name of the API's method, such as `compute.instances.stop`. */
  readonly method: string
  readonly permission: string
  /** It changes something: an answer that is lost leaves open whether it was done. */
  readonly changes: boolean
  readonly project: string | null
  /** What a 404 means. */
  readonly about: 'machine' | 'other'
}

interface Said {
  readonly status: number
  readonly message: string
  readonly reason: string
  readonly info: { readonly reason: string; readonly metadata: Readonly<Record<string, string>> } | null
  readonly retryAfterMs: number | undefined
  readonly remote: RemoteTruth
}

/** The client's own error, of whichever of its copies. */
interface ClientError extends Error {
  readonly code?: string | number
  readonly response?: { readonly status?: number; readonly data?: unknown; readonly headers?: { get?(name: string): string | null } }
}

/** Nothing has left this computer: no name, no route, no server. */
const NOT_SENT: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

const RATE_REASONS: ReadonlySet<string> = new Set([
  'rateLimitExceeded',
  'userRateLimitExceeded',
  'dailyLimitExceeded',
  'RATE_LIMIT_EXCEEDED',
  'resourceExhausted',
])
const API_OFF: ReadonlySet<string> = new Set(['accessNotConfigured', 'SERVICE_DISABLED'])
const BILLING_OFF: ReadonlySet<string> = new Set(['billingNotEnabled', 'BILLING_DISABLED', 'accountDisabled', 'CONSUMER_SUSPENDED'])
const WRONG_STATE: ReadonlySet<string> = new Set(['resourceNotReady', 'invalidResourceUsage', 'failedPrecondition'])
const NO_ROOM: ReadonlySet<string> = new Set([
  'ZONE_RESOURCE_POOL_EXHAUSTED',
  'ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS',
  'STOCKOUT',
  'RESOURCE_POOL_EXHAUSTED',
])
const QUOTA: ReadonlySet<string> = new Set(['QUOTA_EXCEEDED', 'quotaExceeded', 'LIMIT_EXCEEDED'])

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
const text = (value: unknown): string => (typeof value === 'string' ? value : '')

function problem(kind: ErrorKind, code: string, message: string, said: Said, cause: unknown, details: ErrorDetails = {}): AppError {
  return new AppError({ kind, code, message, details, remote: said.remote, cause })
}

function retryAfterOf(response: ClientError['response']): number | undefined {
  const seconds = Number(response?.headers?.get?.('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) ? seconds * 1_000 : undefined
}

function saidBy(response: NonNullable<ClientError['response']>, method: string): Said {
  const status = response.status ?? 0
  const error = record(record(response.data)['error'])
  const first = record((error['errors'] as unknown[] | undefined)?.[0])
  const details = Array.isArray(error['details']) ? error['details'].map(record) : []
  const info = details.find((detail) => text(detail['@type']).endsWith('google.rpc.ErrorInfo'))
  const reason = text(first['reason'])
  return {
    status,
    message: text(error['message']) || `HTTP ${status}`,
    reason,
    info: info ? { reason: text(info['reason']), metadata: record(info['metadata']) as Record<string, string> } : null,
    retryAfterMs: retryAfterOf(response),
    remote: {
      method,
      httpStatus: status,
      code: text(info?.['reason']) || reason || text(error['status']) || String(status),
      message: text(error['message']),
      requestId: response.headers?.get?.('x-request-id') ?? null,
    },
  }
}

function forbidden(said: Said, asked: Asked, cause: unknown): AppError {
  const reasons = [said.reason, said.info?.reason ?? '']
  const isOneOf = (set: ReadonlySet<string>) => reasons.some((reason) => set.has(reason))
  const { remote, retryAfterMs } = said
  // a rate is refused with 403 here: it means "wait", not "you may not"
  if (isOneOf(RATE_REASONS)) return problems.throttled(LABEL, { remote, retryAfterMs, cause })
  if (isOneOf(QUOTA)) return problems.quotaReached(LABEL, said.message, { remote, cause })
  const project = asked.project ?? said.info?.metadata['consumer'] ?? ''
  if (isOneOf(API_OFF)) {
    const service = asked.method.startsWith('compute.') ? 'compute.googleapis.com' : (said.info?.metadata['service'] ?? '')
    const message = `An API is switched off in ${project}. Switch it on: gcloud services enable ${service} --project ${project}`
    return problem('forbidden', 'gcp.api-off', message, said, cause, { project, service })
  }
  if (isOneOf(BILLING_OFF)) {
    return problem('forbidden', 'gcp.billing-off', `${project} has no open billing account. Link one, then try again.`, said, cause, {
      project,
    })
  }
  const permission = said.info?.metadata['permission'] ?? asked.permission
  return problems.permissionMissing(LABEL, permission, { remote, cause, details: { project } })
}

function refused(said: Said, asked: Asked, cause: unknown): AppError {
  const { status, remote, retryAfterMs, message, reason } = said
  if (status === 401) return problems.credentialsRefused(LABEL, { remote, cause })
  if (status === 403) return forbidden(said, asked, cause)
  if (status === 429) return problems.throttled(LABEL, { remote, retryAfterMs, cause })
  if (status === 404) {
    if (asked.about === 'machine') return new AppError({ ...wordsOf(problems.machineNotFound()), remote, cause })
    return problem('not-found', 'gcp.not-found', `${LABEL} does not know it: ${message}`, said, cause)
  }
  if (status === 409) return problem('conflict', 'gcp.name-taken', `${LABEL} has one of that name: ${message}`, said, cause)
  if (status === 412) {
    return problem(
      'conflict',
      'gcp.changed-meanwhile',
      'Somebody else changed it in the meantime. Look at it, then try again.',
      said,
      cause,
    )
  }
  if (status === 400 && WRONG_STATE.has(reason)) {
    return problem('precondition', 'gcp.not-now', `${LABEL} does not do this as the machine is now: ${message}`, said, cause)
  }
  // Cloud Storage gives up on a body that comes too slowly: the way is to blame, not what was asked
  const isLate = status === 408
  if (status >= 400 && status < 500 && !isLate)
    return problem('invalid-input', 'gcp.refused', `${LABEL} refuses it: ${message}`, said, cause)
  if (asked.changes) return new AppError({ ...wordsOf(problems.replyLost(asked.method)), remote, cause })
  if (isLate || (status >= 502 && status <= 504)) return problems.unreachable(LABEL, { remote, retryAfterMs, cause })
  return problems.failedThere(LABEL, message, { remote, cause })
}

const wordsOf = ({ kind, code, message, details }: AppError) => ({ kind, code, message, details })

/** The client's errors hold their whole request, tokens and all: what goes on is what was said, and where. */
function bare(error: Error): Error {
  const { name, message, stack } = error
  return Object.assign(new Error(message), { name, ...(stack !== undefined && { stack }) })
}

/** Whatever a call threw. */
export function toProblem(thrown: unknown, asked: Asked, signal?: AbortSignal): AppError {
  if (isAppError(thrown)) return thrown
  if (!(thrown instanceof Error)) return problems.notUnderstood(LABEL, 'a failure without words', { cause: thrown })
  const error = thrown as ClientError
  const cause = bare(thrown)
  const { method, changes } = asked
  // an answer that breaks off in its middle comes with its status, which then says nothing
  if (error.response && (error.response.status ?? 0) >= 300) return refused(saidBy(error.response, method), asked, cause)
  const codes = codesOf(error)
  const remote = { method, code: codes[0] ?? error.name }
  if (codes.some((code) => NOT_SENT.has(code))) return problems.unreachable(LABEL, { remote, cause })
  if (changes) return new AppError({ ...wordsOf(problems.replyLost(method)), remote, cause })
  if (signal?.aborted && !isTimeout(signal.reason)) return problems.cancelled()
  if (codes.includes('TimeoutError') || isTimeout(error)) {
    return new AppError({ kind: 'timeout', code: 'cloud.timeout', message: `${LABEL} did not answer in time.`, remote, cause })
  }
  return problems.unreachable(LABEL, { remote, cause })
}

const isTimeout = (thrown: unknown): boolean => thrown instanceof Error && thrown.name === 'TimeoutError'

function codesOf(error: ClientError): readonly string[] {
  const codes: string[] = []
  for (let at: unknown = error; at instanceof Error && codes.length < 8; at = at.cause) {
    const { code } = at as ClientError
    if (typeof code === 'string') codes.push(code)
  }
  return codes
}

/** The token endpoint speaks OAuth: `error` is a word (RFC 6749, section 5.2). */
export function toLoginProblem(thrown: unknown, nowMs: number, toleratedSkewMs: number): AppError {
  if (isAppError(thrown)) return thrown
  const { response } = thrown as ClientError
  const data = record(response?.data)
  const word = text(data['error'])
  if (!response || word === '') {
    const asked: Asked = { method: 'oauth2.token', permission: '', changes: false, project: null, about: 'other' }
    return toProblem(thrown, asked)
  }
  const remote: RemoteTruth = {
    method: 'oauth2.token',
    httpStatus: response.status ?? 0,
    code: word,
    message: text(data['error_description']),
  }
  const more = { remote, cause: bare(thrown as Error) }
  const theirsMs = Date.parse(response.headers?.get?.('date') ?? '')
  // an assertion carries the time: a clock that is off is refused with the same word as a wrong key
  if (word === 'invalid_grant' && Math.abs(theirsMs - nowMs) > toleratedSkewMs) return problems.clockSkew(LABEL, more)
  if (text(data['error_subtype']) !== '') return problems.credentialsExpired(LABEL, more)
  return problems.credentialsRefused(LABEL, more)
}

export interface OperationFailure {
  readonly code?: string | null
  readonly message?: string | null
}

/** An operation that is DONE and has errors: nothing threw, and it has failed all the same. */
export function operationFailed(
  errors: readonly OperationFailure[],
  about: { readonly name: string; readonly type: string | null; readonly operation: string; readonly project: string },
): AppError {
  const codes = errors.map(({ code }) => code ?? '')
  const said = errors.map(({ message }) => message ?? '').join(' ')
  const remote: RemoteTruth = { code: codes.join(', '), message: said, operation: about.operation }
  const has = (set: ReadonlySet<string>) => codes.some((code) => set.has(code))
  if (has(NO_ROOM)) return problems.noCapacity(LABEL, about.type ?? about.name, { remote })
  if (has(QUOTA)) return problems.quotaReached(LABEL, said, { remote })
  if (codes.includes('PERMISSIONS_ERROR') || codes.includes('FORBIDDEN')) return problems.permissionMissing(LABEL, said, { remote })
  if (codes.includes('RESOURCE_IN_USE_BY_ANOTHER_RESOURCE') || codes.includes('RESOURCE_ALREADY_EXISTS')) {
    return new AppError({ kind: 'conflict', code: 'gcp.in-use', message: `${LABEL} says that it is in use: ${said}`, remote })
  }
  if (codes.includes('RESOURCE_NOT_READY') || codes.includes('UNSUPPORTED_OPERATION')) {
    return new AppError({
      kind: 'precondition',
      code: 'gcp.not-now',
      message: `${LABEL} does not do this as the machine is now: ${said}`,
      remote,
    })
  }
  return problems.failedThere(LABEL, said, { remote })
}

/** A key or a credentials file that cannot be used. What is in it is not shown. */
export function keyNotUsable(why: string, cause?: unknown): AppError {
  return new AppError({
    kind: 'invalid-input',
    code: 'gcp.key-not-usable',
    message: `This is no key that can be used: ${why}`,
    details: { why },
    cause,
  })
}

export function noCredentials(file: string, cause: unknown): AppError {
  return new AppError({
    kind: 'unauthenticated',
    code: 'gcp.no-credentials',
    message: `There are no credentials in ${file}. Run: gcloud auth application-default login`,
    details: { file },
    cause,
  })
}

export function noProject(): AppError {
  return new AppError({
    kind: 'invalid-input',
    code: 'gcp.no-project',
    message: 'These credentials name no project, and none can be found with them. Name the projects.',
  })
}
