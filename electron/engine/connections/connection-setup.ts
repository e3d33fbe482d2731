import { z } from 'zod'
import { toWireError, type WireError } from '../../../shared/errors/index.ts'
import type { CheckMessage, CheckStep, CloudPolicy, Connection, ConnectionId, HostKeyInfo } from '../../../shared/model/index.ts'
import type { Candidate, ProviderPorts, SecretField, Secrets } from '../../providers/provider.ts'
import type { InventoryReader } from '../ports.ts'
import type { Prompts } from './prompts.ts'
import { type Config, knownConnection, type ProviderKinds } from './provider-kinds.ts'
import type { SecretKeeper } from './secret-keeper.ts'
import { told } from './told.ts'

/** The host key a person has confirmed. */
export interface HostKeyChoice {
  readonly host: string
  readonly port: number
  readonly keyType: string
  readonly fingerprint: string
}

export interface ConnectionSetupOptions {
  readonly kinds: ProviderKinds
  readonly keeper: SecretKeeper
  readonly ports: ProviderPorts
  readonly inventory: InventoryReader
  readonly prompts: Prompts
}

export interface ProviderForm {
  readonly id: string
  readonly label: string
  readonly configSchema: Record<string, unknown>
  readonly secrets: readonly SecretField[]
  readonly secretTargets: readonly string[]
  readonly discovers: boolean
}

export interface FoundCandidate extends Candidate {
  readonly providerId: string
  readonly connectionId: ConnectionId | null
}

export interface Discovery {
  readonly candidates: readonly FoundCandidate[]
  readonly problems: ReadonlyArray<{ readonly source: string; readonly error: WireError }>
}

export interface CheckRequest {
  readonly providerId: string
  readonly config: Config
  readonly secrets: Secrets
  readonly connectionId?: ConnectionId | undefined
  readonly acceptHostKey?: HostKeyChoice | undefined
  /** Whoever reads the list answers what the host asks. */
  readonly prompts?: boolean | undefined
}

const CHECK_MS = 60_000

/** What precedes a connection: the kinds there are, what this computer knows already, the check list. */
export class ConnectionSetup {
  readonly #options: ConnectionSetupOptions

  constructor(options: ConnectionSetupOptions) {
    this.#options = options
  }

  /** The kinds of connections with the form of each, made from its schema. */
  providers(): readonly ProviderForm[] {
    return [...this.#options.kinds.all()].map((provider) => ({
      id: provider.id,
      label: provider.label,
      configSchema: z.toJSONSchema(provider.configSchema, { io: 'input', unrepresentable: 'any' }) as Record<string, unknown>,
      secrets: provider.secretFields,
      secretTargets: provider.targetFields,
      discovers: provider.discover !== undefined,
    }))
  }

  /** The least an account must be allowed for such a configuration. Nothing is contacted. Throws provider.unknown, connection.bad-config. */
  async policies(providerId: string, input: Readonly<Record<string, unknown>>): Promise<CloudPolicy[]> {
    const { kinds } = this.#options
    const provider = kinds.get(providerId)
    return [...((await provider.policies?.(kinds.parse(provider, input))) ?? [])]
  }

  /** Nothing is contacted. What one provider cannot read is named and does not hinder the others. */
  async discover(): Promise<Discovery> {
    const { kinds, ports, inventory } = this.#options
    const candidates: FoundCandidate[] = []
    const problems: Array<{ source: string; error: WireError }> = []
    const connections: readonly Connection[] = [...inventory.all('connection')]
    for (const provider of kinds.all()) {
      if (!provider.discover) continue
      try {
        for (const candidate of await provider.discover(ports)) {
          const known = connections.find((each) => each.providerId === provider.id && each.address === candidate.address)
          candidates.push({ ...candidate, providerId: provider.id, connectionId: known?.id ?? null })
        }
      } catch (thrown) {
        problems.push({ source: provider.id, error: toWireError(thrown) })
      }
    }
    return { candidates, problems }
  }

  /**
   * The live check list. Ends with `done`. Secrets kept for the connection are used only where its own target is checked: whoever asks may
   * have put any other into the configuration. What the host asks is asked of the reader, if that wants to be. Throws invalid-input for a configuration that does not fit.
   */
  async *check(request: CheckRequest, signal: AbortSignal): AsyncGenerator<CheckMessage> {
    const { kinds, keeper, ports, inventory, prompts } = this.#options
    const provider = kinds.get(request.providerId)
    const config = kinds.parse(provider, request.config)
    const connection = request.connectionId && knownConnection(inventory.get('connection', request.connectionId))
    const isSame = connection && kinds.isSameTarget(connection, provider, config)
    const kept = isSame ? await keeper.read(connection.id, provider) : {}
    const secrets = { ...kept, ...request.secrets }
    const withheld = connection && !isSame ? (await keeper.names(connection.id, provider)).filter((name) => !(name in secrets)) : []
    yield* told<CheckMessage>(async (tell, until) => {
      let current: CheckStep = { id: 'reach', state: 'running', detail: null, error: null }
      const attend = () => prompts.attend((prompt) => tell({ type: 'step', step: current, prompt }), until).ask
      const onPrompt = request.prompts ? attend() : undefined
      const options = { signal: until, timeoutMs: CHECK_MS, onHostKey: trusting(request.acceptHostKey), onPrompt }
      for await (const message of provider.check(config, secrets, ports, options)) {
        if (until.aborted) return
        if (message.type === 'step' && message.step.state === 'running') current = message.step
        tell(withheld.length > 0 ? explained(message) : message)
      }
    }, signal)
  }
}

const TYPE_AGAIN = 'The password that is kept was not used, because it is for another target. Type it again.'

/** A refused login, where kept secrets were held back: says so, as that is what helps. */
function explained(message: CheckMessage): CheckMessage {
  if (message.type !== 'step' || message.step.error?.kind !== 'unauthenticated') return message
  const { error } = message.step
  const details = { ...error.details, remedy: 'type-secrets-again', remedyText: TYPE_AGAIN }
  return { ...message, step: { ...message.step, error: { ...error, message: `${error.message} ${TYPE_AGAIN}`, details } } }
}

/** Trusts exactly the key that a person has confirmed, and no other. */
export function trusting(choice: HostKeyChoice | undefined): (info: HostKeyInfo) => Promise<boolean> {
  return (info) =>
    Promise.resolve(
      choice !== undefined &&
        info.host === choice.host &&
        info.port === choice.port &&
        info.keyType === choice.keyType &&
        info.fingerprint === choice.fingerprint,
    )
}
