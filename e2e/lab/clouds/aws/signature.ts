import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** A key that the account knows. */
export interface AccessKey {
  readonly id: string
  readonly secret: string
  /** Of temporary credentials. */
  readonly sessionToken: string | null
  readonly arn: string
  readonly account: string
  readonly expiresAtMs: number | null
  disabled: boolean
}

/** What a signature says, before anything of it is believed. */
export interface Signed {
  readonly keyId: string
  readonly region: string
  readonly service: string
  readonly atMs: number
  readonly signature: string
  readonly signedHeaders: readonly string[]
  readonly scope: string
}

/** Signature version 4 of the `Authorization` header; null: there is none that could be read. */
export function readSignature(headers: IncomingHttpHeaders): Signed | null {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/((\d{8})\/([^/]+)\/([^/]+)\/aws4_request), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    )
  const date = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(headers['x-amz-date'] ?? ''))
  if (!match || !date) return null
  const [, keyId = '', scope = '', , region = '', service = '', names = '', signature = ''] = match
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = date.slice(1).map(Number)
  return {
    keyId,
    scope,
    region,
    service,
    signature,
    signedHeaders: names.split(';'),
    atMs: Date.UTC(year, month - 1, day, hour, minute, second),
  }
}

/** Whether the secret of the key made this signature over this request. */
export function isSignedBy(
  key: AccessKey,
  signed: Signed,
  request: { readonly method: string; readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: Buffer },
): boolean {
  const hash = String(request.headers['x-amz-content-sha256'] ?? createHash('sha256').update(request.body).digest('hex'))
  const headers = signed.signedHeaders
    .map(
      (name) =>
        `${name}:${String(request.headers[name] ?? '')
          .trim()
          .replace(/ +/g, ' ')}\n`,
    )
    .join('')
  const [path = '', query = ''] = request.path.split('?')
  const canonical = [request.method, path, query.split('&').toSorted().join('&'), headers, signed.signedHeaders.join(';'), hash].join('\n')
  const text = [
    'AWS4-HMAC-SHA256',
    String(request.headers['x-amz-date']),
    signed.scope,
    createHash('sha256').update(canonical).digest('hex'),
  ].join('\n')
  let secret: Buffer = Buffer.from(`AWS4${key.secret}`)
  for (const part of signed.scope.split('/')) secret = createHmac('sha256', secret).update(part).digest()
  const expected = createHmac('sha256', secret).update(text).digest()
  return timingSafeEqual(expected, Buffer.from(signed.signature, 'hex'))
}
