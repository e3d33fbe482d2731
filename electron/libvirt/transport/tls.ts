import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createSecureContext, type PeerCertificate, type SecureContext, type TLSSocket, connect as tlsConnect } from 'node:tls'
import { type CallLimits, Deadline } from './deadline.ts'
import { dialTcp } from './ssh/tcp.ts'
import { nodeErrorCode, TransportError, toError } from './transport-error.ts'

/** libvirt over TLS with client certificates (https://libvirt.org/kbase/tlscerts.html). */

export interface TlsCertificatePaths {
  readonly ca: string
  readonly clientCertificate: string
  readonly clientKey: string
}

export interface TlsTarget {
  readonly host: string
  /** Default 16514. */
  readonly port?: number | undefined
  /** Default: {@link defaultCertificatePaths}. */
  readonly certificates?: Partial<TlsCertificatePaths> | undefined
  /** The name that the server's certificate has to hold. Default: `host`. */
  readonly serverName?: string | undefined
  /** Connect although the server's certificate cannot be trusted. */
  readonly noVerify?: boolean | undefined
}

export const LIBVIRT_TLS_PORT = 16_514

/** Where libvirt keeps the certificates: the system's, or a folder as given by `pkipath` (or a user's `~/.pki/libvirt`). */
export function defaultCertificatePaths(pkiPath?: string): TlsCertificatePaths {
  if (pkiPath !== undefined) {
    return {
      ca: join(pkiPath, 'cacert.pem'),
      clientCertificate: join(pkiPath, 'clientcert.pem'),
      clientKey: join(pkiPath, 'clientkey.pem'),
    }
  }
  return {
    ca: '/etc/pki/CA/cacert.pem',
    clientCertificate: '/etc/pki/libvirt/clientcert.pem',
    clientKey: '/etc/pki/libvirt/private/clientkey.pem',
  }
}

/** A user's own certificates. */
export function userCertificatePaths(home = homedir()): TlsCertificatePaths {
  return defaultCertificatePaths(join(home, '.pki/libvirt'))
}

/**
 * Opens libvirt's TLS port. Resolves once the server has accepted the client certificate: libvirt says so by one byte 1 inside the TLS
 * stream before any RPC. Throws `tls.*` or `transport.cancelled`; leaves nothing open then.
 */
export async function openTlsLibvirt(target: TlsTarget, limits: CallLimits = {}): Promise<TLSSocket> {
  const port = target.port ?? LIBVIRT_TLS_PORT
  const deadline = new Deadline({
    timeoutMs: 20_000,
    ...limits,
    timeoutCode: 'tls.timeout',
    subject: `connecting to ${target.host} port ${port} by TLS`,
  })
  try {
    const secureContext = await loadCertificates({ ...defaultCertificatePaths(), ...target.certificates })
    deadline.stage = 'reach'
    const tcp = await dialTcp(target.host, port, deadline, {
      dns: 'tls.dns-failed',
      refused: 'tls.refused',
      unreachable: 'tls.unreachable',
    })
    const name = target.serverName ?? target.host
    const socket = tlsConnect({
      socket: tcp,
      secureContext,
      host: name,
      ...(isIP(name) === 0 ? { servername: name } : {}),
      rejectUnauthorized: !target.noVerify,
    })
    try {
      deadline.stage = 'handshake'
      await handshake(socket, target.host, name, deadline)
      deadline.stage = 'access'
      await acceptance(socket, target.host, deadline)
    } catch (error) {
      socket.on('error', () => undefined)
      socket.destroy()
      tcp.destroy()
      throw error
    }
    socket.setNoDelay(true)
    return socket
  } finally {
    deadline.dispose()
  }
}

async function loadCertificates(paths: TlsCertificatePaths): Promise<SecureContext> {
  const read = async (path: string) => {
    try {
      return await readFile(path)
    } catch (error) {
      const reason = nodeErrorCode(error)
      throw new TransportError('tls.certificate-unreadable', `Cannot read ${path} (${reason})`, { details: { path, reason }, cause: error })
    }
  }
  const [ca, cert, key] = await Promise.all([read(paths.ca), read(paths.clientCertificate), read(paths.clientKey)])
  try {
    return createSecureContext({ ca, cert, key, minVersion: 'TLSv1.2' })
  } catch (error) {
    const reason = nodeErrorCode(error)
    const text =
      reason === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH'
        ? 'Client certificate and client key do not belong together'
        : 'The certificates cannot be used'
    throw new TransportError('tls.certificate-unreadable', text, { details: { ...paths, reason }, cause: error })
  }
}

function handshake(socket: TLSSocket, host: string, name: string, deadline: Deadline): Promise<void> {
  return settleOn(socket, deadline, (resolve, reject) => {
    socket.once('secureConnect', resolve)
    socket.once('error', (error) => reject(mapTlsError(error, host, name)))
    socket.once('close', () =>
      reject(new TransportError('tls.handshake-failed', `${host} hung up during the TLS handshake`, { details: { host } })),
    )
  })
}

/** Waits for the byte by which libvirt lets a client in (virNetTLSSession; 1 = welcome). */
function acceptance(socket: TLSSocket, host: string, deadline: Deadline): Promise<void> {
  return settleOn(socket, deadline, (resolve, reject) => {
    const refused = (cause?: Error) =>
      reject(
        new TransportError('tls.client-certificate-refused', `${host} refused the client certificate`, {
          details: { host, reason: nodeErrorCode(cause) },
          cause,
        }),
      )
    const onReadable = () => {
      // Exactly one byte: what follows belongs to the RPC.
      const chunk: unknown = socket.read(1)
      if (!Buffer.isBuffer(chunk)) return
      socket.off('readable', onReadable)
      if (chunk[0] === 1) resolve()
      else
        reject(
          new TransportError('tls.not-tls', `${host}: something else than libvirt answers`, { details: { host, firstByte: chunk[0] } }),
        )
    }
    socket.on('readable', onReadable)
    // With TLS 1.3 the handshake is over for the client before the server has looked at its certificate: a refusal shows only now.
    socket.once('error', refused)
    socket.once('end', () => refused())
    socket.once('close', () => refused())
    onReadable()
  })
}

/** One outcome of a socket's events: the first wins, then all listeners that were added go. */
async function settleOn(
  socket: TLSSocket,
  deadline: Deadline,
  listen: (resolve: () => void, reject: (error: Error) => void) => void,
): Promise<void> {
  const before = new Map(['secureConnect', 'error', 'close', 'end', 'readable'].map((event) => [event, socket.listeners(event)]))
  let onAbort: (() => void) | undefined
  try {
    await new Promise<void>((resolve, reject) => {
      onAbort = () => reject(toError(deadline.signal.reason))
      deadline.signal.addEventListener('abort', onAbort, { once: true })
      if (deadline.signal.aborted) onAbort()
      listen(resolve, reject)
    })
  } finally {
    if (onAbort) deadline.signal.removeEventListener('abort', onAbort)
    for (const [event, old] of before) {
      for (const listener of socket.listeners(event)) {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- listeners() says Function
        if (!old.includes(listener)) socket.off(event, listener as () => void)
      }
    }
  }
}

const UNTRUSTED = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
])

/** Maps an error of the TLS handshake by its code. */
export function mapTlsError(error: Error & { cert?: PeerCertificate }, host: string, name: string): TransportError {
  const reason = nodeErrorCode(error)
  const certificate = error.cert
  const details = {
    host,
    name,
    reason,
    subject: certificate?.subject.CN,
    names: certificate?.subjectaltname,
    validTo: certificate?.valid_to,
  }
  if (reason === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return new TransportError('tls.server-name-mismatch', `The certificate of ${host} is not for ${name}`, { details, cause: error })
  }
  if (reason !== undefined && UNTRUSTED.has(reason)) {
    return new TransportError('tls.server-certificate-untrusted', `The certificate of ${host} is not trusted (${reason})`, {
      details,
      cause: error,
    })
  }
  if (reason === 'ERR_SSL_WRONG_VERSION_NUMBER' || reason === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') {
    return new TransportError('tls.not-tls', `${host} does not speak TLS on that port`, { details, cause: error })
  }
  if (
    reason?.startsWith('ERR_SSL_') &&
    /ALERT_(?:BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE|UNSUPPORTED_CERTIFICATE|ACCESS_DENIED)/.test(reason)
  ) {
    return new TransportError('tls.client-certificate-refused', `${host} refused the client certificate`, { details, cause: error })
  }
  return new TransportError('tls.handshake-failed', `The TLS handshake with ${host} failed (${reason ?? error.message})`, {
    details,
    cause: error,
  })
}
