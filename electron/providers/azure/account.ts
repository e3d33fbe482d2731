import type { ComputeManagementClient, ComputeManagementClientOptionalParams } from '@azure/arm-compute'
import type { MonitorClient } from '@azure/arm-monitor'
import type { NetworkManagementClient } from '@azure/arm-network'
import type { ResourceGraphClient } from '@azure/arm-resourcegraph'
import type { SubscriptionClient } from '@azure/arm-resources-subscriptions'
import type { TokenCredential } from '@azure/identity'
import { type AppError, isAppError, toAppError } from '../../../shared/errors/index.ts'
import { type CallBudget, problems } from '../cloud/index.ts'
import type { CallOptions, Clock, Secrets } from '../provider.ts'
import { type AzureConfig, endpointOf } from './config.ts'
import { Gate } from './gate.ts'
import { credentialOf, trusted } from './login.ts'
import { LABEL, plain } from './problems.ts'
import { AzureRest } from './rest.ts'

type Policy = NonNullable<ComputeManagementClientOptionalParams['additionalPolicies']>[number]['policy']

/** The SDK's clients of one account, made when they are first needed. All send through the one gate. */
export class AzureAccount {
  readonly config: AzureConfig
  readonly rest: AzureRest
  readonly #credential: TokenCredential
  readonly #options: ComputeManagementClientOptionalParams
  readonly #scope: string
  readonly #clients = new Map<string, Promise<unknown>>()

  private constructor(config: AzureConfig, credential: TokenCredential, gate: Gate, ca: readonly string[] | undefined) {
    const endpoint = endpointOf(config)
    this.config = config
    this.#credential = credential
    this.#scope = `${new URL(endpoint).origin}/.default`
    this.rest = new AzureRest(endpoint, this.#scope, credential, gate, ca)
    this.#options = {
      endpoint,
      credentials: { scopes: [this.#scope] },
      // the gate repeats what may be repeated; a redirection would be followed without it
      retryOptions: { maxRetries: 0 },
      redirectOptions: { maxRetries: 0 },
      userAgentOptions: { userAgentPrefix: 'NovaCron' },
      additionalPolicies: [{ policy: gatePolicy(gate), position: 'perCall' }],
      ...(ca && { tlsOptions: { ca: [...ca] } }),
    }
  }

  /** Asks nobody yet. Throws AppError when the configuration cannot be used. */
  static async open(config: AzureConfig, secrets: Secrets, budget: CallBudget, clock: Clock): Promise<AzureAccount> {
    const ca = await trusted(config)
    const credential = await credentialOf(config, secrets, ca, clock)
    return new AzureAccount(config, credential, new Gate(endpointOf(config), budget, clock), ca)
  }

  compute(subscription: string): Promise<ComputeManagementClient> {
    return this.#client(`compute ${subscription}`, async () => {
      const { ComputeManagementClient: Client } = await import('@azure/arm-compute')
      return new Client(this.#credential, subscription, this.#options)
    })
  }

  network(subscription: string): Promise<NetworkManagementClient> {
    return this.#client(`network ${subscription}`, async () => {
      const { NetworkManagementClient: Client } = await import('@azure/arm-network')
      return new Client(this.#credential, subscription, this.#options)
    })
  }

  monitor(subscription: string): Promise<MonitorClient> {
    return this.#client(`monitor ${subscription}`, async () => {
      const { MonitorClient: Client } = await import('@azure/arm-monitor')
      return new Client(this.#credential, subscription, this.#options)
    })
  }

  graph(): Promise<ResourceGraphClient> {
    return this.#client('graph', async () => {
      const { ResourceGraphClient: Client } = await import('@azure/arm-resourcegraph')
      return new Client(this.#credential, this.#options)
    })
  }

  subscriptions(): Promise<SubscriptionClient> {
    return this.#client('subscriptions', async () => {
      const { SubscriptionClient: Client } = await import('@azure/arm-resources-subscriptions')
      return new Client(this.#credential, this.#options)
    })
  }

  /** Who is logged in, as the token tells. Throws AppError. */
  async identity({ signal }: CallOptions): Promise<string> {
    const token = await this.#credential.getToken(this.#scope, { ...(signal && { abortSignal: signal }) })
    const claims = claimsOf(token?.token ?? '')
    const who = claims['upn'] ?? claims['unique_name'] ?? claims['app_displayname'] ?? claims['appid'] ?? this.config.clientId
    const tenant = claims['tid'] ?? this.config.tenantId
    return [who, tenant].filter((part) => part !== undefined).join(' @ ')
  }

  close(): void {
    this.rest.close()
    this.#clients.clear()
  }

  #client<T>(key: string, make: () => Promise<T>): Promise<T> {
    const known = this.#clients.get(key) as Promise<T> | undefined
    if (known) return known
    const made = make()
    this.#clients.set(key, made)
    return made
  }
}

/** In the SDK's pipeline, before anything is repeated or redirected. */
function gatePolicy(gate: Gate): Policy {
  return {
    name: 'novacronGate',
    sendRequest: (request, next) => {
      // its own type is an AbortSignal with less: what is given to the SDK are AbortSignals
      const signal = request.abortSignal as AbortSignal | undefined
      return gate.pass(
        { method: request.method, url: request.url, signal },
        (abort) => {
          request.abortSignal = abort
          return next(request)
        },
        ({ status, bodyAsText, headers }) => ({ status, text: bodyAsText ?? '', header: (name) => headers.get(name) }),
      )
    },
  }
}

/** For a call of the SDK. Throws `cancelled`. */
export function abortOf({ signal }: CallOptions): { readonly abortSignal?: AbortSignal } {
  if (signal?.aborted) throw problems.cancelled()
  return signal === undefined ? {} : { abortSignal: signal }
}

/** Page after page, with a look at the signal between them, as the SDK gives further pages none. Throws AppError. */
export async function* pagesOf<T>(list: { byPage(): AsyncIterable<T[]> }, { signal }: CallOptions): AsyncGenerator<T[]> {
  try {
    for await (const page of list.byPage()) {
      if (signal?.aborted) throw problems.cancelled()
      yield page
    }
  } catch (thrown) {
    throw understood(thrown)
  }
}

export async function allOf<T>(list: { byPage(): AsyncIterable<T[]> }, options: CallOptions): Promise<T[]> {
  const found: T[] = []
  for await (const page of pagesOf(list, options)) found.push(...page)
  return found
}

/** A call of the SDK. Throws AppError. */
export async function ask<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (thrown) {
    throw understood(thrown)
  }
}

/** The one answer null for what is not there. */
export async function orNull<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await ask(call)
  } catch (thrown) {
    if (isAppError(thrown) && thrown.kind === 'not-found') return null
    throw thrown
  }
}

/** What the gate let through and the SDK stumbled over: a body that is not what it should be. */
function understood(thrown: unknown): AppError {
  if (isAppError(thrown)) return thrown
  const error = toAppError(thrown)
  return error.kind === 'cancelled'
    ? error
    : problems.notUnderstood(LABEL, thrown instanceof Error ? thrown.name : 'an answer', { cause: plain(thrown) })
}

/** Of a token that is a JWT; what it says is shown and not relied on. */
function claimsOf(token: string): Readonly<Record<string, string | undefined>> {
  const [, claims = ''] = token.split('.')
  try {
    return JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as Record<string, string | undefined>
  } catch {
    return {}
  }
}
