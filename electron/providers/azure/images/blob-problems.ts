import { AppError, type RemoteTruth } from '../../../../shared/errors/index.ts'
import { problems } from '../../cloud/index.ts'
import { retryAfterMsOf } from '../gate.ts'
import { LABEL, notThere } from '../problems.ts'
import type { Raw } from '../rest.ts'
import { refusalIn } from './page-ranges.ts'

/** What the service that has the bytes of disks can have against a request. The signed link it came by is in none of it. */

/** The signature is not (or no longer) good: the link has expired, or access was ended. */
export function isStaleLink(raw: Raw): boolean {
  return raw.status === 403 && codeOf(raw) === 'AuthenticationFailed'
}

function codeOf({ headers, body }: Raw): string {
  return headers['x-ms-error-code']?.toString() ?? refusalIn(body.toString('utf8')).code
}

/** `request` in words of the service, such as `PUT page bytes=0-511`. */
export function blobProblem(raw: Raw, request: string, link: URL, nowMs: number): AppError {
  const code = codeOf(raw)
  const words = refusalIn(raw.body.toString('utf8')).message
  const message = withoutSecrets(words === '' ? `HTTP ${raw.status}` : words, link)
  const remote: RemoteTruth = { status: raw.status, code, message, requestId: raw.headers['x-ms-request-id']?.toString() ?? null, request }
  const said = code === '' ? message : `${code}: ${message}`
  switch (raw.status) {
    case 403:
      return new AppError({
        kind: 'forbidden',
        code: 'azure.disk-closed',
        message: `Azure does not let this computer at the disk’s bytes. Look at its network access and at the policies there. Its own words: ${said}`,
        details: { said },
        remote,
      })
    case 404:
      return notThere({ remote })
    case 409:
      return new AppError({
        kind: 'conflict',
        code: 'azure.busy',
        message: 'Azure is at work on it for somebody else. Try again when that is done.',
        remote,
      })
    case 429:
    case 503:
      return problems.throttled(LABEL, { remote, retryAfterMs: retryAfterMsOf(raw.headers['retry-after']?.toString(), nowMs) })
    case 500:
    case 502:
    case 504:
      return problems.unreachable(LABEL, { remote })
    default:
      return code === 'Md5Mismatch' ? damaged(remote) : problems.failedThere(LABEL, said, { remote })
  }
}

/** Its pages are of another version than those that were listed. */
export function diskChanged(remote: RemoteTruth): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'azure.disk-changed',
    message: 'The copy of the disk became another one while it was read. Begin again.',
    remote,
  })
}

/** What arrived is not what was sent, by its MD5. */
export function damaged(remote: RemoteTruth): AppError {
  return new AppError({
    kind: 'remote-failure',
    code: 'azure.bytes-damaged',
    message:
      'Bytes of the disk arrived damaged, again and again: something on the way to Azure changes them. Look for a proxy that does, then try again.',
    remote,
  })
}

/** A refusal may quote what it was asked. */
function withoutSecrets(message: string, link: URL): string {
  const secrets = [link.search.slice(1), ...['sig', 'si', 'sk'].flatMap((name) => link.searchParams.getAll(name))]
  return secrets
    .filter((secret) => secret !== '')
    .flatMap((secret) => [secret, encodeURIComponent(secret)])
    .reduce((text, secret) => text.replaceAll(secret, '…'), message)
}
