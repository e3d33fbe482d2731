import type { Duplex } from 'node:stream'
import ssh2, { type AnyAuthMethod, type Client, type NextAuthHandler, type ServerHostKeyAlgorithm } from 'ssh2'
import { Deadline } from '../deadline.ts'
import { isTransportError, TransportError, toError } from '../transport-error.ts'
import { AuthSequence } from './auth.ts'
import { HostKeyJudge } from './host-key-judge.ts'
import type { KeyCache } from './key-cache.ts'
import type { HostKeyRegistry } from './known-hosts-store.ts'
import { prepareKeys } from './prepared-keys.ts'
import type { OnHostKey, OnPrompt, SshSecrets } from './prompts.ts'
import { mapSshError, type SshPhase } from './ssh-errors.ts'
import { createSession, type HostKeyFacts, type SshSession } from './ssh-session.ts'
import { currentSshEnvironment, type SshEnvironment, type SshTarget, targetLabel } from './ssh-target.ts'
import { dialTcp } from './tcp.ts'
import { writeWholeTurns } from './whole-turns.ts'

export interface SshConnectOptions {
  readonly knownHosts: HostKeyRegistry
  /** Stored credentials; each is tried once. */
  readonly secrets?: SshSecrets | undefined
  /** Asks a person. Without it nothing is asked. */
  readonly onPrompt?: OnPrompt | undefined
  /** Decides about an unknown or changed host key. Without it both are refused. */
  readonly onHostKey?: OnHostKey | undefined
  readonly signal?: AbortSignal | undefined
  /** For the whole way, all hops; the clock stands still while a person is asked. Default 20,000. */
  readonly timeoutMs?: number | undefined
  /** How often an idle connection is probed. Default 15,000. */
  readonly keepAliveIntervalMs?: number | undefined
  /** After so many unanswered probes the connection counts as lost. Default 3. */
  readonly keepAliveCountMax?: number | undefined
  readonly environment?: SshEnvironment | undefined
  /** Shares unlocked keys between connections. Default: each connection unlocks for itself. */
  readonly keyCache?: KeyCache | undefined
  /** An open connection to go through, before the target's own jump hosts. It stays open when this one ends; not the other way round. */
  readonly via?: SshSession | undefined
  /** Begins with a command that does nothing, which spares later ones some waiting (see {@link SshSession}). Default true. */
  readonly quicken?: boolean | undefined
  /** Told of each stage as it is reached, for a check list. */
  readonly onStage?: ((stage: SshStage) => void) | undefined
}

/** Stages of a connection, in order. Each jump host goes through them too, with `isTarget` false. */
export type SshStage = { readonly host: string; readonly port: number; readonly isTarget: boolean } & (
  | { readonly stage: 'connected'; readonly address: string | undefined }
  | { readonly stage: 'host-key'; readonly hostKey: HostKeyFacts }
  | { readonly stage: 'logged-in'; readonly user: string; readonly method: string }
)

/**
 * Logs in to a host, through its jump hosts if it has any. One connection for everything; close it when done.
 * Throws {@link TransportError} (`ssh.*`, `transport.cancelled`); nothing is left open then.
 */
export async function openSshSession(target: SshTarget, options: SshConnectOptions): Promise<SshSession> {
  const deadline = new Deadline({
    signal: options.signal,
    timeoutMs: options.timeoutMs ?? 20_000,
    timeoutCode: 'ssh.timeout',
    subject: `connecting to ${targetLabel(target)}`,
  })
  const hops: SshSession[] = []
  try {
    for (const jump of target.jumps ?? []) {
      hops.push(await openHop(jump, options, deadline, hops.at(-1) ?? options.via, hops.length))
    }
    return await connectOne(target, options, deadline, hops.at(-1) ?? options.via, hops)
  } catch (error) {
    await Promise.all(hops.map((hop) => hop.close()))
    throw error
  } finally {
    deadline.dispose()
  }
}

async function openHop(
  jump: SshTarget,
  options: SshConnectOptions,
  deadline: Deadline,
  via: SshSession | undefined,
  index: number,
): Promise<SshSession> {
  try {
    return await connectOne(jump, options, deadline, via)
  } catch (error) {
    if (!isTransportError(error) || error.kind === 'cancelled') throw error
    throw new TransportError('ssh.jump-failed', `Jump host ${targetLabel(jump)}: ${error.message}`, {
      kind: error.kind,
      details: { hop: targetLabel(jump), index, hopCode: error.code, hopRemedy: error.remedy, ...error.details },
      cause: error,
    })
  }
}

/** The socket to talk SSH over: TCP, or a channel of the last hop. */
async function openLink(target: SshTarget, port: number, via: SshSession | undefined, whole: Deadline): Promise<Duplex> {
  whole.stage = 'reach'
  if (target.connectTimeoutMs === undefined) return reach(target, port, via, whole)
  const subject = `connecting to ${targetLabel(target)}`
  const deadline = new Deadline({ signal: whole.signal, timeoutMs: target.connectTimeoutMs, timeoutCode: 'ssh.timeout', subject })
  deadline.stage = 'reach'
  try {
    return await reach(target, port, via, deadline)
  } catch (error) {
    // The end of the whole way says more than that of a part of it.
    whole.check()
    throw error
  } finally {
    deadline.dispose()
  }
}

async function reach(target: SshTarget, port: number, via: SshSession | undefined, deadline: Deadline): Promise<Duplex> {
  if (via === undefined) return dialTcp(target.host, port, deadline)
  try {
    return await via.openTcp(target.host, port, { signal: deadline.signal })
  } catch (error) {
    deadline.check()
    if (!isTransportError(error) || error.code === 'transport.cancelled') throw error
    // The hop itself is well: it could not, or may not, reach the next host.
    throw new TransportError('ssh.jump-failed', `${targetLabel(via.target)} does not reach ${target.host} port ${port}`, {
      kind: error.kind,
      details: { hop: targetLabel(via.target), next: targetLabel(target), hopCode: error.code, hopRemedy: error.remedy, ...error.details },
      cause: error,
    })
  }
}

async function connectOne(
  target: SshTarget,
  options: SshConnectOptions,
  deadline: Deadline,
  via: SshSession | undefined,
  /** Of the target: what shall end with it. Absent: this is a hop on the way. */
  hops?: readonly SshSession[],
): Promise<SshSession> {
  const isFinal = hops !== undefined
  const environment = options.environment ?? currentSshEnvironment()
  const port = target.port ?? 22
  const user = target.user ?? environment.user
  const link = await openLink(target, port, via, deadline)
  const address = 'remoteAddress' in link && typeof link.remoteAddress === 'string' ? link.remoteAddress : undefined
  options.onStage?.({ stage: 'connected', host: target.host, port, isTarget: isFinal, address })
  // Questions that are still open when the connection is over are withdrawn.
  const over = new AbortController()
  const promptSignal = AbortSignal.any([deadline.signal, over.signal])
  const auth = new AuthSequence({
    target: { ...target, user, port },
    environment,
    isFinalTarget: isFinal,
    secrets: options.secrets ?? {},
    onPrompt: options.onPrompt,
    deadline,
    promptSignal,
    keyCache: options.keyCache,
  })
  const { knownHosts, onHostKey } = options
  const onAccepted = (facts: HostKeyFacts) =>
    options.onStage?.({ stage: 'host-key', host: target.host, port, isTarget: isFinal, hostKey: facts })
  const hostKey = new HostKeyJudge(target, port, { knownHosts, onHostKey, onAccepted, promptSignal }, deadline)
  const client = await handshake({ target, port, user, link, auth, hostKey, options, deadline }).finally(() => over.abort())
  const login = auth.succeededWith
  const method = login?.key ? `${login.method} (${login.key.source}, ${login.key.type})` : (login?.method ?? 'none')
  options.onStage?.({ stage: 'logged-in', host: target.host, port, isTarget: isFinal, user, method })
  const parts = { client, link, target: { ...target, user, port }, hostKey: hostKey.facts(), method, hops: hops ?? [] }
  return createSession(parts, options.quicken ?? true)
}

interface Handshake {
  readonly target: SshTarget
  readonly port: number
  readonly user: string
  readonly link: Duplex
  readonly auth: AuthSequence
  readonly hostKey: HostKeyJudge
  readonly options: SshConnectOptions
  readonly deadline: Deadline
}

/** Errors of the link reach us through the ssh library; before and after it has hold of the link they are of no interest. */
const ignoreError = () => undefined

async function handshake(work: Handshake): Promise<Client> {
  const { link, deadline, options, hostKey, target, port } = work
  deadline.stage = 'handshake'
  link.on('error', ignoreError)
  try {
    // An alias stands for host and port together.
    const known = target.hostKeyAlias === undefined ? { host: target.host, port } : { host: target.hostKeyAlias, port: 22 }
    const algorithms = await hostKeyAlgorithms(options.knownHosts, known.host, known.port, target.userKnownHostsFiles)
    deadline.check()
    return await runHandshake(work, algorithms)
  } catch (error) {
    link.destroy()
    throw hostKey.failure ?? toError(error)
  }
}

function runHandshake(work: Handshake, serverHostKey: ServerHostKeyAlgorithm[]): Promise<Client> {
  const { target, port, user, link, auth, hostKey, options, deadline } = work
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client()
    let phase: SshPhase = 'handshake'
    let greeting: string | undefined
    let over = false
    const settle = (action: () => void) => {
      if (over) return
      over = true
      deadline.signal.removeEventListener('abort', onAbort)
      action()
    }
    const fail = (error: unknown) =>
      settle(() => {
        const mapped = hostKey.failure ?? mapSshError(error, { target, phase, greeting })
        client.destroy()
        reject(mapped)
      })
    const onAbort = () => fail(deadline.signal.reason)
    deadline.signal.addEventListener('abort', onAbort, { once: true })
    auth.onDeclined = () => fail(auth.failure())

    link.once('data', (chunk: Buffer) => {
      greeting = chunk.toString('latin1', 0, 1024)
    })
    client.on('handshake', () => {
      prepareKeys(client)
      phase = 'login'
      deadline.stage = 'login'
    })
    // An expired password: to be changed on the host, not by a console in passing.
    client.once('change password', () => fail(auth.failure(undefined, { reason: 'password-expired' })))
    client.once('ready', () => settle(() => resolve(client)))
    client.on('error', (error: Error & { level?: string }) => {
      // Failed agents and keys are part of the sequence: the library goes on with the next attempt.
      if (error.level === 'agent') return
      if (error.level === 'client-authentication') fail(auth.failure(error))
      else fail(error)
    })
    const onClose = () => fail(new Error('connection closed'))
    client.once('close', onClose)
    // The library says nothing about a stream that was over before it got it.
    link.once('close', onClose)
    if (link.destroyed) {
      onClose()
      return
    }
    client.connect({
      sock: writeWholeTurns(link),
      host: target.host,
      port,
      username: user,
      readyTimeout: 0,
      keepaliveInterval: options.keepAliveIntervalMs ?? 15_000,
      keepaliveCountMax: options.keepAliveCountMax ?? 3,
      strictVendor: false,
      algorithms: { serverHostKey },
      hostVerifier: (key: Buffer, verify: (accepted: boolean) => void) => {
        hostKey.judge(key).then(verify, (error: unknown) => {
          hostKey.failure ??= mapSshError(error, { target, phase, greeting })
          verify(false)
        })
      },
      authHandler: (offered: readonly string[] | null, _partial, next) => {
        void nextAttempt(auth, offered, () => over, next, fail)
      },
    })
  })
}

/** Hands the next attempt to the library, unless the connection is over by then. */
async function nextAttempt(
  auth: AuthSequence,
  offered: readonly string[] | null,
  isOver: () => boolean,
  next: NextAuthHandler,
  fail: (error: unknown) => void,
): Promise<void> {
  try {
    const method = await auth.next(offered)
    if (isOver()) return
    // `false` ends the login; the declared type forgets it.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
    next(method as AnyAuthMethod)
  } catch (error) {
    fail(error)
  }
}

/** Host key algorithms, modern ones only (no SHA-1), those of keys that are known already first: as OpenSSH orders them. */
async function hostKeyAlgorithms(
  knownHosts: HostKeyRegistry,
  host: string,
  port: number,
  userFiles: readonly string[] | undefined,
): Promise<ServerHostKeyAlgorithm[]> {
  const all: ServerHostKeyAlgorithm[] = [
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
    'rsa-sha2-512',
    'rsa-sha2-256',
  ]
  const known = new Set(await knownHosts.knownKeyTypes(host, port, userFiles))
  const isKnown = (algorithm: string) => known.has(algorithm.startsWith('rsa-sha2-') ? 'ssh-rsa' : algorithm)
  return [...all.filter(isKnown), ...all.filter((algorithm) => !isKnown(algorithm))]
}
