import { createPrivateKey, type KeyObject, sign } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { OAuth2Client } from 'google-auth-library'
import { isAppError } from '../../../shared/errors/index.ts'
import { problems } from '../cloud/index.ts'
import type { ProviderPorts, Secrets } from '../provider.ts'
import { endpointsOf, type GcpConfig } from './config.ts'
import { keyNotUsable, LABEL, noCredentials, toLoginProblem } from './problems.ts'

/** One scope: what may be done is for the account's roles to say. */
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform'
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const LIFETIME_S = 3_600
/** Google refuses assertions from clocks that are off by more. */
const TOLERATED_SKEW_MS = 300_000
const TOKEN_TIMEOUT_MS = 30_000
/** A token is renewed so long before its end. */
const RENEW_MS = 300_000

/** Who logs in. */
export interface Identity {
  /** The account's name, as far as the credentials say it. */
  readonly account: string | null
  readonly project: string | null
  /** Whose project pays for the calls of a person's credentials. */
  readonly quotaProject: string | null
  /** What the token endpoint is sent. */
  readonly form: (nowMs: number, audience: string) => Record<string, string>
}

function parse(json: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(json)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // the parser's message would quote the file
  }
  throw keyNotUsable('It is not the JSON file that Google Cloud hands out.')
}

function field(of: Readonly<Record<string, unknown>>, name: string): string {
  const value = of[name]
  if (typeof value !== 'string' || value === '') throw keyNotUsable(`“${name}” is missing in it.`)
  return value
}

const optional = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)

/** RFC 7523. `token_uri` of a key file is not read: a file from somebody else must not say where the signature goes. */
function serviceAccount(file: Readonly<Record<string, unknown>>): Identity {
  const email = field(file, 'client_email')
  let key: KeyObject
  try {
    key = createPrivateKey(field(file, 'private_key'))
  } catch (thrown) {
    if (isAppError(thrown)) throw thrown
    throw keyNotUsable('Its private key cannot be read.')
  }
  const keyId = optional(file['private_key_id'])
  return {
    account: email,
    project: optional(file['project_id']),
    quotaProject: null,
    form: (nowMs, audience) => {
      const iat = Math.floor(nowMs / 1_000)
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
      const head = part({ alg: 'RS256', typ: 'JWT', ...(keyId !== null && { kid: keyId }) })
      const unsigned = `${head}.${part({ iss: email, scope: SCOPE, aud: audience, iat, exp: iat + LIFETIME_S })}`
      const assertion = `${unsigned}.${sign('RSA-SHA256', Buffer.from(unsigned), key).toString('base64url')}`
      return { grant_type: JWT_BEARER, assertion }
    },
  }
}

function person(file: Readonly<Record<string, unknown>>): Identity {
  const form = {
    grant_type: 'refresh_token',
    client_id: field(file, 'client_id'),
    client_secret: field(file, 'client_secret'),
    refresh_token: field(file, 'refresh_token'),
  }
  const quotaProject = optional(file['quota_project_id'])
  return { account: optional(file['account']), project: null, quotaProject, form: () => form }
}

/** Kinds that send a token elsewhere or start programs (external accounts) are not taken. */
export function identityOf(json: string): Identity {
  const file = parse(json)
  const universe = optional(file['universe_domain'])
  if (universe !== null && universe !== 'googleapis.com') throw keyNotUsable(`It is for ${universe}, not for googleapis.com.`)
  const kind = optional(file['type'])
  if (kind === 'service_account') return serviceAccount(file)
  if (kind === 'authorized_user') return person(file)
  throw keyNotUsable(`Its type is “${kind ?? ''}”: a service account’s key or a person’s login is needed.`)
}

/** Where `gcloud auth application-default login` writes; the variable is the one that all of Google's libraries read. */
function credentialsFile(config: GcpConfig, homeDirectory: string, environment: NodeJS.ProcessEnv): string {
  const named = config.credentialsFile ?? environment['GOOGLE_APPLICATION_CREDENTIALS']
  if (named) return named.startsWith('~/') ? join(homeDirectory, named.slice(2)) : named
  const folder = environment['CLOUDSDK_CONFIG'] ?? (environment['APPDATA'] ? join(environment['APPDATA'], 'gcloud') : null)
  return join(folder ?? join(homeDirectory, '.config', 'gcloud'), 'application_default_credentials.json')
}

export async function readIdentity(
  config: GcpConfig,
  secrets: Secrets,
  ports: Pick<ProviderPorts, 'homeDirectory'>,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Identity> {
  if (config.login === 'key') return identityOf(secrets['key'] ?? '')
  const file = credentialsFile(config, ports.homeDirectory, environment)
  let json: string
  try {
    json = await readFile(file, 'utf8')
  } catch (cause) {
    throw noCredentials(file, cause)
  }
  return identityOf(json)
}

/**
 * A client that brings its tokens with it. It is always given to the libraries: without one they would look for the metadata server of a
 * Google machine. Its tokens come from the token endpoint of the configuration alone.
 */
export async function logIn(config: GcpConfig, identity: Identity, { clock }: Pick<ProviderPorts, 'clock'>): Promise<OAuth2Client> {
  const { OAuth2Client: Client } = await import('google-auth-library')
  const { token } = endpointsOf(config)
  const client = new Client({ eagerRefreshThresholdMillis: RENEW_MS })
  if (identity.quotaProject !== null) client.quotaProjectId = identity.quotaProject
  let underWay: Promise<{ access_token: string; expiry_date: number }> | null = null
  const fetchToken = async () => {
    const nowMs = clock.nowMs()
    try {
      const { data } = await client.transporter.request<{ access_token?: unknown; expires_in?: unknown }>({
        url: token,
        method: 'POST',
        data: new URLSearchParams(identity.form(nowMs, token)),
        responseType: 'json',
        retry: false,
        redirect: 'error',
        timeout: TOKEN_TIMEOUT_MS,
      })
      if (typeof data.access_token !== 'string') throw problems.notUnderstood(LABEL, 'a login without a token')
      const lifetimeS = typeof data.expires_in === 'number' ? data.expires_in : LIFETIME_S
      return { access_token: data.access_token, expiry_date: nowMs + lifetimeS * 1_000 }
    } catch (thrown) {
      throw toLoginProblem(thrown, clock.nowMs(), TOLERATED_SKEW_MS)
    }
  }
  client.refreshHandler = () => {
    underWay ??= fetchToken().finally(() => {
      underWay = null
    })
    return underWay
  }
  return client
}
