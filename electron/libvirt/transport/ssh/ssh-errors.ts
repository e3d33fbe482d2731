import { isTransportError, nodeErrorCode, TransportError, toError } from '../transport-error.ts'
import { type SshTarget, targetLabel } from './ssh-target.ts'

/** Where in its life a connection was when it failed. */
export type SshPhase = 'handshake' | 'login' | 'ready'

/** What the mapping needs to know besides the error. */
export interface SshFailureContext {
  readonly target: SshTarget
  readonly phase: SshPhase
  /** First bytes from the server: undefined if it never said anything. */
  readonly greeting: string | undefined
}

/** `level` that the ssh library puts on its errors; `code` is the number of an SSH_MSG_DISCONNECT (RFC 4253 section 11.1). */
function levelOf(error: Error): string | undefined {
  return 'level' in error && typeof error.level === 'string' ? error.level : undefined
}

function disconnectCode(error: Error): number | undefined {
  return 'code' in error && typeof error.code === 'number' ? error.code : undefined
}

const DISCONNECT_PROTOCOL_ERROR = 2
const DISCONNECT_NO_MORE_AUTH_METHODS = 14

/** Maps an error of the ssh library by level, number and phase; never by its text. */
export function mapSshError(error: unknown, context: SshFailureContext): TransportError {
  if (isTransportError(error)) return error
  const cause = toError(error)
  const label = targetLabel(context.target)
  const level = levelOf(cause)
  const disconnect = disconnectCode(cause)
  const reason = nodeErrorCode(cause) ?? level ?? (disconnect === undefined ? undefined : `disconnect ${disconnect}`)
  const details = { host: context.target.host, port: context.target.port ?? 22, phase: context.phase, reason, text: cause.message }
  if (context.phase === 'ready')
    return new TransportError('ssh.connection-lost', `The SSH connection to ${label} broke`, { details, cause })
  if (context.phase === 'handshake') return handshakeError(cause, label, level, { ...details, greeting: context.greeting }, context)
  // sshd says "too many authentication failures" by a disconnect while logging in, as protocol error or with its own number.
  if (disconnect === DISCONNECT_PROTOCOL_ERROR || disconnect === DISCONNECT_NO_MORE_AUTH_METHODS) {
    return new TransportError('ssh.too-many-keys', `${label}: the server hung up after too many login attempts`, { details, cause })
  }
  return new TransportError('ssh.connection-lost', `The SSH connection to ${label} broke while logging in`, { details, cause })
}

function handshakeError(
  cause: Error,
  label: string,
  level: string | undefined,
  details: Record<string, unknown>,
  context: SshFailureContext,
): TransportError {
  if (context.greeting !== undefined && !looksLikeSsh(context.greeting)) {
    return new TransportError('ssh.not-ssh', `${label}: what answers there is no SSH server`, { details, cause })
  }
  if (context.greeting === undefined || level === 'client-socket' || disconnectCode(cause) !== undefined) {
    return new TransportError('ssh.handshake-lost', `${label}: the server hung up during the SSH handshake`, { details, cause })
  }
  return new TransportError('ssh.handshake-failed', `${label}: the SSH handshake failed (${cause.message})`, { details, cause })
}

/** RFC 4253 section 4.2: other lines may come before the identification line. */
function looksLikeSsh(greeting: string): boolean {
  return /^SSH-/m.test(greeting)
}

/** RFC 4254 section 5.1. */
const OPEN_FAILURE = { administrativelyProhibited: 1, connectFailed: 2 } as const

/** Maps a refused channel by its reason code. */
export function mapChannelError(error: unknown, subject: string, details: Record<string, unknown> = {}): TransportError {
  if (isTransportError(error)) return error
  const cause = toError(error)
  const reason = 'reason' in cause && typeof cause.reason === 'number' ? cause.reason : undefined
  const all = { ...details, reason, text: cause.message }
  if (reason === OPEN_FAILURE.connectFailed)
    return new TransportError('ssh.connect-failed', `The SSH server cannot connect to ${subject}`, { details: all, cause })
  return new TransportError('ssh.channel-refused', `The SSH server refuses a channel to ${subject}`, { details: all, cause })
}
