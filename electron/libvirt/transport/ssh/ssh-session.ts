import type { Duplex } from 'node:stream'
import type { Client, ClientChannel, SFTPWrapper, Stats } from 'ssh2'
import { abortable, type CallLimits, Deadline } from '../deadline.ts'
import { TransportError, toError } from '../transport-error.ts'
import { ChannelDuplex, type ChannelExit } from './channel-duplex.ts'
import { mapChannelError, mapSshError } from './ssh-errors.ts'
import { type SshTarget, targetLabel } from './ssh-target.ts'

/** The host key of an open session. */
export interface HostKeyFacts {
  readonly key: Buffer
  readonly keyType: string
  readonly fingerprintSha256: string
  /** It was accepted just now, not known before. */
  readonly firstUse: boolean
}

export interface ExecOptions extends CallLimits {
  /** Bytes kept of each of stdout and stderr; what is more is dropped. Default 1 MiB. */
  readonly maxOutputBytes?: number
  /** Given to the command as its standard input. */
  readonly stdin?: string
}

export interface ExecResult extends ChannelExit {
  readonly stdout: string
  readonly stderr: string
  /** Output was longer than `maxOutputBytes`. */
  readonly truncated: boolean
}

/** The terminal that a shell is given. */
export interface ShellTerminal {
  /** Its kind, as terminfo names it. */
  readonly term: string
  readonly columns: number
  readonly rows: number
}

export interface RemoteStat {
  readonly kind: 'file' | 'directory' | 'socket' | 'symlink' | 'other'
  /** Permission bits. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly sizeBytes: number
}

/** One SSH connection to one host; everything runs through it. All calls reject with {@link TransportError}. */
export interface SshSession {
  readonly target: SshTarget & { readonly user: string; readonly port: number }
  readonly hostKey: HostKeyFacts
  /** How the login worked, for display. */
  readonly loginMethod: string
  /** Settles when the connection is over: undefined if we closed it, else why it broke. Never rejects. */
  readonly closed: Promise<TransportError | undefined>
  readonly isOpen: boolean
  /** A stream to a unix socket of the host (direct-streamlocal@openssh.com). */
  openUnixSocket(path: string, limits?: CallLimits): Promise<Duplex>
  /** A stream to a TCP port as seen from the host. */
  openTcp(host: string, port: number, limits?: CallLimits): Promise<Duplex>
  /** Runs a command to its end. A non-zero exit is a result, not an error. */
  exec(command: string, options?: ExecOptions): Promise<ExecResult>
  /** Runs a command and hands out its stdin and stdout. */
  execDuplex(command: string, limits?: CallLimits): Promise<ChannelDuplex>
  /** A login shell on a terminal of its own, as `ssh` without a command; standard error comes with the rest. */
  openShell(terminal: ShellTerminal, limits?: CallLimits): Promise<ChannelDuplex>
  /** Looks at a path over SFTP; undefined if there is none or the user may not look. Rejects if the host has no SFTP. */
  stat(path: string, limits?: CallLimits): Promise<RemoteStat | 'missing' | 'forbidden'>
  close(): Promise<void>
}

interface SessionParts {
  readonly client: Client
  readonly link: Duplex
  readonly target: SshTarget & { readonly user: string; readonly port: number }
  readonly hostKey: HostKeyFacts
  readonly method: string
  /** Hops that live and die with this session. */
  readonly hops: readonly SshSession[]
}

/** Wraps a client that has just logged in. */
export function createSession(parts: SessionParts, quicken: boolean): SshSession {
  const session = new ClientSession(parts)
  if (quicken) session.quicken()
  return session
}

const DEFAULT_CALL_TIMEOUT_MS = 20_000
const CLOSE_GRACE_MS = 1_000

class ClientSession implements SshSession {
  readonly target: SessionParts['target']
  readonly hostKey: HostKeyFacts
  readonly loginMethod: string
  readonly closed: Promise<TransportError | undefined>
  readonly #client: Client
  readonly #link: Duplex
  readonly #hops: readonly SshSession[]
  readonly #channels = new Set<Duplex>()
  #failure: TransportError | undefined
  #over = false
  #sftp: Promise<SFTPWrapper> | undefined

  constructor(parts: SessionParts) {
    this.#client = parts.client
    this.#link = parts.link
    this.#hops = parts.hops
    this.target = parts.target
    this.hostKey = parts.hostKey
    this.loginMethod = parts.method
    this.closed = new Promise((resolve) => {
      const finish = () => {
        if (this.#over) return
        this.#over = true
        this.#failure ??= this.#lost(new Error('the server closed the connection'))
        const reason = this.#failure
        for (const channel of this.#channels) channel.destroy(reason)
        this.#channels.clear()
        this.#link.destroy()
        void Promise.all(this.#hops.map((hop) => hop.close()))
        resolve(reason.code === 'transport.closed' ? undefined : reason)
      }
      parts.client.on('error', (error: Error) => {
        this.#failure ??= this.#lost(error)
        this.#link.destroy()
      })
      parts.client.once('close', finish)
      // The library does not always report the end of a stream that it was given.
      parts.link.once('close', finish)
      if (parts.link.destroyed) finish()
    })
  }

  /**
   * sshd leaves Nagle's algorithm on until a connection has run its first command; until then every second small packet waits for our
   * delayed acknowledgement, some 40 ms. So one is run that does nothing. Where commands are forbidden, it stays slow.
   */
  quicken(): void {
    if (!this.isOpen) return
    this.#client.exec(':', (error, channel) => {
      if (error) return
      channel.on('error', () => undefined)
      channel.resume().stderr.resume()
      channel.end()
    })
  }

  get isOpen(): boolean {
    return !this.#over && this.#failure === undefined
  }

  openUnixSocket(path: string, limits: CallLimits = {}): Promise<Duplex> {
    const open = (callback: ChannelCallback) => this.#client.openssh_forwardOutStreamLocal(path, callback)
    return this.#openChannel(`opening ${path}`, path, { path }, limits, open, 'socket')
  }

  openTcp(host: string, port: number, limits: CallLimits = {}): Promise<Duplex> {
    const open = (callback: ChannelCallback) => this.#client.forwardOut('127.0.0.1', 0, host, port, callback)
    return this.#openChannel(`opening ${host} port ${port}`, `${host} port ${port}`, { host, port }, limits, open, 'socket')
  }

  execDuplex(command: string, limits: CallLimits = {}): Promise<ChannelDuplex> {
    const open = (callback: ChannelCallback) => this.#client.exec(command, callback)
    return this.#openChannel('starting a command', 'a command', {}, limits, open, 'command').catch((error: unknown) => {
      // A session channel that opens but whose exec request is denied yields a plain error without a reason.
      const mapped = mapChannelError(error, 'a command')
      if (mapped.code !== 'ssh.channel-refused') throw mapped
      throw new TransportError('ssh.exec-forbidden', `${targetLabel(this.target)} does not run commands for this user`, {
        details: mapped.details,
        cause: mapped,
      })
    })
  }

  openShell({ term, columns, rows }: ShellTerminal, limits: CallLimits = {}): Promise<ChannelDuplex> {
    const open = (callback: ChannelCallback) => this.#client.shell({ term, cols: columns, rows, width: 0, height: 0 }, callback)
    return this.#openChannel('opening a shell', 'a shell', {}, limits, open, 'command')
  }

  async exec(command: string, options: ExecOptions = {}): Promise<ExecResult> {
    const deadline = this.#deadline('running a command', options)
    try {
      const channel = await this.execDuplex(command, { signal: deadline.signal })
      const limit = options.maxOutputBytes ?? 1 << 20
      const collected = new BoundedOutput(limit)
      const done = new Promise<void>((resolve, reject) => {
        channel.on('data', (chunk: Buffer) => collected.add(chunk))
        channel.once('error', reject)
        channel.once('close', () => resolve())
      })
      if (options.stdin !== undefined && options.stdin !== '') channel.write(options.stdin)
      channel.end()
      try {
        await abortable(done, deadline.signal)
      } finally {
        channel.destroy()
      }
      return {
        stdout: collected.text(),
        stderr: channel.stderrTail,
        truncated: collected.truncated,
        code: channel.exit?.code ?? null,
        signal: channel.exit?.signal,
      }
    } finally {
      deadline.dispose()
    }
  }

  async stat(path: string, limits: CallLimits = {}): Promise<RemoteStat | 'missing' | 'forbidden'> {
    const deadline = this.#deadline(`looking at ${path}`, limits)
    try {
      const sftp = await abortable(this.#openSftp(), deadline.signal)
      const result = new Promise<RemoteStat | 'missing' | 'forbidden'>((resolve, reject) => {
        sftp.stat(path, (error, stats) => {
          if (!error) resolve(toRemoteStat(stats))
          else if (sftpStatus(error) === SFTP_NO_SUCH_FILE) resolve('missing')
          else if (sftpStatus(error) === SFTP_PERMISSION_DENIED) resolve('forbidden')
          else reject(mapChannelError(error, path, { path }))
        })
      })
      return await abortable(result, deadline.signal)
    } finally {
      deadline.dispose()
    }
  }

  async close(): Promise<void> {
    this.#failure ??= new TransportError('transport.closed', `The connection to ${targetLabel(this.target)} was closed`)
    for (const channel of this.#channels) channel.destroy()
    this.#client.end()
    const grace = setTimeout(() => this.#link.destroy(), CLOSE_GRACE_MS)
    await this.closed
    clearTimeout(grace)
    await Promise.all(this.#hops.map((hop) => hop.close()))
  }

  #lost(error: Error): TransportError {
    return mapSshError(error, { target: this.target, phase: 'ready', greeting: undefined })
  }

  #deadline(subject: string, limits: CallLimits): Deadline {
    return new Deadline({
      timeoutMs: DEFAULT_CALL_TIMEOUT_MS,
      ...limits,
      timeoutCode: 'ssh.timeout',
      subject: `${subject} on ${targetLabel(this.target)}`,
    })
  }

  #openSftp(): Promise<SFTPWrapper> {
    if (this.#sftp !== undefined) return this.#sftp
    const opening = new Promise<SFTPWrapper>((resolve, reject) => {
      if (this.#failure) throw this.#failure
      this.#client.sftp((error, sftp) => {
        if (error) {
          reject(mapChannelError(error, 'SFTP'))
          return
        }
        sftp.on('error', () => undefined)
        sftp.once('close', () => {
          this.#sftp = undefined
        })
        resolve(sftp)
      })
    })
    this.#sftp = opening
    // What failed may work the next time: a limit of sessions, a server that is being set up.
    opening.catch(() => {
      this.#sftp = undefined
    })
    return opening
  }

  async #openChannel(
    doing: string,
    subject: string,
    details: Record<string, unknown>,
    limits: CallLimits,
    open: (callback: ChannelCallback) => void,
    kind: 'socket' | 'command',
  ): Promise<ChannelDuplex> {
    const deadline = this.#deadline(doing, limits)
    try {
      deadline.check()
      const channel = await new Promise<ChannelDuplex>((resolve, reject) => {
        if (this.#failure) throw this.#failure
        const onAbort = () => reject(toError(deadline.signal.reason))
        deadline.signal.addEventListener('abort', onAbort, { once: true })
        open((error, opened) => {
          deadline.signal.removeEventListener('abort', onAbort)
          if (error) reject(this.#failure ?? mapChannelError(error, subject, details))
          else if (deadline.signal.aborted) opened.destroy().resume()
          // Wrapped at once: the exit of a quick command may be in the same segment as the answer to its start.
          else resolve(new ChannelDuplex(opened, kind))
        })
      })
      return this.#track(channel)
    } catch (error) {
      // "Not connected" is what the library throws once its socket is gone.
      throw this.#failure ?? mapChannelError(error, subject, details)
    } finally {
      deadline.dispose()
    }
  }

  #track(channel: ChannelDuplex): ChannelDuplex {
    this.#channels.add(channel)
    channel.once('close', () => this.#channels.delete(channel))
    // A lost connection destroys every channel with an error: one that nobody listens to must not end the process.
    channel.on('error', () => undefined)
    return channel
  }
}

type ChannelCallback = (error: Error | undefined, channel: ClientChannel) => void

/** Output of a command up to a limit. */
class BoundedOutput {
  readonly #chunks: Buffer[] = []
  readonly #limit: number
  #bytes = 0
  truncated = false

  constructor(limit: number) {
    this.#limit = limit
  }

  add(chunk: Buffer): void {
    const room = this.#limit - this.#bytes
    if (chunk.length > room) this.truncated = true
    if (room <= 0) return
    this.#chunks.push(chunk.subarray(0, room))
    this.#bytes += Math.min(room, chunk.length)
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8')
  }
}

const SFTP_NO_SUCH_FILE = 2
const SFTP_PERMISSION_DENIED = 3

/** The status number of an SFTP answer (draft-ietf-secsh-filexfer-02 section 7). */
function sftpStatus(error: Error): number | undefined {
  return 'code' in error && typeof error.code === 'number' ? error.code : undefined
}

function toRemoteStat(stats: Stats): RemoteStat {
  const kind = stats.isSocket()
    ? 'socket'
    : stats.isDirectory()
      ? 'directory'
      : stats.isFile()
        ? 'file'
        : stats.isSymbolicLink()
          ? 'symlink'
          : 'other'
  return { kind, mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid, sizeBytes: stats.size }
}
