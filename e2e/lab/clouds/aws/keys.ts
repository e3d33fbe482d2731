import { randomBytes } from 'node:crypto'
import { type AccessKey, isSignedBy, readSignature, type Signed } from './signature.ts'
import { AwsRefusal, type Params, type XmlValue } from './wire.ts'
import type { AwsWorld } from './world.ts'

const CLOCK_TOLERANCE_MS = 5 * 60_000
const SESSION_MS = 3_600_000
/** What a login by single sign-on left in ~/.aws/sso/cache. */
export const SSO_TOKEN = 'correct horse battery staple by browser'

/** A role that may be assumed. */
export interface Role {
  readonly arn: string
  /** Must be named, where a third party uses the role. */
  readonly externalId: string | null
  /** Key or role that may assume it; null: anybody of the account. */
  readonly trusts: string | null
}

export const OPERATOR: Pick<AccessKey, 'id' | 'secret'> = { id: 'AKIALOOPBACKOPERATOR', secret: 'correct horse battery staple' }
export const ROLES: readonly Role[] = [
  { arn: 'arn:aws:iam::123456789012:role/hub', externalId: null, trusts: null },
  { arn: 'arn:aws:iam::210987654321:role/customer', externalId: 'customer-7', trusts: 'arn:aws:iam::123456789012:role/hub' },
]

/** Who may come in, and by what. */
export class Keys {
  readonly #world: AwsWorld
  readonly #keys = new Map<string, AccessKey>()

  constructor(world: AwsWorld) {
    this.#world = world
    this.add({
      ...OPERATOR,
      sessionToken: null,
      account: world.account,
      arn: `arn:aws:iam::${world.account}:user/operator`,
      expiresAtMs: null,
      disabled: false,
    })
  }

  add(key: AccessKey): void {
    this.#keys.set(key.id, key)
  }

  get(id: string): AccessKey | undefined {
    return this.#keys.get(id)
  }

  /** Every session that was made from a role ends now. */
  expireSessions(): void {
    for (const key of this.#keys.values()) if (key.sessionToken !== null) this.#keys.set(key.id, { ...key, expiresAtMs: 0 })
  }

  /** Who signed this request. Refuses in the service's own words. */
  verify(request: Parameters<typeof isSignedBy>[2]): { readonly key: AccessKey; readonly signed: Signed } {
    const signed = readSignature(request.headers)
    if (!signed) throw new AwsRefusal(400, 'MissingAuthenticationToken', 'Request is missing Authentication Token')
    const key = this.#keys.get(signed.keyId)
    if (!key || key.disabled) throw notKnown(signed.service)
    if (Math.abs(signed.atMs - this.#world.nowMs()) > CLOCK_TOLERANCE_MS) throw skewed(signed.service)
    const token = request.headers['x-amz-security-token']
    if (!isSignedBy(key, signed, request) || (key.sessionToken ?? undefined) !== token) throw wrongSecret(signed.service)
    if (key.expiresAtMs !== null && key.expiresAtMs <= this.#world.nowMs()) throw expired(signed.service)
    return { key, signed }
  }

  /** What single sign-on gives for the token of a login. */
  roleCredentials(token: string | undefined, query: URLSearchParams): object {
    if (token !== SSO_TOKEN) throw new AwsRefusal(401, 'UnauthorizedException', 'Session token not found or invalid')
    const account = query.get('account_id') ?? ''
    const key = this.#session(`arn:aws:iam::${account}:role/${query.get('role_name')}`, 'operator', SESSION_MS)
    return {
      roleCredentials: { accessKeyId: key.id, secretAccessKey: key.secret, sessionToken: key.sessionToken, expiration: key.expiresAtMs },
    }
  }

  /** STS AssumeRole. */
  assume(params: Params, caller: AccessKey): XmlValue {
    const arn = params.need('RoleArn')
    const session = params.need('RoleSessionName')
    const role = ROLES.find((known) => known.arn === arn)
    const trusted = role && (role.trusts === null || caller.arn.startsWith(sessionArn(role.trusts)))
    if (!trusted || role.externalId !== (params.get('ExternalId') ?? null)) {
      throw new AwsRefusal(403, 'AccessDenied', `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${arn}`)
    }
    const key = this.#session(arn, session, (params.number('DurationSeconds') ?? SESSION_MS / 1_000) * 1_000)
    return {
      Credentials: {
        AccessKeyId: key.id,
        SecretAccessKey: key.secret,
        SessionToken: key.sessionToken,
        Expiration: new Date(key.expiresAtMs ?? 0).toISOString(),
      },
      AssumedRoleUser: { AssumedRoleId: `AROALOOPBACK:${session}`, Arn: key.arn },
    }
  }

  #session(arn: string, session: string, forMs: number): AccessKey {
    const key: AccessKey = {
      id: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
      secret: randomBytes(20).toString('hex'),
      sessionToken: randomBytes(64).toString('base64'),
      arn: `${sessionArn(arn)}/${session}`,
      account: arn.split(':')[4] ?? '',
      expiresAtMs: this.#world.nowMs() + forMs,
      disabled: false,
    }
    this.add(key)
    return key
  }
}

/** `arn:aws:iam::1:role/hub` → `arn:aws:sts::1:assumed-role/hub`. */
function sessionArn(roleArn: string): string {
  return roleArn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')
}

/** A key that is unknown, switched off or revoked; also any key in a region that the account has not opted in to. */
export function notKnown(service: string): AwsRefusal {
  if (service === 'ec2') return new AwsRefusal(401, 'AuthFailure', 'AWS was not able to validate the provided access credentials')
  if (service === 'sts') return new AwsRefusal(403, 'InvalidClientTokenId', 'The security token included in the request is invalid.')
  return new AwsRefusal(400, 'UnrecognizedClientException', 'The security token included in the request is invalid.')
}

function wrongSecret(service: string): AwsRefusal {
  if (service === 'ec2') return notKnown(service)
  const words =
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.'
  return service === 'sts' ? new AwsRefusal(403, 'SignatureDoesNotMatch', words) : new AwsRefusal(400, 'InvalidSignatureException', words)
}

function skewed(service: string): AwsRefusal {
  if (service === 'ec2') return new AwsRefusal(400, 'RequestExpired', 'Request has expired.')
  const words = 'Signature expired: it is not within five minutes of the current time'
  return service === 'sts' ? new AwsRefusal(403, 'SignatureDoesNotMatch', words) : new AwsRefusal(400, 'InvalidSignatureException', words)
}

export function expired(service: string): AwsRefusal {
  if (service === 'ec2') return new AwsRefusal(400, 'RequestExpired', 'Request has expired.')
  if (service === 'sts') return new AwsRefusal(403, 'ExpiredToken', 'The security token included in the request is expired')
  return new AwsRefusal(400, 'ExpiredTokenException', 'The security token included in the request is expired')
}
