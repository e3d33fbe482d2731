import { isIP } from 'node:net'
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { TransportError } from '../transport-error.ts'
import { isConcreteName, matchPatterns } from './host-pattern.ts'
import { type ConfigFileSystem, type ConfigLine, type ConfigProblem, loadConfigFile, nodeConfigFiles } from './ssh-config-parse.ts'
import { currentSshEnvironment, type SshEnvironment, type SshTarget } from './ssh-target.ts'

/** The meaning of ssh_config(5), as far as it says how to reach a host. The first value of an option wins; IdentityFile adds up. */

/** What the configuration says about one host. Paths and tokens are still as written. */
export interface ResolvedSshConfig {
  /** As given by the user. */
  readonly alias: string
  readonly hostName: string
  readonly user: string | undefined
  readonly port: number
  /** Undefined: none configured, so the default names count. */
  readonly identityFiles: readonly string[] | undefined
  readonly identitiesOnly: boolean
  readonly identityAgent: string | undefined
  /** `[user@]host[:port]` of each jump host, in the order of travel. */
  readonly proxyJump: readonly string[]
  readonly proxyCommand: string | undefined
  readonly hostKeyAlias: string | undefined
  readonly userKnownHostsFiles: readonly string[] | undefined
  readonly connectTimeoutMs: number | undefined
  readonly problems: readonly ConfigProblem[]
}

export interface SshConfigFiles {
  /** Default `~/.ssh/config`. */
  readonly userFile?: string
  /** Default `/etc/ssh/ssh_config`; null for none, as with `ssh -F`. */
  readonly systemFile?: string | null
  readonly environment?: SshEnvironment
  readonly files?: ConfigFileSystem
}

/** A loaded configuration. */
export interface SshConfig {
  readonly problems: readonly ConfigProblem[]
  readonly environment: SshEnvironment
  resolve(alias: string): ResolvedSshConfig
  /** The plain names of all Host lines, for an import: no patterns, no duplicates, in the order of the file. */
  hosts(): string[]
}

/** Loads the user's and the system's configuration. A missing file is an empty one. */
export async function loadSshConfig(options: SshConfigFiles = {}): Promise<SshConfig> {
  const environment = options.environment ?? currentSshEnvironment()
  const files = options.files ?? nodeConfigFiles
  const userFolder = join(environment.home, '.ssh')
  const user = await loadConfigFile(options.userFile ?? join(userFolder, 'config'), userFolder, environment.home, files)
  const systemFile = options.systemFile === undefined ? '/etc/ssh/ssh_config' : options.systemFile
  const system = systemFile === null ? { lines: [], problems: [] } : await loadConfigFile(systemFile, '/etc/ssh', environment.home, files)
  const problems = [...user.problems, ...system.problems]
  const parts = [user.lines, system.lines]
  return {
    problems,
    environment,
    resolve: (alias) => resolveConfig(alias, parts, environment, problems),
    hosts: () => [...new Set(parts.flatMap(concreteHosts))],
  }
}

function concreteHosts(lines: readonly ConfigLine[]): string[] {
  return lines.flatMap((line) => {
    if (line.keyword === 'host') return line.args.filter(isConcreteName)
    return (line.included ?? []).flatMap(concreteHosts)
  })
}

/** Options as they gather while the lines are read. */
interface Gathering {
  readonly alias: string
  readonly localUser: string
  readonly values: Map<string, readonly string[]>
  readonly identityFiles: string[]
  readonly problems: ConfigProblem[]
}

/** Options of which the first value counts. */
const SINGLE = new Set([
  'hostname',
  'user',
  'port',
  'identitiesonly',
  'identityagent',
  'hostkeyalias',
  'userknownhostsfile',
  'connecttimeout',
])

function resolveConfig(
  alias: string,
  parts: readonly (readonly ConfigLine[])[],
  environment: SshEnvironment,
  problems: readonly ConfigProblem[],
): ResolvedSshConfig {
  const state: Gathering = { alias, localUser: environment.user, values: new Map(), identityFiles: [], problems: [] }
  for (const lines of parts) applyLines(lines, state, true, false)
  const first = (keyword: string) => state.values.get(keyword)?.[0]
  const hostName = expandHostName(first('hostname') ?? alias, alias)
  const jump = first('proxyjump')
  const command = first('proxycommand')
  const agent = first('identityagent')
  const timeoutS = Number(first('connecttimeout'))
  return {
    alias,
    hostName: isIP(hostName) ? hostName : hostName.toLowerCase(),
    user: first('user'),
    port: Number(first('port') ?? 22),
    identityFiles: state.identityFiles.length > 0 ? state.identityFiles : undefined,
    identitiesOnly: /^(?:yes|true)$/i.test(first('identitiesonly') ?? 'no'),
    identityAgent: agent,
    proxyJump: jump === undefined || jump.toLowerCase() === 'none' ? [] : jump.split(','),
    proxyCommand: command === undefined || command.toLowerCase() === 'none' ? undefined : command,
    hostKeyAlias: first('hostkeyalias'),
    userKnownHostsFiles: state.values.get('userknownhostsfile'),
    connectTimeoutMs: timeoutS > 0 ? timeoutS * 1000 : undefined,
    problems: [...problems, ...state.problems],
  }
}

/** `inactive` marks files that were included from a block that does not apply: nothing in them counts, whatever their Host lines say. */
function applyLines(lines: readonly ConfigLine[], state: Gathering, startActive: boolean, inactive: boolean): void {
  let active = startActive
  for (const line of lines) {
    if (line.keyword === 'host') active = !inactive && matchPatterns(state.alias, line.args) === 'match'
    else if (line.keyword === 'match') active = matchApplies(line, state) && !inactive
    else if (line.keyword === 'include') {
      for (const file of line.included ?? []) applyLines(file, state, active, inactive || !active)
    } else if (active) applyOption(line, state)
  }
}

function applyOption(line: ConfigLine, state: Gathering): void {
  const { keyword, args } = line
  const [value] = args
  if (value === undefined || value === '') return
  if (keyword === 'identityfile') {
    if (!state.identityFiles.includes(value)) state.identityFiles.push(value)
  } else if (keyword === 'proxyjump') {
    if (!state.values.has('proxyjump') && !state.values.has('proxycommand')) state.values.set(keyword, args)
  } else if (keyword === 'proxycommand') {
    // A jump host shuts a later command out; `ProxyJump none` does not, as ssh -G shows.
    const jump = state.values.get('proxyjump')?.[0]
    const barred = jump !== undefined && jump.toLowerCase() !== 'none'
    if (!barred && !state.values.has('proxycommand')) state.values.set(keyword, args)
  } else if (keyword === 'port') {
    const port = /^\d+$/.test(value) ? Number(value) : 0
    if (port < 1 || port > 65_535) state.problems.push({ file: line.file, line: line.line, reason: 'bad-value', text: `Port ${value}` })
    else if (!state.values.has('port')) state.values.set('port', args)
  } else if (SINGLE.has(keyword) && !state.values.has(keyword)) state.values.set(keyword, args)
}

/** `Match all|host|originalhost|user|localuser`; whatever else is asked for is reported and does not apply. */
function matchApplies(line: ConfigLine, state: Gathering): boolean {
  const words = [...line.args]
  let applies = true
  while (words.length > 0) {
    const [criterion, inline] = splitCriterion(words.shift() ?? '')
    const negated = criterion.startsWith('!')
    const name = (negated ? criterion.slice(1) : criterion).toLowerCase()
    if (name === 'all') {
      applies &&= !negated
      continue
    }
    const subject = matchSubject(name, state)
    const patterns = inline ?? words.shift()
    if (subject === undefined || patterns === undefined) {
      state.problems.push({ file: line.file, line: line.line, reason: 'match-unsupported', text: `Match ${line.args.join(' ')}` })
      return false
    }
    const matches = matchPatterns(subject, patterns.split(',')) === 'match'
    if (matches === negated) applies = false
  }
  return applies
}

function splitCriterion(word: string): [string, string | undefined] {
  const at = word.indexOf('=')
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)]
}

function matchSubject(criterion: string, state: Gathering): string | undefined {
  switch (criterion) {
    case 'host':
      return expandHostName(state.values.get('hostname')?.[0] ?? state.alias, state.alias)
    case 'originalhost':
      return state.alias
    case 'user':
      return state.values.get('user')?.[0] ?? state.localUser
    case 'localuser':
      return state.localUser
    default:
      return undefined
  }
}

function expandHostName(text: string, alias: string): string {
  return text.replace(/%([%h])/g, (_all, token: string) => (token === 'h' ? alias : '%'))
}

export interface SshTargetOverrides {
  readonly user?: string | undefined
  readonly port?: number | undefined
  /** Used before, and instead of, the configured ones. */
  readonly identityFiles?: readonly string[] | undefined
}

/**
 * The target that `ssh alias` would connect to, jump hosts included.
 * Throws `ssh.proxy-command-unsupported`, and `uri.invalid` for a ProxyJump that makes no sense or leads in a circle.
 */
export function resolveSshTarget(alias: string, config: SshConfig, overrides: SshTargetOverrides = {}): SshTarget {
  return resolveTarget(alias, config, overrides, [alias], true)
}

function resolveTarget(
  alias: string,
  config: SshConfig,
  overrides: SshTargetOverrides,
  path: readonly string[],
  withJumps: boolean,
): SshTarget {
  const found = config.resolve(alias)
  if (withJumps && found.proxyCommand !== undefined) {
    throw new TransportError('ssh.proxy-command-unsupported', `${alias} is reached by a ProxyCommand, which is not supported`, {
      details: { alias, proxyCommand: found.proxyCommand },
    })
  }
  const { environment } = config
  const user = overrides.user ?? found.user
  const port = overrides.port ?? found.port
  const tokens = tokenValues(found, user ?? environment.user, port, environment)
  const expand = (text: string) => expandPath(text, tokens, environment)
  const named = (files: readonly string[] | undefined) => files?.filter((file) => file.toLowerCase() !== 'none').map(expand)
  const identityFiles = overrides.identityFiles ?? named(found.identityFiles)
  const knownHosts = named(found.userKnownHostsFiles)
  const agent = found.identityAgent
  const jumps = withJumps ? resolveJumps(found.proxyJump, config, path) : []
  return {
    host: found.hostName,
    port,
    ...(user === undefined ? {} : { user }),
    ...(identityFiles === undefined ? {} : { identityFiles }),
    identitiesOnly: found.identitiesOnly,
    ...(agent === undefined || agent === 'SSH_AUTH_SOCK' ? {} : { identityAgent: agent.toLowerCase() === 'none' ? 'none' : expand(agent) }),
    ...(jumps.length === 0 ? {} : { jumps }),
    ...(found.hostKeyAlias === undefined ? {} : { hostKeyAlias: found.hostKeyAlias }),
    ...(knownHosts === undefined ? {} : { userKnownHostsFiles: knownHosts }),
    ...(found.connectTimeoutMs === undefined ? {} : { connectTimeoutMs: found.connectTimeoutMs }),
  }
}

/** Of a chain, the first hop follows its own ProxyJump, the others come through the hop before them: as `ssh -J a,b` does. */
function resolveJumps(specs: readonly string[], config: SshConfig, path: readonly string[]): SshTarget[] {
  return specs.flatMap((spec, index) => {
    const { host, user, port } = parseJump(spec)
    if (path.includes(host)) {
      throw new TransportError('uri.invalid', `ProxyJump leads in a circle: ${[...path, host].join(' → ')}`, {
        details: { path: [...path, host] },
      })
    }
    const { jumps = [], ...target } = resolveTarget(host, config, { user, port }, [...path, host], index === 0)
    return [...jumps, target]
  })
}

/** Parses `[user@]host[:port]`, also as `ssh://…`. Throws `uri.invalid`. */
export function parseJump(spec: string): { host: string; user?: string | undefined; port?: number | undefined } {
  const parts = /^(?:ssh:\/\/)?(?:(.+)@)?(\[[^\]]+\]|[^:@[\]/]+)(?::(\d+))?\/?$/.exec(spec.trim())
  const port = parts?.[3] === undefined ? undefined : Number(parts[3])
  if (parts === null || (port !== undefined && (port < 1 || port > 65_535))) {
    throw new TransportError('uri.invalid', `"${spec}" is no jump host: expected [user@]host[:port]`, { details: { spec } })
  }
  const host = parts[2] ?? ''
  return { host: host.startsWith('[') ? host.slice(1, -1) : host, user: parts[1], port }
}

/** Tokens of ssh_config(5), section TOKENS, that paths may hold. */
function tokenValues(found: ResolvedSshConfig, user: string, port: number, environment: SshEnvironment): Readonly<Record<string, string>> {
  const local = hostname()
  return {
    '%': '%',
    d: environment.home,
    h: found.hostName,
    i: String(userInfo().uid),
    k: found.hostKeyAlias ?? found.alias,
    L: local.split('.')[0] ?? local,
    l: local,
    n: found.alias,
    p: String(port),
    r: user,
    u: environment.user,
  }
}

function expandPath(text: string, tokens: Readonly<Record<string, string>>, environment: SshEnvironment): string {
  const home = text === '~' || text.startsWith('~/') ? environment.home + text.slice(1) : text
  const variables = home.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_all, name: string) => process.env[name] ?? '')
  const whole = /^\$[A-Za-z_][A-Za-z0-9_]*$/.test(variables) ? (process.env[variables.slice(1)] ?? '') : variables
  return whole.replace(/%([%dhikLlnpru])/g, (all, token: string) => tokens[token] ?? all)
}
