import { once } from 'node:events'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { AppError } from '../../../shared/errors/index.ts'
import type { SshSession } from '../../libvirt/transport/index.ts'
import type { CallOptions } from '../provider.ts'
import type { LibvirtConfig } from './config.ts'

/** Where a server on the host listens. */
export type Endpoint = { readonly host: string; readonly port: number } | { readonly path: string }

/**
 * A stream to a server on a libvirt host: through the host's own SSH connection, or straight on this computer. Over TLS there is no way but
 * the address the server listens on, and one that only listens on its own host cannot be reached.
 */
export async function reachEndpoint(
  endpoint: Endpoint,
  session: SshSession | undefined,
  config: LibvirtConfig,
  options: CallOptions,
): Promise<Duplex> {
  if (session)
    return 'path' in endpoint ? session.openUnixSocket(endpoint.path, options) : session.openTcp(endpoint.host, endpoint.port, options)
  if (config.transport === 'unix') {
    return connected('path' in endpoint ? { path: endpoint.path } : { host: endpoint.host, port: endpoint.port }, options)
  }
  if ('path' in endpoint || isLoopback(endpoint.host)) throw onlyOnTheHost()
  return connected({ host: endpoint.host, port: endpoint.port }, options)
}

const isLoopback = (address: string): boolean => address === '::1' || address === 'localhost' || address.startsWith('127.')

async function connected(
  to: { readonly host: string; readonly port: number } | { readonly path: string },
  options: CallOptions,
): Promise<Duplex> {
  const socket = connect({ ...to, noDelay: true })
  try {
    await once(socket, 'connect', options.signal ? { signal: options.signal } : {})
    return socket
  } catch (error) {
    socket.destroy()
    if (options.signal?.aborted) throw error
    throw new AppError({
      kind: 'unreachable',
      code: 'console.unreachable',
      message: 'Nothing answers at the address of the display.',
      cause: error,
    })
  }
}

function onlyOnTheHost(): AppError {
  return new AppError({
    kind: 'unsupported',
    code: 'console.only-on-host',
    message: 'The display only listens on the host itself. Connect the host by SSH to see it: a TLS connection has no way there.',
    details: { expected: 'an SSH connection', actual: 'TLS', reason: 'console.only-on-host' },
  })
}
