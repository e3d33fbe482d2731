import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { rootCertificates } from 'node:tls'
import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/identity'
import { AppError, isAppError, type RemoteTruth } from '../../../shared/errors/index.ts'
import { problems } from '../cloud/index.ts'
import type { Clock, Secrets } from '../provider.ts'
import { type AzureConfig, authorityOf } from './config.ts'
import { codeOf, isNotTrusted, LABEL, notTrusted } from './problems.ts'

const TOKEN_MS = 30_000
/** A token is renewed so long before its end, and no earlier than after most of its life. */
const EARLY_MS = 300_000
const EARLY_SHARE = 0.2

/** What Entra ID says, by the number of its code. All others: the credentials are refused. */
const EXPIRED = new Set(['7000222', '700082', '50173', '70043', '700084'])
const CLOCK = new Set(['700024', '500133'])

/** The authorities to trust; undefined: those that are known anyway. */
export async function trusted({ caFile }: AzureConfig): Promise<readonly string[] | undefined> {
  if (caFile === undefined) return undefined
  try {
    return [...rootCertificates, await readFile(caFile, 'utf8')]
  } catch (cause) {
    throw new AppError({
      kind: 'invalid-input',
      code: 'azure.ca-file',
      message: `The CA file ${caFile} cannot be read.`,
      details: { caFile },
      cause,
    })
  }
}

/** What gets tokens for Resource Manager, and keeps each as long as it is good. Asks nobody yet. Throws AppError; so does the answer. */
export async function credentialOf(
  config: AzureConfig,
  secrets: Secrets,
  ca: readonly string[] | undefined,
  clock: Clock,
): Promise<TokenCredential> {
  const credential = await sdkCredential(config, secrets, ca)
  let kept: Promise<AccessToken | null> | null = null
  let untilMs = 0
  const fetched = async (scopes: string | string[], options: GetTokenOptions | undefined): Promise<AccessToken | null> => {
    const late = { cancel: () => {} }
    const timeout = new Promise<never>((_, reject) => {
      late.cancel = clock.after(TOKEN_MS, () => reject(problems.timedOut(LABEL, TOKEN_MS)))
    })
    try {
      return await Promise.race([credential.getToken(scopes, options), timeout])
    } catch (thrown) {
      throw loginProblem(thrown, config)
    } finally {
      late.cancel()
    }
  }
  return {
    getToken: (scopes, options) => {
      // an answer to a challenge is for one request alone
      if (options?.claims !== undefined) return fetched(scopes, options)
      if (kept !== null && clock.nowMs() < untilMs) return kept
      // whoever waits for it as well must not lose it because the first one gave up
      const { abortSignal: _, ...rest } = options ?? {}
      const asked = fetched(scopes, rest)
      kept = asked
      untilMs = clock.nowMs() + TOKEN_MS
      asked.then(
        (token) => {
          const endMs = token?.expiresOnTimestamp ?? 0
          untilMs = endMs - Math.min(EARLY_MS, (endMs - clock.nowMs()) * EARLY_SHARE)
        },
        () => {
          kept = null
        },
      )
      return asked
    },
  }
}

async function sdkCredential(config: AzureConfig, secrets: Secrets, ca: readonly string[] | undefined): Promise<TokenCredential> {
  const { AzureCliCredential, ClientCertificateCredential, ClientSecretCredential } = await import('@azure/identity')
  const { login, tenantId = '', clientId = '' } = config
  if (login === 'cli') return new AzureCliCredential({ ...(tenantId !== '' && { tenantId }), processTimeoutInMs: TOKEN_MS })
  const options = {
    authorityHost: authorityOf(config),
    // which servers are Microsoft's is asked of Microsoft's public one, which a cloud of its own may not reach
    disableInstanceDiscovery: config.authorityHost !== undefined || config.endpoint !== undefined,
    retryOptions: { maxRetries: 1 },
    ...(ca && { tlsOptions: { ca: [...ca] } }),
  }
  if (login === 'secret') return new ClientSecretCredential(tenantId, clientId, needed(secrets, 'clientSecret', 'Client secret'), options)
  const certificate = needed(secrets, 'certificate', 'Certificate')
  const certificatePassword = secrets['certificatePassword']
  const withPassword = certificatePassword === undefined || certificatePassword === '' ? {} : { certificatePassword }
  checkCertificate(certificate, withPassword.certificatePassword)
  return new ClientCertificateCredential(tenantId, clientId, { certificate, ...withPassword }, options)
}

function needed(secrets: Secrets, name: string, label: string): string {
  const value = secrets[name]
  if (value !== undefined && value !== '') return value
  throw new AppError({
    kind: 'unauthenticated',
    code: 'azure.secret-missing',
    message: `${label} is missing. Give it.`,
    details: { field: name },
  })
}

/** Nothing of what was sent is told on: the SDK's own words may name files and settings, so only numbers and ids are kept. */
function loginProblem(thrown: unknown, config: AzureConfig): AppError {
  if (isAppError(thrown)) return thrown
  const message = thrown instanceof Error ? thrown.message : ''
  const number = /AADSTS(\d+)/.exec(message)?.[1]
  const remote: RemoteTruth = {
    code: number === undefined ? (codeOf(thrown) ?? nameOf(thrown)) : `AADSTS${number}`,
    requestId: /Trace ID: ([0-9a-f-]{36})/i.exec(message)?.[1] ?? null,
  }
  if (number !== undefined) {
    if (EXPIRED.has(number)) return problems.credentialsExpired(LABEL, { remote })
    return CLOCK.has(number) ? problems.clockSkew(LABEL, { remote }) : problems.credentialsRefused(LABEL, { remote })
  }
  if (config.login === 'cli') {
    const words = 'The Azure CLI of this computer is not there or not logged in. Install it, then run: az login'
    return new AppError({ kind: 'unauthenticated', code: 'azure.cli-not-ready', message: words, remote })
  }
  if (isNotTrusted(thrown)) return notTrusted(remote, null)
  return problems.unreachable(LABEL, { remote })
}

/** Tried before anything is sent: the SDK tells late, and in words about files. */
function checkCertificate(pem: string, passphrase: string | undefined): void {
  try {
    const certificate = new X509Certificate(pem)
    const key = createPrivateKey({ key: pem, format: 'pem', ...(passphrase !== undefined && { passphrase }) })
    if (certificate.checkPrivateKey(key)) return
  } catch {
    // what is wrong with it in detail may hold parts of it
  }
  const message =
    'The certificate cannot be used. It has to be PEM with the certificate and its private key, and its password the right one.'
  throw new AppError({ kind: 'unauthenticated', code: 'azure.certificate-unreadable', message })
}

function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : 'unknown'
}
