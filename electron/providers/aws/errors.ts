import { AppError, isAppError, type RemoteTruth } from '../../../shared/errors/index.ts'
import { problems } from '../cloud/index.ts'

export const LABEL = 'AWS'

/** What was asked when it went wrong. */
export interface Asked {
  /** As permissions are written: `ec2:StopInstances`. */
  readonly permission: string
  readonly region: string
  /** A request that changes something: a lost answer leaves open whether it did. */
  readonly changes: boolean
  /** Temporary credentials end; keys of a user do not. */
  readonly isTemporary: boolean
}

/** The parts of an SDK's error that are read: it throws plain Errors with fields. */
interface Thrown {
  readonly name: string
  readonly message: string
  readonly code: string | null
  /** Of EBS, beside its name. */
  readonly reason: string | null
  readonly status: number | null
  readonly requestId: string | null
  readonly serverDateMs: number | null
  readonly clockSkewCorrected: boolean
}

type Mapping = (thrown: Thrown, asked: Asked, more: { readonly remote: RemoteTruth; readonly cause: unknown }) => AppError

const BETWEEN_CLOCKS_MS = 4 * 60_000
/** Without a word of the cloud. */
const THROTTLE_PAUSE_MS = 2_000
/** For disks that are encrypted with a key of one's own. */
const KEY_PERMISSIONS = 'kms:Decrypt, kms:GenerateDataKeyWithoutPlaintext'

const refused: Mapping = (_, __, more) => problems.credentialsRefused(LABEL, more)
const expired: Mapping = (_, __, more) => problems.credentialsExpired(LABEL, more)
const denied: Mapping = (_, { permission, region }, more) => problems.permissionMissing(LABEL, permission, { ...more, details: { region } })
/** EBS says of a key that it may not use the same as of itself, with another reason. */
const deniedByReason: Mapping = (thrown, asked, more) =>
  thrown.reason === 'DEPENDENCY_ACCESS_DENIED'
    ? denied(thrown, { ...asked, permission: KEY_PERMISSIONS }, more)
    : denied(thrown, asked, more)
const throttled: Mapping = (_, __, more) => problems.throttled(LABEL, { ...more, retryAfterMs: THROTTLE_PAUSE_MS })
const gone: Mapping = (thrown, _, more) =>
  new AppError({ kind: 'not-found', code: 'aws.not-found', message: `AWS does not have it any more: ${thrown.message}`, ...more })
const queueGone: Mapping = (_, { region }, more) =>
  new AppError({
    kind: 'not-found',
    code: 'aws.queue-gone',
    message: `There is no such queue in ${region}. Make it again, or take it out of the connection.`,
    details: { region },
    ...more,
  })
const quota: Mapping = (thrown, _, more) => problems.quotaReached(LABEL, thrown.message, more)
const capacity: Mapping = (thrown, { region }, more) => problems.noCapacity(LABEL, thrown.message, { ...more, details: { region } })
const state: Mapping = (thrown, _, more) =>
  new AppError({
    kind: 'precondition',
    code: 'aws.wrong-state',
    message: `It is in another state than this needs: ${thrown.message}`,
    ...more,
  })
const invalid: Mapping = (thrown, _, more) =>
  new AppError({ kind: 'invalid-input', code: 'aws.refused-value', message: `AWS does not take this: ${thrown.message}`, ...more })
const unsupported: Mapping = (thrown, _, more) =>
  new AppError({
    kind: 'unsupported',
    code: 'aws.unsupported',
    message: `AWS cannot do this with this machine: ${thrown.message}`,
    ...more,
  })
const inUse: Mapping = (thrown, _, more) =>
  new AppError({ kind: 'conflict', code: 'aws.in-use', message: `It is in use, or there already: ${thrown.message}`, ...more })

/** By the code in the answer. A signature that is too old is either a clock that is off or a session that is over: the answer's date tells. */
const age: Mapping = (thrown, asked, more) => {
  const skewMs = thrown.serverDateMs === null ? null : Math.abs(thrown.serverDateMs - Date.now())
  const isSkewed = skewMs === null ? !asked.isTemporary : skewMs > BETWEEN_CLOCKS_MS
  return isSkewed ? problems.clockSkew(LABEL, more) : problems.credentialsExpired(LABEL, more)
}
const signature: Mapping = (thrown, asked, more) => {
  const isSkewed = thrown.serverDateMs !== null && Math.abs(thrown.serverDateMs - Date.now()) > BETWEEN_CLOCKS_MS
  return isSkewed ? age(thrown, asked, more) : problems.credentialsRefused(LABEL, more)
}

const BY_CODE: Readonly<Record<string, Mapping>> = {
  AuthFailure: refused,
  InvalidClientTokenId: refused,
  UnrecognizedClientException: refused,
  MissingAuthenticationToken: refused,
  MissingAuthenticationTokenException: refused,
  SignatureDoesNotMatch: signature,
  InvalidSignatureException: signature,
  IncompleteSignature: signature,
  RequestExpired: age,
  RequestTimeTooSkewed: age,
  ExpiredToken: expired,
  ExpiredTokenException: expired,
  OptInRequired: (_, { region }, more) => problems.placeNotEnabled(region, more),
  Blocked: refused,
  UnauthorizedOperation: denied,
  AccessDenied: denied,
  AccessDeniedException: deniedByReason,
  RequestLimitExceeded: throttled,
  Throttling: throttled,
  ThrottlingException: throttled,
  TooManyRequestsException: throttled,
  EC2ThrottledException: throttled,
  'InvalidInstanceID.NotFound': (_, __, more) => withMore(problems.machineNotFound(), more),
  'InvalidInstanceID.Malformed': (_, __, more) => withMore(problems.machineNotFound(), more),
  QueueDoesNotExist: queueGone,
  'AWS.SimpleQueueService.NonExistentQueue': queueGone,
  InvalidAddress: queueGone,
  KmsAccessDenied: (_, { region }, more) => problems.permissionMissing(LABEL, 'kms:Decrypt', { ...more, details: { region } }),
  OverLimit: throttled,
  RequestThrottled: throttled,
  RequestThrottledException: throttled,
  ConcurrentLimitExceededException: throttled,
  SnapshotCreationPerVolumeRateExceeded: throttled,
  ResourceNotFoundException: gone,
  'InvalidAMIID.Unavailable': gone,
  InstanceLimitExceeded: quota,
  VcpuLimitExceeded: quota,
  MaxSpotInstanceCountExceeded: quota,
  VolumeLimitExceeded: quota,
  SnapshotLimitExceeded: quota,
  ConcurrentSnapshotLimitExceeded: quota,
  PendingSnapshotLimitExceeded: quota,
  ServiceQuotaExceededException: quota,
  ResourceLimitExceeded: quota,
  TagLimitExceeded: quota,
  InsufficientInstanceCapacity: capacity,
  InsufficientHostCapacity: capacity,
  InsufficientCapacity: capacity,
  IncorrectInstanceState: state,
  IncorrectState: state,
  IncorrectModificationState: state,
  UnsupportedHibernationConfiguration: unsupported,
  UnsupportedOperation: unsupported,
  Unsupported: unsupported,
  InvalidParameterValue: invalid,
  InvalidParameterCombination: invalid,
  InvalidParameter: invalid,
  InvalidInstanceType: invalid,
  InvalidInstanceAttributeValue: invalid,
  MissingParameter: invalid,
  ValidationException: invalid,
  ValidationError: invalid,
  InvalidBlockDeviceMapping: invalid,
  VolumeInUse: inUse,
  ConflictException: inUse,
  IdempotentParameterMismatch: inUse,
  OperationNotPermitted: (thrown, _, more) =>
    new AppError({ kind: 'precondition', code: 'aws.not-permitted', message: `AWS does not let this happen: ${thrown.message}`, ...more }),
}

/** EC2's codes for all that it has are put together alike: `InvalidAttachment.NotFound`. */
const BY_ENDING: Readonly<Record<string, Mapping>> = { NotFound: gone, Malformed: invalid, Duplicate: inUse, InUse: inUse }

/** Their messages quote what was signed, a session token among it: they go no further. */
const QUOTES_SECRETS: ReadonlySet<string> = new Set(['SignatureDoesNotMatch', 'InvalidSignatureException', 'IncompleteSignature'])
/** Failures of the way there, after which nothing has left this computer. */
const NEVER_LEFT: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN'])
/** An answer that broke off: its first words may have come. */
const BROKE_OFF: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE'])
/** The library's own words for a profile or a role that gives no credentials. */
const NO_CREDENTIALS: ReadonlySet<string> = new Set(['CredentialsProviderError', 'TokenProviderError', 'ProviderError'])

/** Whatever the SDK threw. Secrets are in none of it: the SDK's errors hold the answer, and only named parts of that are kept. */
export function toProblem(thrown: unknown, asked: Asked): AppError {
  if (isAppError(thrown)) return thrown
  const read = readThrown(thrown)
  const isQuoting = QUOTES_SECRETS.has(read.name)
  const remote: RemoteTruth = {
    operation: asked.permission,
    region: asked.region,
    code: read.code ?? read.name,
    message: isQuoting ? null : read.message,
    status: read.status,
    requestId: read.requestId,
    ...(read.reason !== null && { reason: read.reason }),
  }
  const more = { remote, cause: isQuoting ? undefined : thrown }
  const mapping = BY_CODE[read.name] ?? BY_ENDING[read.name.slice(read.name.lastIndexOf('.') + 1)]
  if (mapping) return mapping(read, asked, more)
  if (NO_CREDENTIALS.has(read.name)) return noCredentials(read.message, more)
  if (read.name === 'AbortError') return problems.cancelled()
  if (read.status === null || BROKE_OFF.has(read.code ?? '')) return lost(read, asked, more)
  if (read.status >= 500) return asked.changes ? withMore(problems.replyLost(asked.permission), more) : problems.unreachable(LABEL, more)
  if (read.status < 300) {
    return asked.changes ? withMore(problems.replyLost(asked.permission), more) : problems.notUnderstood(LABEL, read.message, more)
  }
  if (read.status < 400) return problems.notUnderstood(LABEL, `a redirection (${read.status}), which is not followed`, more)
  return problems.failedThere(LABEL, `${read.name}: ${read.message}`, more)
}

/** The library has set itself by the cloud's clock: what was refused for its time is worth another try. */
export function isClockCorrected(thrown: unknown): boolean {
  return readThrown(thrown).clockSkewCorrected
}

/** No answer was had at all. */
function lost(read: Thrown, asked: Asked, more: { readonly remote: RemoteTruth; readonly cause: unknown }): AppError {
  const neverLeft = read.code !== null && NEVER_LEFT.has(read.code)
  return asked.changes && !neverLeft ? withMore(problems.replyLost(asked.permission), more) : problems.unreachable(LABEL, more)
}

/** It holds messages that are not about machines. */
export function queueForeign(queue: string): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'aws.queue-foreign',
    message: `${queue} holds messages that are not about machines. They were left in it. Give this console a queue of its own.`,
    details: { queue, expected: 'events of EC2 and of tags alone', actual: 'others as well', reason: 'aws.queue-foreign' },
  })
}

/** AWS gives up a snapshot that it cannot make, and one into which nothing was written for days. */
export function snapshotFailed(snapshot: string, said: string | null): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'aws.snapshot-failed',
    message: `AWS gave up the snapshot ${snapshot}${said === null ? '' : `: ${said}`}. Begin the transfer anew; this one is taken away with it.`,
    details: { snapshot, said: said ?? '', expected: 'pending or completed', actual: 'error', reason: 'aws.snapshot-failed' },
  })
}

/** What arrived is not what was sent, by its checksum. */
export function blockDiffers(snapshot: string, block: number): AppError {
  return new AppError({
    kind: 'protocol',
    code: 'aws.block-differs',
    message: `Block ${block} of ${snapshot} arrived with other bytes than were sent, again and again. Look at the network, or a proxy, between here and AWS.`,
    details: { snapshot, block },
  })
}

/** A link renews its credentials by itself, also at night: there is nobody to type a code. */
export function needsOneTimeCode(profile: string, serial: string): AppError {
  return new AppError({
    kind: 'unauthenticated',
    code: 'aws.one-time-code',
    message: `The profile ${profile} asks for a one-time code (mfa_serial), which cannot be given here. Use a profile with SSO, or run “aws sts assume-role” with the code and give its temporary keys.`,
    details: { profile, serial },
  })
}

function noCredentials(said: string, more: { readonly remote: RemoteTruth; readonly cause: unknown }): AppError {
  return new AppError({
    kind: 'unauthenticated',
    code: 'aws.no-credentials',
    message: `The profile gives no credentials: ${said} For SSO, log in with “aws sso login”; else look at ~/.aws.`,
    details: { said },
    ...more,
  })
}

function withMore(error: AppError, { remote, cause }: { readonly remote: RemoteTruth; readonly cause: unknown }): AppError {
  const { kind, code, message, details } = error
  return new AppError({ kind, code, message, details, remote, cause })
}

function readThrown(thrown: unknown): Thrown {
  const error = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as {
    readonly name?: unknown
    readonly message?: unknown
    readonly code?: unknown
    readonly Reason?: unknown
    readonly cause?: { readonly code?: unknown }
    readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string; readonly clockSkewCorrected?: boolean }
    readonly $response?: { readonly statusCode?: number; readonly headers?: Readonly<Record<string, string>> }
  }
  const code = error.code ?? error.cause?.code
  const date = Date.parse(error.$response?.headers?.date ?? '')
  return {
    name: typeof error.name === 'string' ? error.name : 'Error',
    message: typeof error.message === 'string' ? error.message : String(thrown),
    code: typeof code === 'string' ? code : null,
    reason: typeof error.Reason === 'string' ? error.Reason : null,
    status: error.$metadata?.httpStatusCode ?? error.$response?.statusCode ?? null,
    requestId: error.$metadata?.requestId ?? null,
    serverDateMs: Number.isNaN(date) ? null : date,
    clockSkewCorrected: error.$metadata?.clockSkewCorrected === true,
  }
}
