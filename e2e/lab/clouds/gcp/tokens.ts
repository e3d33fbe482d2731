import { createPublicKey, generateKeyPairSync, type KeyObject, type KeyPairKeyObjectResult, randomBytes, verify } from 'node:crypto'
import { GrantProblem, invalidCredentials } from './problem.ts'

export interface ServiceAccountKey {
  readonly type: 'service_account'
  readonly project_id: string
  readonly private_key_id: string
  readonly private_key: string
  readonly client_email: string
  readonly client_id: string
  readonly auth_uri: string
  readonly token_uri: string
  readonly universe_domain: string
}

export interface UserCredentials {
  readonly type: 'authorized_user'
  readonly client_id: string
  readonly client_secret: string
  readonly refresh_token: string
  readonly quota_project_id?: string
}

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const ALLOWED_SKEW_S = 300
const LONGEST_S = 3600

/** Made once a process: it takes a while. */
let pair: KeyPairKeyObjectResult | null = null

/** Who may log in: service accounts by a signed assertion (RFC 7523), one user by a refresh token. */
export class Tokens {
  readonly #accounts = new Map<string, KeyObject>()
  readonly #issued = new Map<string, { readonly user: string; readonly untilMs: number }>()
  readonly #user = `1//${randomBytes(24).toString('base64url')}`
  #revoked = false
  lifetimeS = 3600

  /** A new service account's key file, as the console of Google Cloud hands it out once. */
  serviceAccount(project: string, tokenUri: string): ServiceAccountKey {
    const email = `novacron-${this.#accounts.size + 1}@${project}.iam.gserviceaccount.com`
    pair ??= generateKeyPairSync('rsa', { modulusLength: 2048 })
    const { publicKey, privateKey } = pair
    this.#accounts.set(email, createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })))
    return {
      type: 'service_account',
      project_id: project,
      private_key_id: randomBytes(20).toString('hex'),
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      client_email: email,
      client_id: '104857600000000000001',
      auth_uri: 'https://accounts.google.com/o/oauth2/auth',
      token_uri: tokenUri,
      universe_domain: 'googleapis.com',
    }
  }

  /** What `gcloud auth application-default login` writes. */
  userCredentials(): UserCredentials {
    return {
      type: 'authorized_user',
      client_id: '764086051850-loopback.apps.googleusercontent.com',
      client_secret: 'correct horse battery staple',
      refresh_token: this.#user,
    }
  }

  /** Keys are deleted and grants withdrawn: what was issued is no longer good either. */
  revokeAll(): void {
    this.#revoked = true
    this.#issued.clear()
  }

  /** Tokens are no longer good, but new ones are to be had: an hour is over. */
  expireAll(): void {
    this.#issued.clear()
  }

  grant(form: URLSearchParams, audience: string): object {
    if (this.#revoked) throw new GrantProblem(400, 'invalid_grant', 'Invalid grant: account not found')
    const grantType = form.get('grant_type')
    if (grantType === 'refresh_token') {
      if (form.get('refresh_token') !== this.#user) throw new GrantProblem(400, 'invalid_grant', 'Token has been expired or revoked.')
      return this.#issue('alice@example.com')
    }
    if (grantType !== JWT_BEARER) throw new GrantProblem(400, 'unsupported_grant_type', `Invalid grant_type: ${grantType}`)
    return this.#issue(this.#assertedBy(form.get('assertion') ?? '', audience))
  }

  /** Whose token this is; else 401. */
  userOf(authorization: string | undefined): string {
    const issued = this.#issued.get(authorization?.replace(/^Bearer /, '') ?? '')
    if (issued === undefined || issued.untilMs < Date.now()) throw invalidCredentials()
    return issued.user
  }

  #issue(user: string): object {
    const token = `ya29.c.${randomBytes(24).toString('base64url')}`
    this.#issued.set(token, { user, untilMs: Date.now() + this.lifetimeS * 1000 })
    return { access_token: token, expires_in: this.lifetimeS, token_type: 'Bearer' }
  }

  #assertedBy(assertion: string, audience: string): string {
    const [head = '', claims = '', signature = ''] = assertion.split('.')
    let said: { iss?: string; aud?: string; scope?: string; iat?: number; exp?: number }
    try {
      said = JSON.parse(Buffer.from(claims, 'base64url').toString())
    } catch {
      throw new GrantProblem(400, 'invalid_grant', 'Invalid JWT: Failed to parse.')
    }
    const key = this.#accounts.get(said.iss ?? '')
    if (key === undefined) throw new GrantProblem(400, 'invalid_grant', 'Invalid grant: account not found')
    if (!verify('RSA-SHA256', Buffer.from(`${head}.${claims}`), key, Buffer.from(signature, 'base64url'))) {
      throw new GrantProblem(400, 'invalid_grant', 'Invalid JWT Signature.')
    }
    const nowS = Date.now() / 1000
    const { iat = 0, exp = 0, aud, scope = '' } = said
    if (iat > nowS + ALLOWED_SKEW_S || exp < nowS - ALLOWED_SKEW_S || exp - iat > LONGEST_S) {
      const description = 'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.'
      throw new GrantProblem(400, 'invalid_grant', description)
    }
    if (aud !== audience) throw new GrantProblem(400, 'invalid_grant', 'Invalid JWT: audience is wrong.')
    if (scope === '') throw new GrantProblem(400, 'invalid_scope', 'Empty or missing scope not allowed.')
    return said.iss ?? ''
  }
}
