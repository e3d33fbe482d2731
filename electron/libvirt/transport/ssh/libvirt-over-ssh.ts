import type { Duplex } from 'node:stream'
import { type CallLimits, Deadline } from '../deadline.ts'
import { helperUri, type LibvirtDaemon, type LibvirtScope, SYSTEM_SOCKET_FOLDERS, socketNames } from '../libvirt-sockets.ts'
import { isTransportError, TransportError } from '../transport-error.ts'
import type { ChannelDuplex } from './channel-duplex.ts'
import { judgeSockets, parseProbe, probeScript, type RemoteProbe, type RemoteSocket, RUNTIME_FOLDER, shellQuote } from './remote-probe.ts'
import type { SshSession } from './ssh-session.ts'

export interface SshLibvirtOptions {
  /** Default `system`. */
  readonly scope?: LibvirtScope | undefined
  readonly readOnly?: boolean | undefined
  /** A socket in an unusual place, instead of the daemon's own names. */
  readonly socketPath?: string | undefined
}

/** How a daemon is reached. */
export interface SshLibvirtRoute {
  readonly method: 'streamlocal' | 'virt-ssh-helper' | 'nc'
  /** The socket; undefined for virt-ssh-helper, which finds it by itself. */
  readonly path: string | undefined
}

/** Opens streams to the libvirt daemons of a host through one SSH session. Remembers for each daemon which way worked. */
export interface SshLibvirtOpener {
  /**
   * A stream that speaks libvirt's RPC. Throws `libvirt.*` when the daemon cannot be had, `ssh.forwarding-forbidden` when the SSH
   * server lets nothing through, `ssh.*` when the connection itself fails.
   */
  open(daemon?: LibvirtDaemon, limits?: CallLimits): Promise<Duplex>
  /**
   * The same by the way that worked last, else by the socket's usual place: one round trip, without a look around. Undefined if that
   * leads nowhere.
   */
  openQuickly(daemon?: LibvirtDaemon, limits?: CallLimits): Promise<Duplex | undefined>
  /** The way that worked last for a daemon. */
  route(daemon?: LibvirtDaemon): SshLibvirtRoute | undefined
  /** Looks at the host: sockets, rights, helpers. Undefined if the user may not run commands there. */
  probe(daemon?: LibvirtDaemon, limits?: CallLimits): Promise<RemoteProbe | undefined>
}

export function createSshLibvirtOpener(session: SshSession, options: SshLibvirtOptions = {}): SshLibvirtOpener {
  return new Opener(session, options)
}

class Opener implements SshLibvirtOpener {
  readonly #session: SshSession
  readonly #scope: LibvirtScope
  readonly #readOnly: boolean
  readonly #socketPath: string | undefined
  readonly #routes = new Map<LibvirtDaemon, SshLibvirtRoute>()

  constructor(session: SshSession, options: SshLibvirtOptions) {
    this.#session = session
    this.#scope = options.scope ?? 'system'
    this.#readOnly = options.readOnly ?? false
    this.#socketPath = options.socketPath
  }

  route(daemon: LibvirtDaemon = 'auto'): SshLibvirtRoute | undefined {
    return this.#routes.get(daemon)
  }

  open(daemon: LibvirtDaemon = 'auto', limits: CallLimits = {}): Promise<Duplex> {
    return this.#bounded(limits, async (within) => (await this.#guess(daemon, within)) ?? this.#openAfterProbe(daemon, within))
  }

  openQuickly(daemon: LibvirtDaemon = 'auto', limits: CallLimits = {}): Promise<Duplex | undefined> {
    return this.#bounded(limits, (within) => this.#guess(daemon, within))
  }

  async #bounded<T>(limits: CallLimits, work: (within: CallLimits) => Promise<T>): Promise<T> {
    const deadline = new Deadline({
      timeoutMs: 20_000,
      ...limits,
      timeoutCode: 'ssh.timeout',
      subject: `opening libvirt on ${this.#session.target.host}`,
    })
    try {
      return await work({ signal: deadline.signal })
    } finally {
      deadline.dispose()
    }
  }

  async #guess(daemon: LibvirtDaemon, within: CallLimits): Promise<Duplex | undefined> {
    const known = this.#routes.get(daemon)
    if (known) {
      const stream = await this.#tryRoute(known, daemon, within)
      if (stream) return stream
      this.#routes.delete(daemon)
    }
    for (const path of this.#firstGuesses(daemon)) {
      const stream = await this.#remember(daemon, { method: 'streamlocal', path }, within)
      if (stream) return stream
    }
    return undefined
  }

  probe(daemon: LibvirtDaemon = 'auto', limits: CallLimits = {}): Promise<RemoteProbe | undefined> {
    return this.#look(this.#allPaths(daemon), limits)
  }

  async #look(paths: readonly string[], limits: CallLimits): Promise<RemoteProbe | undefined> {
    try {
      const { stdout } = await this.#session.exec('sh -s', { ...limits, stdin: probeScript(paths) })
      return parseProbe(stdout)
    } catch (error) {
      if (isTransportError(error) && error.code === 'ssh.exec-forbidden') return undefined
      throw error
    }
  }

  /** The sockets worth trying before anything is known about the host: one round trip each. */
  #firstGuesses(daemon: LibvirtDaemon): string[] {
    if (this.#socketPath !== undefined) return [this.#socketPath]
    return this.#scope === 'session' ? [] : socketNames(daemon, 'system', this.#readOnly).map((name) => `/run/libvirt/${name}`)
  }

  #allPaths(daemon: LibvirtDaemon): string[] {
    if (this.#socketPath !== undefined) return [this.#socketPath]
    const folders = this.#scope === 'session' ? [`${RUNTIME_FOLDER}/libvirt`] : SYSTEM_SOCKET_FOLDERS
    return socketNames(daemon, this.#scope, this.#readOnly).flatMap((name) => folders.map((folder) => `${folder}/${name}`))
  }

  async #openAfterProbe(daemon: LibvirtDaemon, within: CallLimits): Promise<Duplex> {
    const own = this.#allPaths(daemon)
    const hypervisors = this.#socketPath === undefined && daemon === 'libvirtd' ? this.#allPaths('virtqemud') : []
    const all = await this.#look([...own, ...hypervisors], within)
    const { host } = this.#session.target
    if (all === undefined) throw await this.#diagnoseWithoutShell(daemon, within)
    const probe = { ...all, sockets: all.sockets.slice(0, own.length) }
    const judged = judgeSockets(probe, host)
    const helps = this.#helperLeadsTo(daemon, probe, all.sockets.slice(own.length))
    // The helper starts a user's own daemon where it does not run yet.
    const mayStart = this.#scope === 'session' && helps
    if (judged instanceof TransportError && !mayStart) throw judged
    const path = judged instanceof TransportError ? undefined : judged.path
    const routes: SshLibvirtRoute[] = []
    if (path !== undefined && !this.#firstGuesses(daemon).includes(path)) routes.push({ method: 'streamlocal', path })
    if (helps) routes.push({ method: 'virt-ssh-helper', path: undefined })
    if (probe.hasNc && path !== undefined) routes.push({ method: 'nc', path })
    for (const route of routes) {
      const stream = await this.#remember(daemon, route, within)
      if (stream) return stream
    }
    throw new TransportError('ssh.forwarding-forbidden', `${host}: the SSH server forwards no unix sockets, and no helper can stand in`, {
      details: {
        host,
        path,
        tried: ['streamlocal', ...routes.map((route) => route.method)],
        virtSshHelper: probe.hasHelper,
        nc: probe.hasNc,
      },
    })
  }

  /**
   * Whether virt-ssh-helper is there and takes the daemon that is wanted. It chooses by itself: the split daemon where a socket of its
   * name exists, listened on or not, else libvirtd where that one's exists, else what its build prefers (remoteGetUNIXSocket with
   * REMOTE_DRIVER_MODE_AUTO): virtqemud, then, where that is installed.
   */
  #helperLeadsTo(daemon: LibvirtDaemon, probe: RemoteProbe, hypervisors: readonly RemoteSocket[]): boolean {
    if (!probe.hasHelper || this.#socketPath !== undefined) return false
    const exists = (socket: RemoteSocket) => socket.state !== 'missing'
    if (daemon === 'auto') return true
    if (daemon === 'libvirtd') return !hypervisors.some(exists) && (probe.sockets.some(exists) || !probe.virtqemudInstalled)
    return probe.sockets.some(exists) || probe.virtqemudInstalled
  }

  /** The user may not run commands: SFTP can still tell a missing socket. */
  async #diagnoseWithoutShell(daemon: LibvirtDaemon, within: CallLimits): Promise<TransportError> {
    const { host, user } = this.#session.target
    const paths = this.#allPaths(daemon).filter((path) => !path.startsWith(RUNTIME_FOLDER))
    const states = await Promise.all(paths.map((path) => this.#session.stat(path, within).catch(() => 'unknown' as const)))
    const details = { host, user, sockets: paths.map((path, index) => ({ path, state: states[index] })), execForbidden: true }
    // What let one daemon's socket through bars no other's: this one's cannot be had.
    const isForwarded = [...this.#routes.values()].some(({ method }) => method === 'streamlocal')
    if (isForwarded || (states.length > 0 && states.every((state) => state === 'missing'))) {
      return new TransportError('libvirt.socket-missing', `${host}: none of libvirt's sockets is there`, { details })
    }
    return new TransportError('ssh.forwarding-forbidden', `${host}: the SSH server gives ${user} neither forwarding nor commands`, {
      details,
    })
  }

  async #remember(daemon: LibvirtDaemon, route: SshLibvirtRoute, within: CallLimits): Promise<Duplex | undefined> {
    const stream = await this.#tryRoute(route, daemon, within)
    if (stream) this.#routes.set(daemon, route)
    return stream
  }

  /** A stream, or undefined when this way is barred. Rejects when the connection or the caller gave up. */
  async #tryRoute(route: SshLibvirtRoute, daemon: LibvirtDaemon, within: CallLimits): Promise<Duplex | undefined> {
    try {
      if (route.method === 'streamlocal') return await this.#session.openUnixSocket(route.path ?? '', within)
      const stream = await this.#session.execDuplex(this.#proxyCommand(route, daemon), within)
      this.#explainEarlyEnd(stream, route, daemon)
      return stream
    } catch (error) {
      if (
        isTransportError(error) &&
        (error.code === 'ssh.channel-refused' || error.code === 'ssh.connect-failed' || error.code === 'ssh.exec-forbidden')
      )
        return undefined
      throw error
    }
  }

  #proxyCommand(route: SshLibvirtRoute, daemon: LibvirtDaemon): string {
    if (route.method === 'virt-ssh-helper') {
      return `virt-ssh-helper ${this.#readOnly ? '-r ' : ''}${shellQuote(helperUri(daemon, this.#scope))}`
    }
    // As libvirt does: an nc that knows -q must be told to leave when its input ends.
    const script = `if nc -q 2>&1 | grep -q 'requires an argument'; then exec nc -q0 -U "$0"; else exec nc -U "$0"; fi`
    return `sh -c ${shellQuote(script)} ${shellQuote(route.path ?? '')}`
  }

  /** A helper that ends before the daemon has said a word could not reach it: its stream fails with the reason. */
  #explainEarlyEnd(stream: ChannelDuplex, route: SshLibvirtRoute, daemon: LibvirtDaemon): void {
    stream.failOnSilentEnd((exit, stderr) => {
      this.#routes.delete(daemon)
      const { host } = this.#session.target
      const reason = exit?.code === 126 || exit?.code === 127 ? 'ssh.exec-failed' : 'libvirt.socket-refused'
      return new TransportError(reason, `${host}: ${route.method} could not reach the daemon`, {
        details: { host, ...route, exit, stderr: stderr.trim() },
      })
    })
  }
}
