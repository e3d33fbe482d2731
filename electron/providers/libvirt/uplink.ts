import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import type { AppError } from '../../../shared/errors/index.ts'
import { type HostOptions, type HostPart, type LibvirtHost, openHost } from '../../libvirt/index.ts'
import {
  type CheckedConnection,
  createSshLibvirtOpener,
  defaultCertificatePaths,
  loadSshConfig,
  openLocalLibvirt,
  openTlsLibvirt,
  parseJump,
  parseLibvirtUri,
  resolveSshTarget,
  type SshSession,
  type SshTarget,
  userCertificatePaths,
} from '../../libvirt/transport/index.ts'
import type { CallOptions, ConnectOptions, ProviderPorts, Secrets } from '../provider.ts'
import { environmentOf, type GuestWay, Login, logIn } from '../ssh/index.ts'
import type { LibvirtConfig } from './config.ts'
import { type Endpoint, reachEndpoint } from './endpoints.ts'
import { type HostShell, localShell, sshShell } from './host-shell.ts'
import { linkLost, toProblem } from './problems.ts'

/** An open way to a host with libvirt at its end. */
export interface Uplink {
  readonly host: LibvirtHost
  /** A stream to a server on the host itself, such as a display's. Throws AppError. */
  readonly reach: (endpoint: Endpoint, options: CallOptions) => Promise<Duplex>
  /** Runs programs on the host; null: this way cannot. */
  readonly shell: HostShell | null
  /** To the SSH servers of its machines; null: there is none, over TLS. */
  readonly guestWay: GuestWay | null
  /** Settles when the way is gone, with the reason. */
  readonly closed: Promise<AppError>
  /** A daemon beside the hypervisor's (split daemons) was lost: what was subscribed there is gone. */
  onPartLost: ((part: HostPart) => void) | undefined
  close(): Promise<void>
}

const CONNECT_TIMEOUT_MS = 25_000
const LAST_ANSWERS_MS = 1_500
const LOOK_AGAIN_MS = 5

/** The user's and the system's ssh_config, as `ssh` would read them. */
export function sshConfigOf(ports: ProviderPorts): ReturnType<typeof loadSshConfig> {
  return loadSshConfig({ environment: environmentOf(ports), userFile: join(ports.homeDirectory, '.ssh/config') })
}

/** Where SSH leads: the configuration's own words before those of ~/.ssh/config. */
export async function sshTargetOf(config: LibvirtConfig, ports: ProviderPorts): Promise<SshTarget> {
  const keyFiles = config.keyFile === undefined ? undefined : [config.keyFile.replace(/^~(?=\/)/, ports.homeDirectory)]
  const overrides = { user: config.user, port: config.port, identityFiles: keyFiles }
  const sshConfig = config.useSshConfig ? await sshConfigOf(ports) : undefined
  const named: SshTarget = {
    host: config.host,
    ...(config.port !== undefined && { port: config.port }),
    ...(config.user !== undefined && { user: config.user }),
    ...(keyFiles && { identityFiles: keyFiles }),
  }
  const target = sshConfig ? resolveSshTarget(config.host, sshConfig, overrides) : named
  if (config.jumpHosts === undefined) return target
  const jumps = config.jumpHosts.split(',').map((spec): SshTarget => {
    const { host, user, port } = parseJump(spec)
    if (!sshConfig) return { host, ...(user !== undefined && { user }), ...(port !== undefined && { port }) }
    const { jumps: _none, ...jump } = resolveSshTarget(host, sshConfig, { user, port })
    return jump
  })
  return { ...target, jumps }
}

export function scopeOf(config: LibvirtConfig): 'system' | 'session' {
  return parseLibvirtUri(config.uri).scope
}

/** Opens the way and libvirt at its end. Throws AppError; nothing is left open then. */
export async function openUplink(config: LibvirtConfig, secrets: Secrets, ports: ProviderPorts, options: ConnectOptions): Promise<Uplink> {
  const limits = { timeoutMs: CONNECT_TIMEOUT_MS, ...options }
  try {
    if (config.transport === 'ssh') {
      const target = await sshTargetOf(config, ports)
      return await overSession(await logIn(target, new Login(secrets, target, options.onPrompt), ports, limits), config, limits)
    }
    return await overStreams({ open: config.transport === 'unix' ? openUnix(config) : openTls(config, ports) }, config, limits, undefined)
  } catch (thrown) {
    throw toProblem(thrown)
  }
}

async function overSession(session: SshSession, config: LibvirtConfig, limits: ConnectOptions): Promise<Uplink> {
  try {
    const opener = createSshLibvirtOpener(session, { scope: scopeOf(config), socketPath: config.socket })
    const ways = { open: opener.open.bind(opener), openQuickly: opener.openQuickly.bind(opener) }
    return await overStreams(ways, config, limits, session)
  } catch (thrown) {
    await session.close()
    throw thrown
  }
}

/** The way that a check list has opened, with libvirt at its end. */
export async function uplinkFromCheck(checked: CheckedConnection, config: LibvirtConfig, limits: ConnectOptions): Promise<Uplink> {
  checked.stream.destroy()
  try {
    return await overSession(checked.session, config, limits)
  } catch (thrown) {
    throw toProblem(thrown)
  }
}

async function overStreams(
  ways: Pick<HostOptions, 'open' | 'openQuickly'>,
  config: LibvirtConfig,
  limits: ConnectOptions,
  session: SshSession | undefined,
): Promise<Uplink> {
  let uplink: Uplink | undefined
  const host = await openHost({
    ...ways,
    uri: config.uri,
    // One port, or one socket: what listens there, virtproxyd included, serves everything.
    daemons: config.transport === 'tls' || config.socket !== undefined ? 'monolithic' : undefined,
    signal: limits.signal,
    timeoutMs: limits.timeoutMs,
    onPartLost: (part) => uplink?.onPartLost?.(part),
  })
  uplink = uplinkOf(host, session, config)
  return uplink
}

function openUnix(config: LibvirtConfig): HostOptions['open'] {
  return (daemon, within) => openLocalLibvirt({ ...within, daemon, scope: scopeOf(config), socketPath: config.socket })
}

function openTls(config: LibvirtConfig, ports: ProviderPorts): HostOptions['open'] {
  // As libvirt does: the system's certificates for root, a user's own for everybody else.
  const certificates =
    config.pkiPath !== undefined
      ? defaultCertificatePaths(config.pkiPath)
      : userInfo().uid === 0
        ? defaultCertificatePaths()
        : userCertificatePaths(ports.homeDirectory)
  return (_daemon, within) => openTlsLibvirt({ host: config.host, port: config.port, certificates }, within)
}

function uplinkOf(host: LibvirtHost, session: SshSession | undefined, config: LibvirtConfig): Uplink {
  const closed = host.closed.then(async (reason) => {
    // When the session broke, its words say more than those of the channel in it.
    if (session === undefined || session.isOpen) return toProblem(reason)
    const lost = await session.closed
    return lost ? toProblem(lost) : toProblem(reason)
  })
  const guests = new Set<SshSession>()
  void closed.then(() => {
    for (const guest of guests) void guest.close()
  })
  return {
    host,
    reach: async (endpoint, options) => {
      try {
        return await reachEndpoint(endpoint, session, config, options)
      } catch (thrown) {
        throw toProblem(thrown)
      }
    },
    shell: session ? sshShell(session) : config.transport === 'unix' ? localShell : null,
    guestWay: session || config.transport === 'unix' ? { via: session ?? null, guests, from: 'host' } : null,
    onPartLost: undefined,
    closed: closed.then((error) => (error.kind === 'cancelled' ? linkLost() : error)),
    close: async () => {
      await answered(host)
      await host.close()
      await session?.close()
    },
  }
}

/**
 * Waits, for a moment at most, until nothing is under way. libvirtd 9.0 can crash when a client leaves while one of its workers is about to
 * answer: the failed answer and the hang-up both free the client's event callbacks (virNetServerClientCloseLocked).
 */
async function answered(host: LibvirtHost): Promise<void> {
  const endMs = performance.now() + LAST_ANSWERS_MS
  while (host.closeReason === undefined && host.stats.inFlight + host.stats.queued > 0 && performance.now() < endMs) {
    await new Promise<void>((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
  }
}
