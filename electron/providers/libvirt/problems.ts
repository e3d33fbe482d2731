import { AppError, type ErrorDetails, type ErrorKind, isAppError } from '../../../shared/errors/index.ts'
import type { HostKeyInfo } from '../../../shared/model/index.ts'
import { isLibvirtError, type LibvirtError } from '../../libvirt/index.ts'
import { isTransportError } from '../../libvirt/transport/index.ts'
import { fromTransport, toSshProblem } from '../ssh/index.ts'

/** The one place that turns errors of libvirt into those of the product. By code and number, never by text. */

function fromLibvirt(error: LibvirtError): AppError {
  if (isTransportError(error.cause) && error.remote === undefined && error.kind !== 'indeterminate') return fromTransport(error.cause)
  const { remote, procedure, sent } = error
  if (procedure === 'authPolkit' && error.kind === 'unauthenticated') return polkitRefused(error)
  return new AppError({
    kind: error.kind,
    code: error.code,
    message: error.message,
    details: {
      sent,
      ...(error.expected !== undefined && { expected: error.expected }),
      ...(error.actual !== undefined && { actual: error.actual }),
    },
    ...(remote && { remote: { procedure: procedure ?? null, ...remote } }),
    cause: error,
  })
}

/** polkit has several errors for it (no agent to ask, refused, cancelled); what helps is the same. */
function polkitRefused(error: LibvirtError): AppError {
  const remedyText =
    'Let the user manage libvirt: usermod -aG libvirt USER on the host (or a polkit rule for org.libvirt.unix.manage), then connect again.'
  return new AppError({
    kind: 'unauthenticated',
    code: 'libvirt.polkit-refused',
    message: `polkit on the host refuses access to libvirt. ${remedyText}`,
    details: { remedy: 'join-libvirt-group', remedyText },
    ...(error.remote && { remote: { procedure: error.procedure ?? null, message: error.message, ...error.remote } }),
    cause: error,
  })
}

/** Whatever a call threw, as an error of the product. */
export function toProblem(thrown: unknown): AppError {
  return isLibvirtError(thrown) ? fromLibvirt(thrown) : toSshProblem(thrown)
}

/** virErrorNumber of a libvirt error, whether it is wrapped already or not. */
export function libvirtNumber(thrown: unknown): number | undefined {
  if (isLibvirtError(thrown)) return thrown.number
  return isAppError(thrown) && isLibvirtError(thrown.cause) ? thrown.cause.number : undefined
}

export const VIR_ERR = {
  internalError: 1,
  noSupport: 3,
  invalidArgument: 8,
  operationFailed: 9,
  operationDenied: 29,
  systemError: 38,
  noDomain: 42,
  noStoragePool: 49,
  noStorageVolume: 50,
  operationInvalid: 55,
  noSecret: 66,
  configUnsupported: 67,
  operationTimeout: 68,
  noSnapshot: 72,
  storageProbeFailed: 75,
  storagePoolBuilt: 76,
  operationAborted: 78,
  noDomainMetadata: 80,
  operationUnsupported: 84,
  agentUnresponsive: 86,
  accessDenied: 88,
  storageVolumeExists: 90,
  argumentUnsupported: 74,
  agentUnsynced: 97,
  /** The last two since libvirt 10. */
  agentCommandTimeout: 112,
  agentCommandFailed: 113,
} as const

const UNSUPPORTED: ReadonlySet<number> = new Set([
  VIR_ERR.noSupport,
  VIR_ERR.configUnsupported,
  VIR_ERR.argumentUnsupported,
  VIR_ERR.operationUnsupported,
])

/** The driver or the version of libvirt does not have it. */
export function isUnsupported(thrown: unknown): boolean {
  const number = libvirtNumber(thrown)
  return number !== undefined && UNSUPPORTED.has(number)
}

/** No agent answers in the guest. */
export function isAgentSilent(thrown: unknown): boolean {
  const number = libvirtNumber(thrown)
  return number === VIR_ERR.agentUnresponsive || number === VIR_ERR.agentUnsynced || number === VIR_ERR.agentCommandTimeout
}

export function isNoDomain(thrown: unknown): boolean {
  return libvirtNumber(thrown) === VIR_ERR.noDomain
}

function problem(kind: ErrorKind, code: string, message: string, details: ErrorDetails = {}, cause?: unknown): AppError {
  return new AppError({ kind, code, message, details, ...(cause !== undefined && { cause }) })
}

export function cancelled(): AppError {
  return problem('cancelled', 'cancelled', 'Cancelled.')
}

export function linkClosed(): AppError {
  return problem('unreachable', 'link.closed', 'The link is closed.')
}

/** The far side ended the connection without a reason. */
export function linkLost(): AppError {
  return problem('unreachable', 'link.lost', 'The host closed the connection.')
}

export function replyLost(action: string, cause?: unknown): AppError {
  return problem(
    'indeterminate',
    'link.reply-lost',
    'The command left and no answer came. It may or may not have happened.',
    { action },
    cause,
  )
}

export function timedOut(timeoutMs: number): AppError {
  return problem('timeout', 'call.timeout', `No answer within ${timeoutMs} ms.`, { timeoutMs })
}

export function wrongState(name: string, actual: string, expected: readonly string[], cause?: unknown): AppError {
  return problem(
    'precondition',
    'machine.wrong-state',
    `${name} is ${actual}; this needs it ${expected.join(' or ')}.`,
    { name, actual, expected: expected.join(','), reason: 'state' },
    cause,
  )
}

export function noSavedState(name: string): AppError {
  return problem('precondition', 'machine.no-saved-state', `${name} has no saved state.`, { name })
}

export function transient(name: string): AppError {
  return problem('precondition', 'machine.transient', `${name} is transient: it has no definition on the host that could keep this.`, {
    name,
  })
}

export function nameTaken(name: string, host: string): AppError {
  return problem('conflict', 'machine.name-taken', `${host} has a machine named ${name} already. Choose another name.`, { name, host })
}

export function invalid(code: string, message: string, details: ErrorDetails = {}): AppError {
  return problem('invalid-input', code, message, details)
}

export function shutdownIgnored(name: string, deadlineMs: number): AppError {
  return problem(
    'timeout',
    'machine.shutdown-timeout',
    `${name} did not shut down within ${Math.round(deadlineMs / 1000)} s. The guest ignores the request; a power off would stop it at once.`,
    { name, deadlineMs },
  )
}

export function rebootIgnored(name: string, deadlineMs: number): AppError {
  return problem(
    'timeout',
    'machine.reboot-timeout',
    `${name} did not restart within ${Math.round(deadlineMs / 1000)} s. The guest ignores the request; a reset would restart it at once.`,
    { name, deadlineMs },
  )
}

const HELD_BACK_BY = {
  'managed-save': 'a saved state',
  snapshots: 'snapshots',
  checkpoints: 'checkpoints',
  tpm: 'an emulated TPM whose state this host’s libvirt always deletes',
}

export function holdsBack(name: string, what: keyof typeof HELD_BACK_BY): AppError {
  const words = HELD_BACK_BY[what]
  return problem('precondition', `machine.has-${what}`, `${name} has ${words}. Delete that along with it, or keep the machine.`, { name })
}

export function diskNotDeletable(name: string, key: string, reason: string): AppError {
  return problem('precondition', 'machine.disk-not-deletable', `${key} of ${name} cannot be deleted: ${reason}`, { name, key, reason })
}

/** The machine is gone and something of what should have gone with it is not. */
export function deletedPartly(
  name: string,
  deleted: readonly string[],
  remaining: ReadonlyArray<{ key: string; error: AppError }>,
): AppError {
  return problem(
    'remote-failure',
    'machine.delete-partly',
    `${name} is deleted, but these disks are still there: ${remaining.map(({ key, error }) => `${key} (${error.message})`).join('; ')}`,
    { name, deleted, remaining: remaining.map(({ key, error }) => ({ key, code: error.code, message: error.message })) },
    remaining[0]?.error,
  )
}

export function hostKeyMismatch(shown: HostKeyInfo | null, expectedFingerprint: string): AppError {
  return problem(
    'conflict',
    'ssh.host-key-mismatch',
    shown
      ? `${shown.host} shows the key ${shown.fingerprint} now, not ${expectedFingerprint}. Compare again before you trust it.`
      : `The host did not show the key ${expectedFingerprint}.`,
    { expected: expectedFingerprint, actual: shown?.fingerprint ?? null },
  )
}
