import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import type { EBSClient } from '@aws-sdk/client-ebs'
import type { EC2Client } from '@aws-sdk/client-ec2'
import type { SQSClient } from '@aws-sdk/client-sqs'
import type { SSMClient } from '@aws-sdk/client-ssm'
import type { STSClient } from '@aws-sdk/client-sts'
import type { AppError } from '../../../shared/errors/index.ts'
import { type CallBudget, problems } from '../cloud/index.ts'
import type { CallOptions, Clock } from '../provider.ts'
import { type Asked, isClockCorrected, toProblem } from './errors.ts'
import type { Login } from './login.ts'

export type Ec2Sdk = typeof import('./sdk/ec2.ts')
export type CloudWatchSdk = typeof import('./sdk/cloudwatch.ts')
export type EbsSdk = typeof import('./sdk/ebs.ts')
export type SqsSdk = typeof import('./sdk/sqs.ts')
export type SsmSdk = typeof import('./sdk/ssm.ts')
type LoginSdk = typeof import('./sdk/login.ts')

/** What one request is, and on whose account it is done. */
export interface Request {
  readonly region: string
  /** As permissions are written: `ec2:StopInstances`. */
  readonly permission: string
  readonly changes?: boolean
  readonly options: CallOptions
}

interface Sending {
  readonly abortSignal: AbortSignal
}
type Run<Client, Sdk, T> = (client: Client, sdk: Sdk, sending: Sending) => Promise<T>
export type Ec2Run<T> = Run<EC2Client, Ec2Sdk, T>

type Made = Promise<{ readonly client: { destroy(): void }; readonly sdk: unknown }>

export interface AwsCallsOptions {
  readonly endpoint: string | undefined
  readonly login: Login
  readonly isTemporary: boolean
  readonly clock: Clock
  readonly budget: CallBudget
}

interface ClientConfig {
  readonly region: string
  readonly credentials: Login['credentials']
  readonly maxAttempts: number
  readonly requestHandler: { readonly connectionTimeout: number; readonly requestTimeout: number; readonly throwOnRequestTimeout: boolean }
  readonly endpoint?: string
}

const CONNECT_MS = 5_000
const ANSWER_MS = 60_000
/** A throttled request was not done: it may be sent again, a change as well. */
const MOST_THROTTLES = 4
const READ_ATTEMPTS = 3
const RETRY_BASE_MS = 200
const LONGEST_PAUSE_MS = 20_000

/** The requests of one account. Clients are made for each service and region when the first request needs them. */
export class AwsCalls {
  readonly #with: AwsCallsOptions
  readonly #clients = new Map<string, Made>()
  /** Others may still wait for answers of theirs. */
  readonly #retired: Made[] = []
  #closed = false

  constructor(options: AwsCallsOptions) {
    this.#with = options
  }

  /** No other server stands in its place. */
  get isAws(): boolean {
    return this.#with.endpoint === undefined
  }

  ec2<T>(request: Request, run: Ec2Run<T>): Promise<T> {
    return this.#ask(request, 'ec2', run, async (config) => {
      const sdk = await import('./sdk/ec2.ts')
      return { client: new sdk.EC2Client(config), sdk }
    })
  }

  /** EBS direct: blocks of snapshots. */
  ebs<T>(request: Request, run: Run<EBSClient, EbsSdk, T>): Promise<T> {
    return this.#ask(request, 'ebs', run, async (config) => {
      const sdk = await import('./sdk/ebs.ts')
      return { client: new sdk.EBSClient(config), sdk }
    })
  }

  cloudWatch<T>(request: Request, run: Run<CloudWatchClient, CloudWatchSdk, T>): Promise<T> {
    return this.#ask(request, 'cloudwatch', run, async (config) => {
      const sdk = await import('./sdk/cloudwatch.ts')
      return { client: new sdk.CloudWatchClient(config), sdk }
    })
  }

  ssm<T>(request: Request, run: Run<SSMClient, SsmSdk, T>): Promise<T> {
    return this.#ask(request, 'ssm', run, async (config) => {
      const sdk = await import('./sdk/ssm.ts')
      return { client: new sdk.SSMClient(config), sdk }
    })
  }

  sqs<T>(request: Request, run: Run<SQSClient, SqsSdk, T>): Promise<T> {
    return this.#ask(request, 'sqs', run, async (config) => {
      const sdk = await import('./sdk/sqs.ts')
      // the library would send what it signed to whatever host the address of a queue names
      return { client: new sdk.SQSClient({ ...config, useQueueUrlAsEndpoint: false }), sdk }
    })
  }

  sts<T>(request: Request, run: Run<STSClient, LoginSdk, T>): Promise<T> {
    return this.#ask(request, 'sts', run, async (config) => {
      const sdk = await import('./sdk/login.ts')
      return { client: new sdk.STSClient(config), sdk }
    })
  }

  close(): void {
    this.#closed = true
    for (const made of [...this.#clients.values(), ...this.#retired]) {
      made.then(
        ({ client }) => client.destroy(),
        () => undefined,
      )
    }
    this.#clients.clear()
  }

  async #ask<Client extends { destroy(): void }, Sdk, T>(
    request: Request,
    service: string,
    run: Run<Client, Sdk, T>,
    make: (config: ClientConfig) => Promise<{ readonly client: Client; readonly sdk: Sdk }>,
  ): Promise<T> {
    if (this.#closed) throw problems.linkClosed()
    const { region, options } = request
    const { budget, clock, login } = this.#with
    const signal = signalOf(options)
    const key = `${service} ${region}`
    const open = () => {
      const made = (this.#clients.get(key) as ReturnType<typeof make> | undefined) ?? make(this.#clientConfig(region))
      this.#clients.set(key, made)
      return made
    }
    let throttles = 0
    let clockWasSet = false
    let renewed = false
    for (let attempt = 1; ; attempt += 1) {
      await budget.admit(signal)
      const made = open()
      try {
        const { client, sdk } = await made
        return await run(client, sdk, { abortSignal: signal })
      } catch (thrown) {
        const problem = this.#problem(thrown, request, signal)
        if (problem.kind === 'rate-limited') {
          const pauseMs = Math.min(LONGEST_PAUSE_MS, (problem.retryAfterMs ?? RETRY_BASE_MS) * 2 ** throttles) * (0.75 + clock.random() / 2)
          budget.throttled(pauseMs)
          throttles += 1
          if (throttles > MOST_THROTTLES) throw problem
        } else if (isClockCorrected(thrown) && !clockWasSet) {
          clockWasSet = true
        } else if (problem.code === 'cloud.credentials-expired' && login.renew && !renewed) {
          // a role is assumed anew; a profile may have been written anew by another program
          renewed = true
          if (this.#clients.get(key) === made) this.#retire(login.renew)
        } else if (problem.kind !== 'unreachable' || request.changes === true || attempt >= READ_ATTEMPTS) {
          throw problem
        } else {
          await pause(clock, RETRY_BASE_MS * 2 ** attempt * clock.random(), signal)
        }
      }
    }
  }

  /** Clients keep the credentials they were made with. */
  #retire(renew: () => void): void {
    this.#retired.push(...this.#clients.values())
    this.#clients.clear()
    renew()
  }

  #problem(thrown: unknown, { permission, region, changes = false }: Request, signal: AbortSignal): AppError {
    const asked: Asked = { permission, region, changes, isTemporary: this.#with.isTemporary }
    if (signal.aborted && signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError') {
      return changes ? problems.replyLost(permission) : problems.timedOut('AWS', ANSWER_MS)
    }
    return toProblem(thrown, asked)
  }

  /** Attempts are ours to count: the library's own would repeat a change whose answer was lost. */
  #clientConfig(region: string): ClientConfig {
    const { endpoint, login } = this.#with
    return {
      region,
      credentials: login.credentials,
      maxAttempts: 1,
      requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: ANSWER_MS, throwOnRequestTimeout: true },
      ...(endpoint !== undefined && { endpoint }),
    }
  }
}

function signalOf({ signal, timeoutMs }: CallOptions): AbortSignal {
  const own = AbortSignal.timeout(timeoutMs ?? ANSWER_MS * 5)
  return signal ? AbortSignal.any([signal, own]) : own
}

/** Ends early, without a word, when the signal is aborted: the next call finds that out. */
export function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      cancel()
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const cancel = clock.after(Math.ceil(ms), end)
    if (signal?.aborted) end()
    else signal?.addEventListener('abort', end)
  })
}
