import type { AnyAuthMethod, ParsedKey } from 'ssh2'
import type { Deadline } from '../deadline.ts'
import { isTransportError, nodeErrorCode, TransportError, toError } from '../transport-error.ts'
import { type KeySigner, openAgent, SingleKeyAgent } from './agent.ts'
import { KeyCache } from './key-cache.ts'
import { type Identity, type KeyFile, loadIdentity } from './keys.ts'
import { fingerprintSha256 } from './known-hosts.ts'
import type { OnPrompt, SecretRequest, SshPrompt, SshSecrets } from './prompts.ts'
import { defaultIdentityFiles, type SshEnvironment, type SshTarget } from './ssh-target.ts'

/** One attempt to log in and how it went. */
export interface AuthAttempt {
  readonly method: 'none' | 'publickey' | 'password' | 'keyboard-interactive'
  readonly key?: { readonly source: 'agent' | 'file'; readonly path?: string; readonly type: string; readonly fingerprintSha256: string }
  outcome: 'sent' | 'refused' | 'key-not-wanted' | 'not-unlocked' | 'declined'
}

export interface AuthContext {
  readonly target: SshTarget & { readonly user: string; readonly port: number }
  readonly environment: SshEnvironment
  /** Whether the plain secrets (not only `lookup`) are meant for this host. */
  readonly isFinalTarget: boolean
  readonly secrets: SshSecrets
  readonly onPrompt: OnPrompt | undefined
  readonly deadline: Deadline
  /** Withdraws an open question. */
  readonly promptSignal: AbortSignal
  readonly keyCache?: KeyCache | undefined
}

/** A person may answer this often, each time with something new. Nothing is ever sent twice. */
const MAX_PROMPTS = 3

const printOf = (signer: KeySigner) => fingerprintSha256(signer.publicKey.getPublicSSH())

interface KeyCandidate {
  readonly key: NonNullable<AuthAttempt['key']>
  readonly signer: KeySigner
}

/** How the second factors of PAM ask: Google Authenticator, Duo, YubiKey, RADIUS. A password sent there costs one of few tries. */
const NAMES_A_CODE = /\b(verification|one[- ]time|otp|token|pin|(pass)?code|authenticator)\b/i

/**
 * Decides what to try next when logging in, in the order of OpenSSH: agent keys that are configured, other agent keys, key files, then
 * keyboard-interactive, then password. Only what the server offers is tried, and no secret is sent twice.
 */
export class AuthSequence {
  readonly attempts: AuthAttempt[] = []
  /** What the server said it would take, last. */
  offered: readonly string[] = []
  /** Problems with keys, kept to explain a failed login. */
  readonly keyProblems: TransportError[] = []
  agentProblem: string | undefined
  readonly #context: AuthContext
  readonly #keyCache: KeyCache
  readonly #usedPasswords = new Set<string>()
  #candidates: AsyncGenerator<KeyCandidate> | undefined
  #current: { attempt: AuthAttempt; agent?: SingleKeyAgent } | undefined
  #askedForPassword = 0
  #interactiveRounds = 0
  #passwordOver = false
  #interactiveOver = false

  constructor(context: AuthContext) {
    this.#context = context
    this.#keyCache = context.keyCache ?? new KeyCache()
  }

  /** Called when a question of the server was declined: an open round cannot be taken back, so the login ends there. */
  onDeclined: () => void = () => undefined

  /** The next attempt, or false when there is none left. `offered` is null before the server has said anything. */
  async next(offered: readonly string[] | null): Promise<AnyAuthMethod | false> {
    const signed = this.#settleCurrent()
    const { user } = this.#context.target
    // The library forgets what the server answers to a signature, and the answer may be "good, now a password": ask again.
    if (offered === null || signed) return this.#begin({ method: 'none', outcome: 'sent' }, { type: 'none', username: user })
    this.offered = offered
    if (offered.includes('publickey')) {
      this.#candidates ??= this.#keyCandidates()
      const { value } = await this.#candidates.next()
      if (value) {
        const agent = new SingleKeyAgent(value.signer)
        const attempt: AuthAttempt = { method: 'publickey', key: value.key, outcome: 'sent' }
        return this.#begin(attempt, { type: 'agent', username: user, agent }, agent)
      }
    }
    if (offered.includes('keyboard-interactive') && !this.#interactiveOver) return this.#keyboardInteractive()
    if (offered.includes('password') && !this.#passwordOver) return this.#password()
    return false
  }

  /** How the login worked, for display. Only meaningful after success. */
  get succeededWith(): AuthAttempt | undefined {
    return this.#current?.attempt
  }

  /** The error for a login that failed; `more` goes into its details. */
  failure(cause?: unknown, more: Readonly<Record<string, unknown>> = {}): TransportError {
    this.#settleCurrent()
    const { user, host } = this.#context.target
    const details = {
      user,
      host,
      offered: this.offered,
      attempts: this.attempts.filter((one) => one.method !== 'none'),
      agentProblem: this.agentProblem,
      ...more,
    }
    const tried = [...new Set(details.attempts.map((one) => one.method))]
    // A key that the server would have taken, or the only thing we had, explains the failure better than "login failed".
    const locked = this.attempts.some((one) => one.outcome === 'not-unlocked')
    const problem = this.keyProblems.find((one) => one.code !== 'ssh.key-unreadable')
    const culprit =
      (locked || !tried.some((method) => method !== 'publickey')) && problem
        ? problem
        : tried.length === 0
          ? this.keyProblems[0]
          : undefined
    if (culprit) return new TransportError(culprit.code, culprit.message, { details: { ...details, ...culprit.details }, cause })
    const what = tried.length === 0 ? 'there is nothing to log in with' : `refused: ${tried.join(', ')}`
    return new TransportError(
      'ssh.auth-failed',
      `${user}@${host}: login failed (${what}; the server offers ${this.offered.join(', ') || 'nothing'})`,
      {
        details: { ...details, keyProblems: this.keyProblems.map(({ code, details: facts }) => ({ code, ...facts })) },
        cause,
      },
    )
  }

  #begin(attempt: AuthAttempt, method: AnyAuthMethod, agent?: SingleKeyAgent): AnyAuthMethod {
    this.#current = agent ? { attempt, agent } : { attempt }
    this.attempts.push(attempt)
    return method
  }

  /** Called when the server did not let us in after the current attempt. Whether a key had signed. */
  #settleCurrent(): boolean {
    const current = this.#current
    this.#current = undefined
    if (current?.attempt.outcome !== 'sent') return false
    if (current.agent === undefined) current.attempt.outcome = 'refused'
    else if (current.agent.failure) {
      current.attempt.outcome = 'not-unlocked'
      if (isTransportError(current.agent.failure)) this.keyProblems.push(current.agent.failure)
    } else current.attempt.outcome = current.agent.accepted ? 'refused' : 'key-not-wanted'
    return current.attempt.outcome === 'refused' && current.agent !== undefined
  }

  async *#keyCandidates(): AsyncGenerator<KeyCandidate> {
    const identities = await this.#loadIdentities()
    const agentKeys = await this.#agentKeys()
    const inAgent = new Map(agentKeys.map((signer) => [printOf(signer), signer]))
    const configured = new Set<string>()
    for (const { path, publicKey } of identities) {
      const fingerprint = publicKey && fingerprintSha256(publicKey.getPublicSSH())
      const signer = fingerprint === undefined ? undefined : inAgent.get(fingerprint)
      if (fingerprint === undefined || signer === undefined || configured.has(fingerprint)) continue
      configured.add(fingerprint)
      yield { key: { source: 'agent', path, type: signer.publicKey.type, fingerprintSha256: fingerprint }, signer }
    }
    if (!this.#context.target.identitiesOnly) {
      for (const [fingerprint, signer] of inAgent) {
        if (!configured.has(fingerprint))
          yield { key: { source: 'agent', type: signer.publicKey.type, fingerprintSha256: fingerprint }, signer }
      }
    }
    for (const { publicKey, file, problem } of identities) {
      if (publicKey && configured.has(fingerprintSha256(publicKey.getPublicSSH()))) continue
      if (problem && this.#context.target.identityFiles !== undefined) this.keyProblems.push(problem)
      const candidate = file && (await this.#fileCandidate(file))
      if (candidate) yield candidate
    }
  }

  async #loadIdentities(): Promise<Identity[]> {
    const { target, environment } = this.#context
    const explicit = target.identityFiles !== undefined
    const identities: Identity[] = []
    for (const path of target.identityFiles ?? defaultIdentityFiles(environment.home)) {
      try {
        identities.push(await loadIdentity(path))
      } catch (error) {
        if (!isTransportError(error)) throw error
        // A default key that does not exist is the normal case.
        if (explicit || error.details.reason !== 'missing') this.keyProblems.push(error)
      }
    }
    return identities
  }

  async #agentKeys(): Promise<KeySigner[]> {
    const { target, environment } = this.#context
    const address = target.identityAgent ?? environment.agent
    if (address === undefined || address === 'none') return []
    try {
      return await openAgent(address).list()
    } catch (error) {
      this.agentProblem = `${address}: ${nodeErrorCode(error) ?? toError(error).message}`
      return []
    }
  }

  async #fileCandidate(file: KeyFile): Promise<KeyCandidate | undefined> {
    // Without a public part the key has to be unlocked before the server can be asked.
    const publicKey =
      file.publicKey ??
      (await this.#unlock(file).catch((error: unknown) => {
        if (!isTransportError(error)) throw error
        this.keyProblems.push(error)
        return undefined
      }))
    if (publicKey === undefined) return undefined
    const { path } = file
    return {
      key: { source: 'file', path, type: publicKey.type, fingerprintSha256: fingerprintSha256(publicKey.getPublicSSH()) },
      signer: {
        publicKey,
        sign: async (data, hash) => {
          const key = publicKey.isPrivateKey() ? publicKey : await this.#unlock(file)
          const signature: unknown = key.sign(data, hash)
          if (!Buffer.isBuffer(signature)) throw toError(signature)
          return signature
        },
      },
    }
  }

  /** Unlocks with the stored passphrase, else with what the person enters. */
  async #unlock(file: KeyFile): Promise<ParsedKey> {
    if (!file.encrypted) return this.#keyCache.unlock(file, undefined)
    const stored = this.#context.secrets.passphrase ?? (await this.#lookup({ kind: 'passphrase', keyPath: file.path }))
    let problem: unknown
    const attempt = async (passphrase: string | undefined) => {
      try {
        return await this.#keyCache.unlock(file, passphrase)
      } catch (error) {
        problem = error
        return undefined
      }
    }
    const key = await attempt(stored)
    if (key) return key
    for (let asked = 0; asked < MAX_PROMPTS; asked += 1) {
      const prompts = [{ text: `Passphrase for ${file.path}`, echo: false }]
      const answers = await this.#ask({ kind: 'passphrase', prompts, keyPath: file.path, refusedBefore: asked > 0 || stored !== undefined })
      if (answers === null) break
      const unlocked = await attempt(answers[0])
      if (unlocked) return unlocked
    }
    throw toError(problem)
  }

  async #password(): Promise<AnyAuthMethod | false> {
    const { user } = this.#context.target
    const password = await this.#freshPassword()
    if (password === undefined) {
      this.#passwordOver = true
      return false
    }
    return this.#begin({ method: 'password', outcome: 'sent' }, { type: 'password', username: user, password })
  }

  /** A password that was not sent yet: the stored one, then what the person enters. */
  async #freshPassword(): Promise<string | undefined> {
    const stored = await this.#storedPassword()
    if (stored !== undefined && !this.#usedPasswords.has(stored)) return this.#use(stored)
    while (this.#askedForPassword < MAX_PROMPTS) {
      this.#askedForPassword += 1
      const answers = await this.#ask({
        kind: 'password',
        prompts: [{ text: 'Password', echo: false }],
        refusedBefore: this.#usedPasswords.size > 0,
      })
      const answer = answers?.[0]
      if (answer === undefined) return undefined
      if (!this.#usedPasswords.has(answer)) return this.#use(answer)
    }
    return undefined
  }

  #use(password: string): string {
    this.#usedPasswords.add(password)
    return password
  }

  #keyboardInteractive(): AnyAuthMethod {
    const attempt: AuthAttempt = { method: 'keyboard-interactive', outcome: 'sent' }
    this.#interactiveRounds += 1
    // Without a person to ask, a second round could only repeat what was refused.
    if (this.#context.onPrompt === undefined || this.#interactiveRounds >= MAX_PROMPTS) this.#interactiveOver = true
    const refusedBefore = this.#interactiveRounds > 1
    return this.#begin(attempt, {
      type: 'keyboard-interactive',
      username: this.#context.target.user,
      prompt: (name, instructions, _language, prompts, finish) => {
        const questions = prompts.map(({ prompt, echo }) => ({ text: prompt, echo: echo ?? false }))
        void this.#finishRound(attempt, finish, () => this.#answer(name, instructions, questions, refusedBefore))
      },
    })
  }

  async #finishRound(
    attempt: AuthAttempt,
    finish: (answers: string[]) => void,
    answer: () => Promise<readonly string[] | null>,
  ): Promise<void> {
    // A failed question is a declined one.
    const answers = await answer().catch(() => null)
    if (answers !== null) {
      finish([...answers])
      return
    }
    attempt.outcome = 'declined'
    this.onDeclined()
  }

  /** A single hidden question is what PAM makes of a password: the stored one answers it, once, unless its words name a code. */
  async #answer(
    name: string,
    instructions: string,
    prompts: SshPrompt['prompts'],
    refusedBefore: boolean,
  ): Promise<readonly string[] | null> {
    const [only, ...more] = prompts
    if (only && more.length === 0 && !only.echo && !NAMES_A_CODE.test(only.text)) {
      const stored = await this.#storedPassword()
      if (stored !== undefined && !this.#usedPasswords.has(stored)) return [this.#use(stored)]
    }
    const answers = await this.#ask({ kind: 'keyboard-interactive', prompts, name, instructions, refusedBefore })
    const [first] = answers ?? []
    if (only && more.length === 0 && !only.echo && first !== undefined) {
      if (this.#usedPasswords.has(first)) return null
      this.#use(first)
    }
    return answers
  }

  async #storedPassword(): Promise<string | undefined> {
    const { secrets, isFinalTarget, target } = this.#context
    if (isFinalTarget && secrets.password !== undefined) return secrets.password
    return this.#lookup({ kind: 'password', host: target.host, port: target.port, user: target.user })
  }

  async #lookup(request: SecretRequest): Promise<string | undefined> {
    return this.#context.secrets.lookup?.(request)
  }

  async #ask(prompt: Omit<SshPrompt, 'host' | 'port' | 'user'>): Promise<readonly string[] | null> {
    const { onPrompt, deadline, promptSignal, target } = this.#context
    if (onPrompt === undefined) return null
    const { host, port, user } = target
    return deadline.hold(() => onPrompt({ ...prompt, host, port, user }, promptSignal))
  }
}
