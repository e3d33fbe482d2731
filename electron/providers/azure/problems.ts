import { AppError, type ErrorKind, isAppError, type RemoteTruth } from '../../../shared/errors/index.ts'
import { problems } from '../cloud/index.ts'

/** What Azure can have against something, in the product's words. */

export const LABEL = 'Azure'

/** A refusal of Resource Manager, as it came. */
export interface Refusal {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly requestId: string | null
  readonly retryAfterMs: number | undefined
  /** Who was asked for what: `POST …/start`. */
  readonly request: string
}

/** Azure’s refusals do not name it; {@link withSize} does. */
const ANY_SIZE = '?'

type Translate = (refusal: Refusal, remote: RemoteTruth) => AppError

const own =
  (kind: ErrorKind, code: string, words: (refusal: Refusal) => string): Translate =>
  (refusal, remote) =>
    new AppError({ kind, code, message: words(refusal), remote, details: { said: refusal.message } })

const busy = own('conflict', 'azure.busy', () => 'Azure is at work on it for somebody else. Try again when that is done.')
const noRoom: Translate = (_, remote) => problems.noCapacity(LABEL, ANY_SIZE, { remote })
const refused: Translate = (_, remote) => problems.credentialsRefused(LABEL, { remote })
const locked: Translate = ({ request }, remote) => problems.isProtected(request.split('/').at(-1) ?? '', { remote })
const gone: Translate = (_, remote) => notThere({ remote })
const quota: Translate = ({ message }, remote) => problems.quotaReached(LABEL, message, { remote })
const notOffered = own('unsupported', 'azure.not-offered', () => 'This cloud does not offer that.')
const unusable = own('invalid-input', 'azure.refused-value', ({ message }) => `Azure does not take what was asked for: ${message}`)

/** By Azure's own code. */
const BY_CODE: Readonly<Record<string, Translate>> = {
  AuthorizationFailed: ({ message, request }, remote) =>
    problems.permissionMissing(LABEL, /action '([^']+)'/.exec(message)?.[1] ?? request, { remote }),
  LinkedAuthorizationFailed: ({ message, request }, remote) =>
    problems.permissionMissing(LABEL, /action(?:\(s\))? '([^']+)'/.exec(message)?.[1] ?? request, { remote }),
  RequestDisallowedByPolicy: own('forbidden', 'azure.policy', () => 'A policy of this Azure account forbids it. Its owner can tell which.'),
  ExpiredAuthenticationToken: (_, remote) => problems.credentialsExpired(LABEL, { remote }),
  InvalidAuthenticationToken: refused,
  InvalidAuthenticationTokenTenant: refused,
  AuthenticationFailed: refused,
  SubscriptionNotFound: ({ request }, remote) => problems.placeNotEnabled(placeIn(request), { remote }),
  InvalidSubscriptionId: ({ request }, remote) => problems.placeNotEnabled(placeIn(request), { remote }),
  ReadOnlyDisabledSubscription: own(
    'precondition',
    'azure.subscription-disabled',
    () => 'This subscription is disabled: Azure lets it be looked at and not changed. Enable it there first.',
  ),
  MissingSubscriptionRegistration: own(
    'precondition',
    'azure.not-registered',
    () => 'This subscription is not registered for that service of Azure. Register its resource provider there first.',
  ),
  ScopeLocked: locked,
  AnotherOperationInProgress: busy,
  OperationPreempted: busy,
  ConflictingUserInput: busy,
  AttachDiskWhileBeingDetached: busy,
  AllocationFailed: noRoom,
  ZonalAllocationFailed: noRoom,
  OverconstrainedAllocationRequest: noRoom,
  OverconstrainedZonalAllocationRequest: noRoom,
  SkuNotAvailable: noRoom,
  QuotaExceeded: quota,
  ResourceQuotaExceeded: quota,
  ResourceNotFound: gone,
  ResourceGroupNotFound: gone,
  InvalidParameter: unusable,
  InvalidRequestFormat: unusable,
  BadRequest: unusable,
}

const BY_STATUS: Readonly<Record<number, Translate>> = {
  401: refused,
  403: ({ message }, remote) => problems.permissionMissing(LABEL, message, { remote }),
  404: gone,
  405: notOffered,
  501: notOffered,
  429: ({ retryAfterMs }, remote) => problems.throttled(LABEL, { remote, retryAfterMs }),
}

/** `isChange`: the request may have done something, and a gateway's word does not tell whether it did. */
export function refusalProblem(refusal: Refusal, isChange: boolean): AppError {
  const { status, code, message, requestId } = refusal
  const remote: RemoteTruth = { status, code, message, requestId, request: refusal.request }
  if (status === 429) return (BY_STATUS[429] as Translate)(refusal, remote)
  const translate = BY_CODE[code] ?? BY_STATUS[status]
  if (translate) return translate(refusal, remote)
  if (isChange && (status === 502 || status === 504)) return withRemote(problems.replyLost(refusal.request), remote)
  if (status === 502 || status === 503 || status === 504) return problems.unreachable(LABEL, { remote })
  return problems.failedThere(LABEL, message, { remote })
}

/** A long operation that was accepted and failed. */
export function operationProblem(code: string, message: string, request: string): AppError {
  const remote: RemoteTruth = { code, message, request }
  const translate = BY_CODE[code]
  if (translate) return translate({ status: 200, code, message, requestId: null, retryAfterMs: undefined, request }, remote)
  return problems.failedThere(LABEL, message, { remote })
}

/** What one machine of a batch has against it: Azure tells it by its own code, or by the number of a status. */
export function memberProblem(code: string, message: string, request: string): AppError {
  if (!/^\d{3}$/.test(code)) return operationProblem(code, message, request)
  return refusalProblem({ status: Number(code), code, message, requestId: null, retryAfterMs: undefined, request }, false)
}

/** A lack of room, told with the size that there is none for. */
export function withSize(thrown: unknown, size: string): unknown {
  if (!isAppError(thrown) || thrown.code !== 'cloud.no-capacity') return thrown
  return problems.noCapacity(LABEL, size, { remote: thrown.remote, cause: thrown.cause })
}

/** Faults of the way before a request has left: it did nothing. */
const NEVER_LEFT = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH'])
/** The far side's certificate is not good enough. */
const NOT_TRUSTED = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_HAS_EXPIRED',
  'CERT_UNTRUSTED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

/** The request did not get through, or its answer did not. */
export function wayProblem(thrown: unknown, request: string, isChange: boolean): AppError {
  const code = codeOf(thrown)
  const remote: RemoteTruth = { code: code ?? null, request }
  if (code !== undefined && NOT_TRUSTED.has(code)) return notTrusted(remote, thrown)
  if (isChange && (code === undefined || !NEVER_LEFT.has(code))) return withRemote(problems.replyLost(request), remote)
  return problems.unreachable(LABEL, { remote, cause: plain(thrown) })
}

export function notTrusted(remote: RemoteTruth, cause: unknown): AppError {
  return new AppError({
    kind: 'unreachable',
    code: 'azure.tls-not-trusted',
    message: 'Azure’s certificate is not signed by an authority this computer trusts. If a proxy looks into TLS, give its CA file.',
    remote,
    cause: plain(cause),
  })
}

export function isNotTrusted(thrown: unknown): boolean {
  const code = codeOf(thrown)
  return code !== undefined && NOT_TRUSTED.has(code)
}

export function notThere(more: { readonly remote?: RemoteTruth } = {}): AppError {
  return new AppError({ kind: 'not-found', code: 'azure.not-found', message: 'Azure has no such thing (any more).', ...more })
}

/** Without what the SDK hangs on its errors: the request with its headers, the answer with its body. */
export function plain(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || thrown.name !== 'RestError') return thrown
  const bare = new Error(thrown.message)
  bare.name = thrown.name
  return bare
}

/** Azure, or what stands for it, does not offer that part, or not to who is logged in: what it would add is left out. */
export function isNotOffered(thrown: unknown): boolean {
  if (!isAppError(thrown)) return false
  return ['forbidden', 'not-found', 'unsupported', 'invalid-input', 'precondition'].includes(thrown.kind)
}

/** Nor does what only adds to machines hold up their list when it fails there: what was known of it stays. */
export function isDispensable(thrown: unknown): boolean {
  return isNotOffered(thrown) || (isAppError(thrown) && thrown.kind === 'remote-failure')
}

/** The first code on the way down the causes. */
export function codeOf(thrown: unknown): string | undefined {
  for (let at: unknown = thrown, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    const { code } = at as { readonly code?: unknown }
    if (typeof code === 'string' && code !== 'REQUEST_SEND_ERROR') return code
  }
  return undefined
}

function placeIn(request: string): string {
  return /subscriptions\/([^/?]+)/i.exec(request)?.[1] ?? request
}

function withRemote(error: AppError, remote: RemoteTruth): AppError {
  const { kind, code, message, details } = error
  return new AppError({ kind, code, message, details, remote })
}

function precondition(code: string, message: string, details: AppError['details'] = {}): AppError {
  return new AppError({ kind: 'precondition', code, message, details })
}

export function lockInherited(scope: string): AppError {
  return precondition('azure.lock-inherited', `The lock is one of ${scope}, so it holds for more than this machine. Take it off there.`, {
    scope,
  })
}

export function diskNotThere(): AppError {
  return new AppError({ kind: 'not-found', code: 'azure.not-found', message: 'This disk is not one of this machine (any more).' })
}

export function osDiskStays(name: string): AppError {
  return precondition('azure.os-disk', `${name} starts from this disk: it can be swapped in Azure, and not detached.`, { name })
}

export function noLunLeft(name: string, size: string): AppError {
  return precondition('azure.no-lun', `${name} takes no more disks: its size ${size} has none left.`, { name, size })
}

export function nameTaken(name: string): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'azure.name-taken',
    message: `Azure has something named ${name} there already.`,
    details: { name },
  })
}

export function notAnId(id: string): AppError {
  return new AppError({ kind: 'invalid-input', code: 'azure.not-an-id', message: `${id} is no resource id of Azure.`, details: { id } })
}

export function badChoice(code: string, message: string): AppError {
  return new AppError({ kind: 'invalid-input', code, message })
}

export function badImageName(name: string): AppError {
  const message = 'A name of an image has letters, digits, dots, dashes and underscores, and begins and ends with a letter or digit.'
  return new AppError({ kind: 'invalid-input', code: 'azure.image-name', message, details: { name } })
}

export function noHibernation(name: string): AppError {
  return precondition('machine.no-hibernation', `${name} is not set up to hibernate. Switch that on in its cloud, or stop it instead.`, {
    name,
  })
}

export function savedStateHoldsBack(name: string): AppError {
  return precondition('machine.has-managed-save', `${name} has a saved state. Delete that along with it, or keep the machine.`, { name })
}

export function noSerial(name: string): AppError {
  const message = `${name} keeps no boot diagnostics. Switch them on in Azure to see its serial output and its screen.`
  return new AppError({ kind: 'unsupported', code: 'cloud.no-serial', message, details: { name } })
}

export function noScreenshot(name: string): AppError {
  const message = `${name} keeps no boot diagnostics. Switch them on in Azure to see its screen.`
  return new AppError({ kind: 'unsupported', code: 'cloud.no-screenshot', message, details: { name } })
}

export function noVmAgent(name: string, remote?: RemoteTruth): AppError {
  const message = `Azure’s agent in ${name} does not answer. Install or start it (walinuxagent, or the Windows guest agent).`
  return new AppError({ kind: 'precondition', code: 'cloud.no-agent', message, details: { name }, ...(remote && { remote }) })
}
