import { AppError, type AppErrorInit } from '../../../shared/errors/index.ts'
import type { TerminalSize } from '../../../shared/model/index.ts'
import type { ChannelDuplex, SshSession, SshTarget } from '../../libvirt/transport/index.ts'
import type { ConnectOptions, GuestLogin, ProviderPorts } from '../provider.ts'
import { DuplexChannel } from './duplex-channel.ts'
import { Login } from './login.ts'
import { toSshProblem } from './problems.ts'
import { logIn } from './session.ts'

const LOGIN_MS = 20_000
/** Colours and cursor keys as xterm.js has them, and what every terminfo knows. */
const TERM = 'xterm-256color'
/** A machine that is paused for a while says nothing, and goes on afterwards: its session is given up after five minutes. */
const KEEP_ALIVE = { keepAliveIntervalMs: 30_000, keepAliveCountMax: 10 }

/** How a machine's own SSH server is reached. */
export interface GuestWay {
  /** Through the connection to its host; null: straight from this computer. */
  readonly via: SshSession | null
  /** From where the machine has to be reachable: its host, be it this computer itself, or this computer over whatever lies between. */
  readonly from: 'host' | 'here'
  /** Sessions inside machines: they end with the link. */
  readonly guests: Set<SshSession>
}

/**
 * A login shell inside a machine, on a terminal of its own, by an SSH session that travels in the host's one connection or goes straight. Its
 * host key is filed under the machine's id, as with OpenSSH's HostKeyAlias: private networks may well use the same addresses, and public ones
 * are handed on. Throws AppError; nothing is left open then.
 */
export async function openGuestShell(
  way: GuestWay,
  id: string,
  guest: GuestLogin,
  ports: ProviderPorts,
  options: ConnectOptions,
): Promise<DuplexChannel> {
  const target = targetOf(id, guest, ports)
  const login = new Login(guest.secrets, target, options.onPrompt)
  const more = { ...KEEP_ALIVE, quicken: false, ...(way.via && { via: way.via }) }
  const limits = { timeoutMs: LOGIN_MS, ...options }
  let session: SshSession | undefined
  try {
    session = await logIn(target, login, ports, limits, more)
    follow(session, way.guests)
    const { columns, rows } = guest.size
    const shell = await session.openShell({ term: TERM, columns, rows }, { signal: options.signal, timeoutMs: LOGIN_MS })
    return new ShellChannel(shell, session)
  } catch (thrown) {
    void session?.close()
    throw explained(thrown, guest, way)
  }
}

function follow(session: SshSession, guests: Set<SshSession>): void {
  guests.add(session)
  void session.closed.then(() => guests.delete(session))
}

/** The name that a machine's host key goes by. An id is what somebody else told: nothing in it may mean anything in known_hosts. */
export function hostKeyAlias(id: string): string {
  return `guest-${id.replaceAll(/[^\w./:-]/gu, (character) => `%${Buffer.from(character).toString('hex')}`)}`
}

function targetOf(id: string, { address, port, user, method, keyFile }: GuestLogin, ports: ProviderPorts): SshTarget {
  const target = { host: address, port, user, hostKeyAlias: hostKeyAlias(id) }
  switch (method) {
    case 'auto':
      return target
    case 'agent':
      return { ...target, identityFiles: [] }
    case 'key':
      // an agent that holds the key may sign with it, and is asked for no other
      return keyFile === null
        ? { ...target, identityAgent: 'none' }
        : { ...target, identityFiles: [keyFile.replace(/^~(?=\/)/, ports.homeDirectory)], identitiesOnly: true }
    case 'password':
      return { ...target, identityFiles: [], identityAgent: 'none' }
  }
}

/** A shell whose session ends with it. */
class ShellChannel extends DuplexChannel {
  readonly #shell: ChannelDuplex

  constructor(shell: ChannelDuplex, session: SshSession) {
    super(shell)
    this.#shell = shell
    shell.once('close', () => void session.close())
  }

  resize({ columns, rows }: TerminalSize): void {
    this.#shell.resize(columns, rows)
  }
}

/** What the transport says of hosts and jump hosts, in the words of a machine and the way to it. By code. */
function explained(thrown: unknown, guest: GuestLogin, { from }: GuestWay): AppError {
  const problem = toSshProblem(thrown)
  const { hopCode, text } = problem.details
  const code = problem.code === 'ssh.jump-failed' && typeof hopCode === 'string' ? hopCode : problem.code
  switch (code) {
    case 'ssh.refused':
      return nothingListens(guest, problem)
    case 'ssh.connect-failed':
      // What a jump host ran into comes as a text alone (RFC 4254, 5.1); OpenSSH and dropbear put strerror(3) there.
      return typeof text === 'string' && /\brefused\b/i.test(text) ? nothingListens(guest, problem) : noRoute(guest, problem)
    case 'ssh.unreachable':
      return from === 'here' ? unreachable(guest, problem) : noRoute(guest, problem)
    case 'ssh.channel-refused':
      return forwardingForbidden(guest, problem)
    case 'ssh.timeout':
      return from === 'here' ? silent(guest, problem) : noAnswer(guest, problem)
    case 'ssh.auth-failed':
      return loginRefused(guest, problem)
    case 'ssh.host-key-unknown':
      return keyUnknown(guest, problem)
    case 'ssh.host-key-changed':
      return keyChanged(guest, problem)
    default:
      return problem
  }
}

function about({ address, port, user }: GuestLogin, cause: AppError): Pick<AppErrorInit, 'details' | 'cause'> {
  return { details: { ...cause.details, address, port, user }, cause }
}

function nothingListens(guest: GuestLogin, cause: AppError): AppError {
  return new AppError({
    kind: 'unreachable',
    code: 'console.ssh-refused',
    message: `${guest.address} answers, but nothing listens on port ${guest.port}. Start an SSH server inside the machine, such as openssh-server, or correct the port.`,
    ...about(guest, cause),
  })
}

function noRoute(guest: GuestLogin, cause: AppError): AppError {
  return new AppError({
    kind: 'unreachable',
    code: 'console.ssh-no-route',
    message: `The host of the machine has no way to ${guest.address}. Choose another of its addresses, or look at its network and firewall.`,
    ...about(guest, cause),
  })
}

function noAnswer(guest: GuestLogin, cause: AppError): AppError {
  return new AppError({
    kind: 'timeout',
    code: 'console.ssh-timeout',
    message: `${guest.address} did not answer on port ${guest.port} within ${LOGIN_MS / 1_000} s. Choose another of its addresses, or look for a firewall that drops what comes from its host.`,
    ...about(guest, cause),
  })
}

function unreachable(guest: GuestLogin, cause: AppError): AppError {
  return new AppError({
    kind: 'unreachable',
    code: 'console.ssh-unreachable',
    message: `This computer has no way to ${guest.address}. A private address is reached from within its network alone: choose a public one, or connect to that network, such as by VPN.`,
    ...about(guest, cause),
  })
}

function silent(guest: GuestLogin, cause: AppError): AppError {
  return new AppError({
    kind: 'timeout',
    code: 'console.ssh-silent',
    message: `${guest.address} did not answer on port ${guest.port} within ${LOGIN_MS / 1_000} s. Let this computer in by the machine’s security group or firewall rules, or choose another of its addresses.`,
    ...about(guest, cause),
  })
}

function forwardingForbidden(guest: GuestLogin, cause: AppError): AppError {
  return new AppError({
    kind: 'forbidden',
    code: 'console.ssh-forwarding',
    message: 'The SSH server of the host lets nothing through to its machines. Set "AllowTcpForwarding yes" in its sshd_config.',
    ...about(guest, cause),
  })
}

function loginRefused(guest: GuestLogin, cause: AppError): AppError {
  return new AppError({
    kind: 'unauthenticated',
    code: 'console.ssh-login-refused',
    message: `The machine does not let ${guest.user} in. Check the user, and whether the key is in its authorized_keys or passwords are allowed.`,
    ...about(guest, cause),
  })
}

function keyUnknown(guest: GuestLogin, cause: AppError): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'console.ssh-key-unknown',
    message: 'The machine’s host key is not known yet. Compare its fingerprint with what the machine itself shows, then trust it.',
    ...about(guest, cause),
  })
}

function keyChanged(guest: GuestLogin, cause: AppError): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'console.ssh-key-changed',
    message:
      'The machine shows another host key than before. Either it was set up anew, or somebody else answers at its address. Nothing was sent to it. Compare the key at its own screen before you replace the former one.',
    ...about(guest, cause),
  })
}
