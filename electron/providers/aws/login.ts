import { join } from 'node:path'
import type { ProviderPorts, Secrets } from '../provider.ts'
import { type AwsConfig, homeRegion } from './config.ts'

/** What a request is signed with. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly expiration?: Date
}
export type CredentialSource = () => Promise<Credentials>

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
export async function credentialSource(
  config: AwsConfig,
  secrets: Secrets,
  { homeDirectory, clock }: ProviderPorts,
): Promise<CredentialSource> {
  const { fromIni, fromTemporaryCredentials } = await import('./sdk/login.ts')
  const region = homeRegion(config)
  const clientConfig = { region, ...(config.endpoint !== undefined && { endpoint: config.endpoint }), maxAttempts: 2 }
  const folder = join(homeDirectory, '.aws')
  let source: CredentialSource
  if (config.login === 'profile') {
    source = fromIni({
      ...(config.profile !== undefined && { profile: config.profile }),
      filepath: join(folder, 'credentials'),
      configFilepath: join(folder, 'config'),
      // a login that was renewed outside counts at once
      ignoreCache: true,
      clientConfig,
    })
  } else {
    const { secretAccessKey = '', sessionToken = '' } = secrets
    const fixed: Credentials = { accessKeyId: config.accessKeyId ?? '', secretAccessKey, ...(sessionToken !== '' && { sessionToken }) }
    source = () => Promise.resolve(fixed)
  }
  for (const [index, RoleArn] of config.roles.entries()) {
    const isLast = index === config.roles.length - 1
    source = fromTemporaryCredentials({
      masterCredentials: source,
      clientConfig,
      params: { RoleArn, RoleSessionName: 'NovaCron', ...(isLast && config.externalId !== undefined && { ExternalId: config.externalId }) },
    })
  }
  return shared(source, () => clock.nowMs())
}

/** Asks once for all who wait, and again when they are about to end. A failure is asked about anew. */
export function shared(source: CredentialSource, nowMs: () => number): CredentialSource {
  let current: Promise<Credentials> | null = null
  let endsAtMs = Number.POSITIVE_INFINITY
  return () => {
    if (current !== null && nowMs() < endsAtMs - RENEW_BEFORE_MS) return current
    const asked = source().then(
      (credentials) => {
        endsAtMs = credentials.expiration?.getTime() ?? Number.POSITIVE_INFINITY
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
}
