import type { LibvirtScope } from './libvirt-sockets.ts'
import { TransportError } from './transport-error.ts'

/** Connection URIs of libvirt (https://libvirt.org/uri.html). */

export type LibvirtTransport = 'unix' | 'ssh' | 'tls' | 'tcp'

/** A parsed URI: how to get there, and what to ask the daemon for. */
export interface LibvirtUri {
  /** `qemu`, `test`, `lxc` … */
  readonly driver: string
  readonly transport: LibvirtTransport
  readonly user: string | undefined
  /** Undefined for a local connection. IPv6 addresses come without brackets. */
  readonly host: string | undefined
  readonly port: number | undefined
  /** `/system`, `/session`, `/default` … */
  readonly path: string
  readonly scope: LibvirtScope
  /** Path of the daemon's socket on its host (`?socket=`). */
  readonly socket: string | undefined
  /** Private key for SSH (`?keyfile=`). */
  readonly keyFile: string | undefined
  /** Folder with cacert.pem, clientcert.pem and clientkey.pem (`?pkipath=`). */
  readonly pkiPath: string | undefined
  /** Do not check the server's certificate (`?no_verify=1`). */
  readonly noVerify: boolean
  /** What CONNECT_OPEN is given: the driver's own URI, without transport, host and the options that concern the transport. */
  readonly remoteName: string
  /** Options that this client does not act on, for a warning. */
  readonly ignoredOptions: readonly string[]
}

/** Options of the transport, taken off the URI before the daemon sees it. */
const ACTED_ON = new Set(['socket', 'keyfile', 'pkipath', 'no_verify', 'name'])
const KNOWN_BUT_IGNORED = new Set([
  'command',
  'netcat',
  'no_sanity',
  'sshauth',
  'known_hosts',
  'known_hosts_verify',
  'proxy',
  'mode',
  'tls_priority',
  'auth',
])

function invalid(text: string, reason: string): TransportError {
  return new TransportError('uri.invalid', `"${text}" is no libvirt URI: ${reason}`, { details: { uri: text, reason } })
}

/** Parses a URI. Throws `uri.invalid`. */
export function parseLibvirtUri(text: string): LibvirtUri {
  const parts = /^([a-z][a-z0-9]*)(?:\+([a-z0-9]+))?:\/\/([^/?#]*)(\/[^?#]*)?(?:\?([^#]*))?$/i.exec(text.trim())
  if (parts === null) throw invalid(text, 'expected driver[+transport]://[user@][host][:port]/[path][?options]')
  const [, driver = '', transportName, authority = '', path = '/', query = ''] = parts
  const { user, host, port } = parseAuthority(text, authority)
  const transport = transportOf(text, transportName?.toLowerCase(), host)
  if (transport === 'ssh' && host === undefined) throw invalid(text, 'a host is needed for ssh')
  if (transport === 'tls' && host === undefined) throw invalid(text, 'a host is needed for tls')
  const options = parseQuery(text, query)
  const rest = options.filter(([name]) => !ACTED_ON.has(name) && !KNOWN_BUT_IGNORED.has(name))
  const option = (name: string) => options.findLast(([one]) => one === name)?.[1]
  return {
    driver: driver.toLowerCase(),
    transport,
    user,
    host,
    port,
    path,
    scope: path === '/session' ? 'session' : 'system',
    socket: option('socket'),
    keyFile: option('keyfile'),
    pkiPath: option('pkipath'),
    noVerify: option('no_verify') === '1',
    remoteName: option('name') ?? `${driver.toLowerCase()}://${path}${formatQuery(rest)}`,
    ignoredOptions: options.map(([name]) => name).filter((name) => KNOWN_BUT_IGNORED.has(name)),
  }
}

function transportOf(text: string, name: string | undefined, host: string | undefined): LibvirtTransport {
  switch (name) {
    // As libvirt does: a host without a transport means TLS.
    case undefined:
      return host === undefined ? 'unix' : 'tls'
    case 'unix':
    case 'tls':
    case 'tcp':
      return name
    case 'ssh':
    case 'libssh':
    case 'libssh2':
      return 'ssh'
    default:
      throw invalid(text, `the transport "${name}" is not supported`)
  }
}

function parseAuthority(text: string, authority: string): { user: string | undefined; host: string | undefined; port: number | undefined } {
  const parts = /^(?:([^@]*)@)?(\[[^\]]+\]|[^:@[\]]*)(?::(\d*))?$/.exec(authority)
  if (parts === null) throw invalid(text, 'the host part is malformed')
  const [, user, host = '', port] = parts
  const number = port === undefined || port === '' ? undefined : Number(port)
  if (number !== undefined && (number < 1 || number > 65_535)) throw invalid(text, 'the port is out of range')
  const name = host.startsWith('[') ? host.slice(1, -1) : decode(text, host)
  return { user: user === undefined || user === '' ? undefined : decode(text, user), host: name === '' ? undefined : name, port: number }
}

function parseQuery(text: string, query: string): [string, string][] {
  return query
    .split(/[&;]/)
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.indexOf('=')
      return at < 0 ? [decode(text, part), ''] : [decode(text, part.slice(0, at)), decode(text, part.slice(at + 1))]
    })
}

function formatQuery(options: readonly [string, string][]): string {
  return options.length === 0
    ? ''
    : `?${options.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&')}`
}

function decode(text: string, part: string): string {
  try {
    return decodeURIComponent(part)
  } catch (error) {
    throw new TransportError('uri.invalid', `"${text}" is no libvirt URI: bad percent encoding`, {
      details: { uri: text, reason: 'bad percent encoding' },
      cause: error,
    })
  }
}
