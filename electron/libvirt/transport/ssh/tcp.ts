import { connect, type Socket } from 'node:net'
import type { Deadline } from '../deadline.ts'
import { nodeErrorCode, TransportError, type TransportErrorCode, toError } from '../transport-error.ts'

/** Codes to blame, by what went wrong. */
export interface DialCodes {
  readonly dns: TransportErrorCode
  readonly refused: TransportErrorCode
  readonly unreachable: TransportErrorCode
}

const SSH_CODES: DialCodes = { dns: 'ssh.dns-failed', refused: 'ssh.refused', unreachable: 'ssh.unreachable' }

/** Opens a TCP connection without Nagle's delay. Tries all addresses of the name (RFC 8305). Leaves nothing behind when it fails. */
export function dialTcp(host: string, port: number, deadline: Deadline, codes: DialCodes = SSH_CODES): Promise<Socket> {
  return new Promise((resolve, reject) => {
    deadline.check()
    const socket = connect({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      autoSelectFamily: true,
      // Node's default of 250 ms gives up on every address of a host that is merely far away.
      autoSelectFamilyAttemptTimeout: 3_000,
    })
    const cleanUp = () => {
      socket.off('connect', onConnect)
      socket.off('error', onError)
      deadline.signal.removeEventListener('abort', onAbort)
    }
    const onConnect = () => {
      cleanUp()
      socket.setNoDelay(true)
      resolve(socket)
    }
    const fail = (error: Error) => {
      cleanUp()
      // A socket that is being destroyed may still report an error.
      socket.on('error', () => undefined)
      socket.destroy()
      reject(error)
    }
    const onError = (error: Error) => fail(dialError(host, port, error, codes))
    const onAbort = () => fail(toError(deadline.signal.reason))
    socket.once('connect', onConnect)
    socket.once('error', onError)
    deadline.signal.addEventListener('abort', onAbort, { once: true })
  })
}

/** Maps an error of connect(2) or getaddrinfo(3), by its code. */
export function dialError(host: string, port: number, error: Error, codes: DialCodes = SSH_CODES): TransportError {
  const reason = nodeErrorCode(error) ?? firstCode(error)
  const details = { host, port, reason }
  switch (reason) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_FAIL':
    case 'EAI_NONAME':
      return new TransportError(codes.dns, `The name ${host} cannot be resolved`, { details, cause: error })
    case 'ECONNREFUSED':
      return new TransportError(codes.refused, `${host} refuses connections on port ${port}`, { details, cause: error })
    default:
      return new TransportError(codes.unreachable, `${host} port ${port} cannot be reached (${reason ?? error.message})`, {
        details,
        cause: error,
      })
  }
}

/** When all addresses failed, the first reason stands for them. */
function firstCode(error: Error): string | undefined {
  return error instanceof AggregateError ? error.errors.map(nodeErrorCode).find((code) => code !== undefined) : undefined
}
