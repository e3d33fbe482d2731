import { AppError, type ErrorDetails } from '../../../shared/errors/index.ts'
import type { LoginQuestion } from '../../../shared/model/index.ts'
import type { OnPrompt, SecretRequest, SshConnectOptions, SshPrompt, SshTarget } from '../../libvirt/transport/index.ts'
import type { AskPerson, Secrets } from '../provider.ts'
import { toSshProblem } from './problems.ts'

/** As often may a person be wrong, as with OpenSSH (NumberOfPasswordPrompts). */
const MAX_LOGINS = 3
const ASKING_METHODS: ReadonlySet<unknown> = new Set(['password', 'keyboard-interactive'])

/**
 * The way through what hosts ask: stored secrets first, then the person who attends, if anybody does. A code that was wrong cannot be
 * mended in the same login, because the transport sends no password twice: the login is begun anew then.
 */
export class Login {
  readonly #secrets: Secrets
  readonly #ask: AskPerson | undefined
  readonly #target: SshTarget
  /** The password stands in the form beside which all this is shown: one that is refused is mended there, not asked for once more. */
  readonly #isInForm: boolean
  /** Passwords and passphrases that the person has typed, for the logins that follow. Codes are good once and not among them. */
  readonly #typed = new Map<string, string>()
  /** Who has been answered in the present login. */
  #answered = new Set<string>()
  #declined = false
  #begun = 1
  #refusedBy: string | undefined
  #isFormWrong = false

  constructor(secrets: Secrets, target: SshTarget, ask: AskPerson | undefined, isInForm = false) {
    this.#isInForm = isInForm
    this.#secrets = secrets
    this.#target = target
    this.#ask = ask
  }

  /** A login was refused before, and this is another. */
  get isAgain(): boolean {
    return this.#begun > 1
  }

  /** What the transport logs in with. */
  options(): Pick<SshConnectOptions, 'secrets' | 'onPrompt'> {
    const { password, passphrase } = this.#secrets
    return {
      secrets: {
        // Which of password and code was wrong is not told: the stored one is not sent a second time.
        password: (!this.isAgain && password) || undefined,
        passphrase: passphrase || undefined,
        lookup: (request) => Promise.resolve(this.#typed.get(keyOf(request))),
      },
      onPrompt: this.#ask && this.#onPrompt(this.#ask),
    }
  }

  /** Whether the person may try again after that failure; call `options` for it anew then. */
  beginsAnew(thrown: unknown): boolean {
    const { code, details } = toSshProblem(thrown)
    const by = refuser(details)
    if (!isRefused(code, details) || this.#declined || !this.#answered.has(by) || this.#begun >= MAX_LOGINS) return false
    this.#begun++
    this.#answered = new Set()
    this.#refusedBy = by
    for (const key of this.#typed.keys()) if (key.startsWith(`password ${by}:`)) this.#typed.delete(key)
    return true
  }

  /** A refused login whose reason is that a question was not answered says so. */
  explained(problem: AppError): AppError {
    const { code, details } = problem
    if (this.#isFormWrong || !isRefused(code, details) || (this.#ask && !this.#declined) || !isUnanswered(details)) return problem
    const by = refuser(details)
    return new AppError({
      kind: 'unauthenticated',
      code: 'ssh.prompt-needed',
      message: `${by} asks for a password or a code that is not kept. ${LOG_IN}`,
      details: { ...details, name: by, remedy: 'log-in', remedyText: LOG_IN },
      cause: problem,
    })
  }

  #onPrompt(ask: AskPerson): OnPrompt {
    return async (prompt, signal) => {
      const by = `${prompt.user}@${prompt.host}`
      const isSecondRound = prompt.kind === 'keyboard-interactive' && prompt.refusedBefore && this.#answered.has(by)
      if (this.#declined || isSecondRound) return null
      if (this.#isInForm && !this.isAgain && this.#secrets.password && secretOf(prompt, this.#target) === 'password') {
        this.#isFormWrong = true
        this.#declined = true
        return null
      }
      const isSequel = this.#refusedBy === by
      this.#refusedBy = undefined
      const answers = await ask(questionOf(prompt, this.#target, isSequel), signal)
      const [answer] = answers ?? []
      if (answers === null) this.#declined = true
      else this.#answered.add(by)
      if (answer !== undefined && prompt.kind !== 'keyboard-interactive') this.#typed.set(keyOf(requestOf(prompt)), answer)
      return answers
    }
  }
}

const LOG_IN = 'Log in to answer it.'

function questionOf(prompt: SshPrompt, target: SshTarget, isSequel: boolean): LoginQuestion {
  const { kind, host, port, user, prompts, name, instructions, keyPath, refusedBefore } = prompt
  return {
    kind,
    host,
    port,
    user,
    name: name ?? '',
    instructions: instructions ?? '',
    keyPath: keyPath ?? null,
    prompts: [...prompts],
    refusedBefore: refusedBefore || isSequel,
    secret: secretOf(prompt, target),
  }
}

/**
 * The secret of the connection that an answer could be. PAM asks for passwords and codes in the same way, and only its words tell them
 * apart: they decide no more than whether keeping the answer is offered.
 */
function secretOf(prompt: SshPrompt, target: SshTarget): string | null {
  if (prompt.kind === 'passphrase') return 'passphrase'
  if (prompt.host !== target.host || prompt.port !== (target.port ?? 22)) return null
  if (prompt.kind === 'password') return 'password'
  const [only, ...more] = prompt.prompts
  return only && more.length === 0 && !only.echo && /passwor[dt]/i.test(only.text) ? 'password' : null
}

function requestOf({ kind, keyPath, host, port, user }: SshPrompt): SecretRequest {
  return kind === 'passphrase' ? { kind, keyPath: keyPath ?? '' } : { kind: 'password', host, port, user }
}

function keyOf(request: SecretRequest): string {
  return request.kind === 'passphrase' ? `passphrase ${request.keyPath}` : `password ${request.user}@${request.host}:${request.port}`
}

function isRefused(code: string, details: ErrorDetails): boolean {
  return code === 'ssh.auth-failed' || (code === 'ssh.jump-failed' && details.hopCode === 'ssh.auth-failed')
}

/** Who refused, a jump host included: the transport names user and host of the login that failed. */
function refuser({ user, host }: ErrorDetails): string {
  return typeof user === 'string' && typeof host === 'string' ? `${user}@${host}` : ''
}

/** What was asked found no answer, or what would have been asked was not even begun. */
function isUnanswered({ attempts, offered }: ErrorDetails): boolean {
  const made = Array.isArray(attempts)
    ? attempts.map((one) => (one ?? {}) as { readonly method?: unknown; readonly outcome?: unknown })
    : []
  const asking = made.filter(({ method }) => ASKING_METHODS.has(method))
  if (asking.length > 0) return asking.some(({ outcome }) => outcome === 'declined')
  return Array.isArray(offered) && offered.some((method) => ASKING_METHODS.has(method))
}
