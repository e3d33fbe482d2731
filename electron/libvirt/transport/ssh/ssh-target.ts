import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'

/** A host to log in to. All names are final: aliases, tokens and `~` are already resolved. */
export interface SshTarget {
  /** Name or address to connect to. */
  readonly host: string
  /** Default 22. */
  readonly port?: number
  /** Default: the local user. */
  readonly user?: string
  /** Private key files, or public ones of keys that the agent holds, tried in this order. Default: the usual names in `~/.ssh`. */
  readonly identityFiles?: readonly string[]
  /** Use only `identityFiles`, even if the agent holds more keys. */
  readonly identitiesOnly?: boolean
  /** Path of the agent's socket, `none` for no agent. Default: `SSH_AUTH_SOCK`. */
  readonly identityAgent?: string
  /** The hosts to go through, in the order of travel. */
  readonly jumps?: readonly SshTarget[]
  /** The name under which the host key is kept, instead of `host`. */
  readonly hostKeyAlias?: string
  /** Known-hosts files of the user for this host, instead of the usual ones. */
  readonly userKnownHostsFiles?: readonly string[]
  /** For reaching the host, before anything is said. Only the bound of the whole way counts without it. */
  readonly connectTimeoutMs?: number
}

/** Where the defaults come from. */
export interface SshEnvironment {
  readonly home: string
  readonly user: string
  /** `SSH_AUTH_SOCK`; on Windows Pageant or the agent's pipe. */
  readonly agent: string | undefined
}

export function currentSshEnvironment(env: NodeJS.ProcessEnv = process.env): SshEnvironment {
  const agent = env.SSH_AUTH_SOCK ?? (process.platform === 'win32' ? String.raw`\\.\pipe\openssh-ssh-agent` : undefined)
  return { home: homedir(), user: userInfo().username, agent: agent === '' ? undefined : agent }
}

/** Key files that OpenSSH tries by default, of the types supported here. */
export function defaultIdentityFiles(home: string): string[] {
  return ['id_rsa', 'id_ecdsa', 'id_ed25519', 'id_dsa'].map((name) => join(home, '.ssh', name))
}

/** `user@host` or `user@host:port`, for messages. */
export function targetLabel(target: SshTarget): string {
  const port = target.port === undefined || target.port === 22 ? '' : `:${target.port}`
  return `${target.user === undefined ? '' : `${target.user}@`}${target.host}${port}`
}
