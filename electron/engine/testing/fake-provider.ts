import { z } from 'zod'
import { AppError, type ErrorKind, toWireError, wireErrorSchema } from '../../../shared/errors/index.ts'
import type { HostKeyInfo, LoginQuestion } from '../../../shared/model/index.ts'
import {
  type ConnectOptions,
  defineProvider,
  type Interest,
  type ProviderChange,
  type ProviderConnection,
  type ProviderDefinition,
  type ProviderSink,
  type Secrets,
} from '../../providers/provider.ts'
import { putHost } from './facts.ts'

export function anError(kind: ErrorKind, code = `fake.${kind}`, retryAfterMs?: number): AppError {
  return new AppError({ kind, code, message: `It is ${kind}.`, ...(retryAfterMs !== undefined && { retryAfterMs }) })
}

/** One far side. Tests say how it answers and what it sees. */
export class FakeFar {
  readonly address: string
  /** How the next attempts end: `ok`, `hang`, or an error. */
  answer: 'ok' | 'hang' | AppError = 'ok'
  /** What a link sends first. */
  first: readonly ProviderChange[]
  /** The first state never completes. */
  silent = false
  /** Ends the silence: the first state is complete. */
  speak: () => void = () => {}
  readonly spoken = new Promise<void>((resolve) => {
    this.speak = resolve
  })
  /** What it asks before it lets in, one after the other; it takes any answer. */
  asks: readonly LoginQuestion[] = []
  answers: string[] = []
  attempts = 0
  links: FakeLink[] = []
  secrets: Secrets | null = null

  constructor(address: string) {
    this.address = address
    this.first = [putHost(address)]
  }

  get link(): FakeLink | undefined {
    return this.links.find((link) => !link.over)
  }
}

export class FakeLink implements ProviderConnection {
  readonly capabilities = { unsupported: {} }
  readonly builder = null
  readonly volumes = null
  readonly hardware = null
  readonly snapshots = null
  readonly storage = null
  readonly networking = null
  readonly migration = null
  readonly cloud = null
  readonly closed: Promise<AppError | null>
  readonly #far: FakeFar
  #end: (error: AppError | null) => void = () => {}
  over = false
  sink: ProviderSink | null = null
  interest: Interest | null = null
  refreshes = 0

  constructor(far: FakeFar) {
    this.#far = far
    this.closed = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  lose(error: AppError | null): void {
    this.over = true
    this.#end(error)
  }

  async watch(sink: ProviderSink): Promise<void> {
    this.sink = sink
    sink.changes(this.#far.first)
    if (this.#far.silent) await this.#far.spoken
  }

  setInterest(interest: Interest): void {
    this.interest = interest
  }

  refresh(): Promise<void> {
    this.refreshes++
    return Promise.resolve()
  }

  close(): Promise<void> {
    this.lose(null)
    return Promise.resolve()
  }

  baseline(): Promise<never> {
    return Promise.reject(anError('unsupported'))
  }

  act(): Promise<never> {
    return Promise.reject(anError('unsupported'))
  }

  probe(): Promise<never> {
    return Promise.reject(anError('unsupported'))
  }

  detail(): Promise<never> {
    return Promise.reject(anError('unsupported'))
  }

  deletionPlan(): Promise<never> {
    return Promise.reject(anError('unsupported'))
  }

  guestInfo(): Promise<never> {
    return Promise.reject(anError('unsupported'))
  }

  guestDo(): Promise<never> {
    return Promise.reject(anError('unsupported'))
  }

  consoles(): Promise<never> {
    return Promise.reject(anError('unsupported'))
  }

  openConsole(): Promise<never> {
    return Promise.reject(anError('unsupported'))
  }
}

const configSchema = z.object({
  host: z.string().min(1).meta({ title: 'Host' }),
  local: z.boolean().default(false),
})

/** A provider whose far sides are in the test's hand. */
export class FakeProvider {
  readonly definition: ProviderDefinition
  readonly accepted: Array<{ readonly fingerprint: string; readonly replace: boolean }> = []
  readonly #fars = new Map<string, FakeFar>()
  /** What `check` asks about, if anything. */
  hostKey: HostKeyInfo | null = null
  /** How the login step of `check` fails, if it does. */
  loginFails: AppError | null = null
  /** At once, and at most so far. */
  connecting = 0
  mostConnecting = 0
  discoverFails: AppError | null = null

  constructor(id = 'fake') {
    this.definition = defineProvider({
      id,
      label: 'Fake',
      configSchema,
      secretFields: [
        { name: 'password', label: 'Password', multiline: false },
        { name: 'passphrase', label: 'Passphrase', multiline: false },
      ],
      targetFields: ['host'],
      address: ({ host }) => host,
      isLocal: ({ local }) => local,
      connect: ({ host }, secrets, _ports, options) => this.#connect(this.far(host), secrets, options),
      check: (config, secrets, _ports, options) => this.#check(this.far(config.host), secrets, options),
      acceptHostKey: ({ fingerprint }, replace) => {
        this.accepted.push({ fingerprint, replace })
        return Promise.resolve()
      },
      discover: () =>
        this.discoverFails
          ? Promise.reject(this.discoverFails)
          : Promise.resolve([{ source: 'ssh-config' as const, name: 'known', address: 'a', config: { host: 'a' } }]),
      // a second kind stands for a cloud
      demo: ({ hosts, machines, clouds }) =>
        id === 'fake'
          ? [
              { name: 'North', config: { host: `north-${hosts}` } },
              { name: 'South', config: { host: `south-${machines}` } },
            ]
          : clouds
            ? [{ name: 'Cloud', config: { host: 'cloud' } }]
            : [],
    })
  }

  far(address: string): FakeFar {
    const known = this.#fars.get(address)
    if (known) return known
    const far = new FakeFar(address)
    this.#fars.set(address, far)
    return far
  }

  async #connect(far: FakeFar, secrets: Secrets, options: ConnectOptions): Promise<ProviderConnection> {
    far.attempts++
    far.secrets = secrets
    this.connecting++
    this.mostConnecting = Math.max(this.mostConnecting, this.connecting)
    try {
      await Promise.resolve()
      await askAll(far, options)
      if (far.answer === 'hang') await untilAborted(options.signal)
      if (far.answer instanceof Error) throw far.answer
      const link = new FakeLink(far)
      far.links.push(link)
      return link
    } finally {
      this.connecting--
    }
  }

  async *#check(far: FakeFar, secrets: Secrets, options: ConnectOptions) {
    far.secrets = secrets
    if (this.hostKey && !(await options.onHostKey?.(this.hostKey))) {
      yield { type: 'host-key' as const, info: this.hostKey }
      yield { type: 'done' as const, ok: false, machines: null, versions: [] }
      return
    }
    await askAll(far, options)
    if (this.loginFails) {
      const error = wireErrorSchema.parse(toWireError(this.loginFails))
      yield { type: 'step' as const, step: { id: 'login' as const, state: 'failed' as const, detail: null, error } }
    }
    yield { type: 'done' as const, ok: this.loginFails === null, machines: 0, versions: [] }
  }
}

async function askAll(far: FakeFar, options: ConnectOptions): Promise<void> {
  for (const question of far.asks) {
    const answers = await options.onPrompt?.(question, options.signal ?? new AbortController().signal)
    if (!answers) throw anError('unauthenticated', 'ssh.prompt-needed')
    far.answers.push(...answers)
  }
}

export function aQuestion(text: string, more: Partial<LoginQuestion> = {}): LoginQuestion {
  const who = { host: 'a', port: 22, user: 'root' }
  const rest = { name: '', instructions: '', keyPath: null, refusedBefore: false, secret: null }
  return { kind: 'keyboard-interactive', ...who, ...rest, prompts: [{ text, echo: false }], ...more }
}

function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(anError('cancelled')), { once: true })
  })
}
