import { access, constants, readdir, stat } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { homedir, userInfo } from 'node:os'
import { delimiter, join } from 'node:path'
import { type CallLimits, Deadline } from './deadline.ts'
import { type LibvirtDaemon, type LibvirtScope, SYSTEM_SOCKET_FOLDERS, socketNames } from './libvirt-sockets.ts'
import { nodeErrorCode, TransportError, toError } from './transport-error.ts'

export interface LocalLibvirtOptions extends CallLimits {
  /** Default `auto`. */
  readonly daemon?: LibvirtDaemon | undefined
  /** Default `system`. */
  readonly scope?: LibvirtScope | undefined
  readonly readOnly?: boolean | undefined
  /** A socket in an unusual place, instead of the daemon's own names. */
  readonly socketPath?: string | undefined
}

/** Connects to libvirt on this machine. Throws `libvirt.*` or `transport.cancelled`. */
export async function openLocalLibvirt(options: LocalLibvirtOptions = {}): Promise<Socket> {
  const paths = options.socketPath === undefined ? localSocketPaths(options) : [options.socketPath]
  const failures: TransportError[] = []
  for (const path of paths) {
    try {
      return await openUnixSocket(path, options)
    } catch (error) {
      if (!(error instanceof TransportError) || error.kind === 'cancelled' || error.kind === 'timeout') throw error
      failures.push(error)
    }
  }
  // A socket that is there but bars us says more than those that are missing.
  const telling = failures.find((error) => error.code !== 'libvirt.socket-missing')
  if (telling) throw telling
  const details = { sockets: paths.map((path) => ({ path, state: 'missing' })) }
  if (await isLibvirtInstalled())
    throw new TransportError('libvirt.socket-missing', 'libvirt is installed here, but none of its sockets is there', { details })
  throw new TransportError('libvirt.not-installed', 'libvirt is not installed on this machine', { details })
}

/** Where the daemon's socket may be on this machine, best first. */
export function localSocketPaths(
  options: Pick<LocalLibvirtOptions, 'daemon' | 'scope' | 'readOnly'> = {},
  env: NodeJS.ProcessEnv = process.env,
): string[] {
  const scope = options.scope ?? 'system'
  const names = socketNames(options.daemon ?? 'auto', scope, options.readOnly ?? false)
  const folders = scope === 'system' ? SYSTEM_SOCKET_FOLDERS : [join(env.XDG_RUNTIME_DIR ?? join(homedir(), '.cache'), 'libvirt')]
  return names.flatMap((name) => folders.map((folder) => `${folder}/${name}`))
}

/** Connects to a unix socket. Throws `libvirt.socket-missing`, `libvirt.socket-permission`, `libvirt.socket-refused`. */
export async function openUnixSocket(path: string, limits: CallLimits = {}): Promise<Socket> {
  const deadline = new Deadline({ timeoutMs: 10_000, ...limits, timeoutCode: 'libvirt.socket-refused', subject: `opening ${path}` })
  try {
    deadline.check()
    return await connectUnix(path, deadline.signal)
  } catch (error) {
    deadline.check()
    throw await mapUnixError(path, toError(error))
  } finally {
    deadline.dispose()
  }
}

function connectUnix(path: string, signal: AbortSignal): Promise<Socket> {
  return new Promise<Socket>((resolve, reject) => {
    const socket = connect({ path })
    const cleanUp = () => {
      socket.off('connect', onConnect)
      socket.off('error', fail)
      signal.removeEventListener('abort', onAbort)
    }
    const onConnect = () => {
      cleanUp()
      resolve(socket)
    }
    const fail = (error: Error) => {
      cleanUp()
      socket.on('error', () => undefined)
      socket.destroy()
      reject(error)
    }
    const onAbort = () => fail(toError(signal.reason))
    socket.once('connect', onConnect)
    socket.once('error', fail)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

/** Maps an error of connect(2) by its code, with the facts about the socket that explain it. */
export async function mapUnixError(path: string, error: Error): Promise<TransportError> {
  const reason = nodeErrorCode(error)
  const details = { path, reason }
  switch (reason) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new TransportError('libvirt.socket-missing', `${path} does not exist`, { details, cause: error })
    case 'EACCES':
    case 'EPERM': {
      const user = userInfo().username
      const facts = await stat(path).catch(() => undefined)
      const mode = facts && (facts.mode & 0o7777).toString(8)
      const command = `sudo usermod -aG libvirt ${user}`
      return new TransportError('libvirt.socket-permission', `${user} may not use ${path}`, {
        details: { ...details, user, mode, gid: facts?.gid, command },
        cause: error,
      })
    }
    default:
      return new TransportError('libvirt.socket-refused', `Nobody answers on ${path} (${reason ?? error.message})`, {
        details,
        cause: error,
      })
  }
}

async function isLibvirtInstalled(): Promise<boolean> {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/usr/libexec']
  const names = ['libvirtd', 'virtqemud', 'virtproxyd']
  const found = await Promise.all(
    folders.flatMap((folder) =>
      names.map((name) =>
        access(join(folder, name), constants.X_OK).then(
          () => true,
          () => false,
        ),
      ),
    ),
  )
  return found.includes(true)
}

/** The libvirt sockets that exist on this machine, for an offer to use them. Never throws. */
export async function findLocalLibvirt(): Promise<string[]> {
  const listings = await Promise.all(
    SYSTEM_SOCKET_FOLDERS.map(async (folder) => (await readdir(folder).catch(() => [])).map((name) => `${folder}/${name}`)),
  )
  const wanted = new Set(localSocketPaths({ daemon: 'auto' }))
  return listings.flat().filter((path) => wanted.has(path))
}
