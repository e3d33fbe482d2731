import { join } from 'node:path'
import type { ProviderPorts, Secrets } from '../provider.ts'
import { type AwsConfig, homeRegion } from './config.ts'
import { needsOneTimeCode, toProblem } from './errors.ts'

/** What a request is signed with. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly expiration?: Date
}
export type CredentialSource = () => Promise<Credentials>

/** Credentials of one link, for all its clients. */
export interface Login {
  readonly credentials: CredentialSource
  /** What was had is no good any more: the next who asks gets new ones. Null: there are no others. */
  readonly renew: (() => void) | null
}

/** Temporary credentials are renewed so long before their end. */
const RENEW_BEFORE_MS = 5 * 60_000

/** Whether what the requests are signed with ends by itself. */
export function isTemporary(config: AwsConfig, secrets: Secrets): boolean {
  return config.login === 'profile' || config.roles.length > 0 || (secrets.sessionToken ?? '') !== ''
}

/**
 * The way to credentials that the configuration describes: a key or a profile, then role by role. One for all clients of a link, so that a role
 * is assumed once and not by each.
 */
export async function logIn(config: AwsConfig, secrets: Secrets, { homeDirectory, clock }: ProviderPorts): Promise<Login> {
  const { fromIni, fromTemporaryCredentials, STSClient } = await import('./sdk/login.ts')
  const region = homeRegion(config)
  const transport = watchedTransport(new STSClient({ region }).config.requestHandler)
  const elsewhere = {
    ...(config.endpoint !== undefined && { endpoint: config.endpoint }),
    maxAttempts: 2,
    requestHandler: transport.handler,
  }
  const folder = join(homeDirectory, '.aws')
  const fixed = (): Promise<Credentials> => {
    const { secretAccessKey = '', sessionToken = '' } = secrets
    return Promise.resolve({ accessKeyId: config.accessKeyId ?? '', secretAccessKey, ...(sessionToken !== '' && { sessionToken }) })
  }
  /** What goes wrong on the way is told as that, and not as what the credentials were wanted for. */
  const telling =
    (source: CredentialSource, permission: string): CredentialSource =>
    async () => {
      transport.reset()
      try {
        return await source()
      } catch (thrown) {
        throw toProblem(transport.failure() ?? thrown, { permission, region, changes: false, isTemporary: true })
      }
    }
  const profile = (): CredentialSource =>
    fromIni({
      ...(config.profile !== undefined && { profile: config.profile }),
      filepath: join(folder, 'credentials'),
      configFilepath: join(folder, 'config'),
      // a login that was renewed outside counts at once
      ignoreCache: true,
      // a region here would take the place of the one where the single sign-on is at home
      clientConfig: elsewhere,
      parentClientConfig: { region },
      mfaCodeProvider: (serial) => Promise.reject(needsOneTimeCode(config.profile ?? '', serial)),
    })
  const chain = (): CredentialSource =>
    config.roles.reduce<CredentialSource>(
      (masterCredentials, RoleArn, index) =>
        telling(
          fromTemporaryCredentials({
            masterCredentials,
            clientConfig: { ...elsewhere, region },
            params: {
              RoleArn,
              RoleSessionName: 'NovaCron',
              ...(index === config.roles.length - 1 && config.externalId !== undefined && { ExternalId: config.externalId }),
            },
          }),
          `sts:AssumeRole ${RoleArn}`,
        ),
      config.login === 'profile' ? telling(profile(), 'sts:AssumeRole') : fixed,
    )
  return shared(chain, config.login === 'profile' || config.roles.length > 0, () => clock.nowMs())
}

interface Handler {
  readonly handle: (request: never, options: never) => Promise<unknown>
}

/**
 * The library tells of a network that fails on the way to credentials as of credentials that are no good, after which nobody would try again.
 * What befell the requests themselves is kept beside it.
 */
function watchedTransport<H extends Handler>(handler: H): { readonly handler: H; reset(): void; failure(): unknown } {
  let failure: unknown = null
  const watched = new Proxy(handler, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      if (name !== 'handle') return value.bind(target) as unknown
      return async (request: never, options: never) => {
        try {
          const answer = await target.handle(request, options)
          failure = null
          return answer
        } catch (thrown) {
          failure = thrown
          throw thrown
        }
      }
    },
  })
  return {
    handler: watched,
    reset: () => {
      failure = null
    },
    failure: () => failure,
  }
}

/**
 * Asks once for all who wait, and again when what it has is about to end. A failure is asked about anew. When what it has is no good, the way
 * is made anew as well: the library keeps what it had of each role on it.
 */
export function shared(makeSource: () => CredentialSource, hasOthers: boolean, nowMs: () => number): Login {
  let source = makeSource()
  let current: Promise<Credentials> | null = null
  let endsAtMs = Number.POSITIVE_INFINITY
  const ask = (): Promise<Credentials> => {
    const asked = source().then(
      (credentials) => {
        if (current === asked) endsAtMs = credentials.expiration?.getTime() ?? Number.POSITIVE_INFINITY
        return credentials
      },
      (thrown: unknown) => {
        if (current === asked) current = null
        throw thrown
      },
    )
    current = asked
    endsAtMs = Number.POSITIVE_INFINITY
    return asked
  }
  return {
    credentials: () => (current !== null && nowMs() < endsAtMs - RENEW_BEFORE_MS ? current : ask()),
    renew: hasOthers
      ? () => {
          source = makeSource()
          current = null
        }
      : null,
  }
}
