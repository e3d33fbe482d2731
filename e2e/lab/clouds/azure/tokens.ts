import { createHash, createPublicKey, randomUUID, verify, X509Certificate } from 'node:crypto'

/** An application that may log in. */
export interface Application {
  readonly clientId: string
  readonly secret: string
  /** PEM; null: it has none. */
  readonly certificate: string | null
}

export interface TokenReply {
  readonly status: number
  readonly body: string
}

interface Issued {
  readonly expiresAtMs: number
}

const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** The token endpoint of Entra ID for applications, and what it has issued. */
export class Tokens {
  readonly tenantId: string
  readonly #application: Application
  readonly #lifetimeS: number
  readonly #issued = new Map<string, Issued>()
  /** The secret has run out. */
  secretExpired = false

  constructor(tenantId: string, application: Application, lifetimeS: number) {
    this.tenantId = tenantId
    this.#application = application
    this.#lifetimeS = lifetimeS
  }

  /** What was issued is good no more, as after a revocation. */
  revokeAll(): void {
    this.#issued.clear()
  }

  /** For a client that brings its own: a token that is good. */
  issue(): string {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const nowS = Math.floor(Date.now() / 1000)
    const claims = {
      aud: 'https://management.azure.com/',
      tid: this.tenantId,
      appid: this.#application.clientId,
      exp: nowS + this.#lifetimeS,
    }
    const token = `${part({ typ: 'JWT', alg: 'none' })}.${part({ ...claims, uti: randomUUID() })}.c2ln`
    this.#issued.set(token, { expiresAtMs: Date.now() + this.#lifetimeS * 1000 })
    return token
  }

  judge(header: string | undefined): 'good' | 'missing' | 'invalid' | 'expired' {
    if (header === undefined) return 'missing'
    const issued = this.#issued.get(header.replace(/^Bearer /i, ''))
    if (issued === undefined) return 'invalid'
    return issued.expiresAtMs > Date.now() ? 'good' : 'expired'
  }

  grant(tenantId: string, form: URLSearchParams): TokenReply {
    if (tenantId.toLowerCase() !== this.tenantId.toLowerCase()) return this.unknownTenant(tenantId)
    if (form.get('grant_type') !== 'client_credentials') {
      return refused(400, 'unsupported_grant_type', 70003, 'The app requested an unsupported grant type.')
    }
    const clientId = form.get('client_id')
    if (clientId !== this.#application.clientId) {
      const words = `Application with identifier '${clientId}' was not found in the directory '${this.tenantId}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.`
      return refused(400, 'unauthorized_client', 700016, words)
    }
    if (form.get('client_assertion_type') === ASSERTION) {
      if (!this.#asserted(form.get('client_assertion') ?? '')) {
        return refused(
          401,
          'invalid_client',
          700027,
          'The certificate with identifier used to sign the client assertion is not registered on application.',
        )
      }
    } else if (form.get('client_secret') !== this.#application.secret) {
      const words = `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`
      return refused(401, 'invalid_client', 7000215, words)
    } else if (this.secretExpired) {
      const words = `The provided client secret keys for app '${clientId}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.`
      return refused(401, 'invalid_client', 7000222, words)
    }
    const body = { token_type: 'Bearer', expires_in: this.#lifetimeS, ext_expires_in: this.#lifetimeS, access_token: this.issue() }
    return { status: 200, body: JSON.stringify(body) }
  }

  unknownTenant(tenantId: string): TokenReply {
    const words = `Tenant '${tenantId}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.`
    return refused(400, 'invalid_tenant', 90002, words)
  }

  /** A JWT that the certificate's key signed, with its thumbprint in the header. */
  #asserted(assertion: string): boolean {
    const { certificate } = this.#application
    const [header = '', claims = '', signature = ''] = assertion.split('.')
    if (certificate === null || signature === '') return false
    const x509 = new X509Certificate(certificate)
    const { alg, x5t, 'x5t#S256': x5tS256 } = JSON.parse(Buffer.from(header, 'base64url').toString()) as Record<string, string>
    const print = (hash: string) => createHash(hash).update(x509.raw).digest('base64url')
    if (x5tS256 === undefined ? x5t !== print('sha1') : x5tS256 !== print('sha256')) return false
    const padding = alg === 'PS256' ? { padding: 6, saltLength: 32 } : {}
    return verify(
      'sha256',
      Buffer.from(`${header}.${claims}`),
      { key: createPublicKey(certificate), ...padding },
      Buffer.from(signature, 'base64url'),
    )
  }
}

export function refused(status: number, error: string, number: number, words: string): TokenReply {
  const [trace, correlation] = [randomUUID(), randomUUID()]
  const timestamp = `${new Date().toISOString().slice(0, 19).replace('T', ' ')}Z`
  const description = `AADSTS${number}: ${words} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`
  const body = { error, error_description: description, error_codes: [number], timestamp, trace_id: trace, correlation_id: correlation }
  return { status, body: JSON.stringify(body) }
}
