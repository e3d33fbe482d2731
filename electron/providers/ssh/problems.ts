import { AppError, type ErrorDetails, isAppError, type Json } from '../../../shared/errors/index.ts'
import type { HostKeyInfo } from '../../../shared/model/index.ts'
import { isTransportError, type TransportError } from '../../libvirt/transport/index.ts'

/** The one place that turns errors of the transports into those of the product. By code, never by text. */

const MAX_DEPTH = 6

/** Facts of a library error as plain data: what does not survive JSON becomes text, a public key its base64 form. */
function plain(value: unknown, depth = 0): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (value instanceof Error) return value.message
  if (depth >= MAX_DEPTH || value === undefined || typeof value !== 'object') return typeof value
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1))
  return plainRecord(value as Record<string, unknown>, depth + 1)
}

function plainRecord(record: Readonly<Record<string, unknown>>, depth = 0): ErrorDetails {
  const out: Record<string, Json> = {}
  for (const [key, value] of Object.entries(record)) if (value !== undefined) out[key] = plain(value, depth)
  return out
}

const HOST_KEY_CODES: ReadonlySet<string> = new Set(['ssh.host-key-unknown', 'ssh.host-key-changed'])

interface KnownPlace {
  readonly keyType: string
  readonly fingerprintSha256: string
  readonly file: string
  readonly line: number
}

/** The question that an unknown or changed key puts, from what the transport tells of it. */
export function hostKeyInfo(shown: {
  readonly host: string
  readonly port: number
  readonly keyType: string
  readonly fingerprintSha256: string
  readonly status: 'unknown' | 'changed'
  readonly known: readonly KnownPlace[]
}): HostKeyInfo {
  return {
    host: shown.host,
    port: shown.port,
    keyType: shown.keyType,
    fingerprint: shown.fingerprintSha256,
    status: shown.status,
    previous: shown.known.map(({ keyType, fingerprintSha256, file, line }) => ({
      keyType,
      fingerprint: fingerprintSha256,
      source: `${file}:${line}`,
    })),
  }
}

function keyOf(code: string, details: Readonly<Record<string, unknown>>): HostKeyInfo | null {
  const { host, port, keyType, fingerprintSha256, known } = details
  if (typeof host !== 'string' || typeof port !== 'number' || typeof keyType !== 'string' || typeof fingerprintSha256 !== 'string')
    return null
  return hostKeyInfo({
    host,
    port,
    keyType,
    fingerprintSha256,
    status: code === 'ssh.host-key-changed' ? 'changed' : 'unknown',
    known: Array.isArray(known) ? (known as KnownPlace[]) : [],
  })
}

/** An error of a transport, with what helps against it and the key that is in question. */
export function fromTransport(error: TransportError): AppError {
  // A jump host whose key is not known asks the same question as the host itself would.
  const hopCode = error.details.hopCode
  const code = typeof hopCode === 'string' && HOST_KEY_CODES.has(hopCode) ? hopCode : error.code
  const key = HOST_KEY_CODES.has(code) ? keyOf(code, error.details) : null
  return new AppError({
    kind: error.kind,
    code,
    message: `${error.message}. ${error.remedyText}`,
    details: { ...plainRecord(error.details), remedy: error.remedy, remedyText: error.remedyText, ...(key && { key: plain(key) }) },
    cause: error,
  })
}

/** Whatever a transport threw, as an error of the product. */
export function toSshProblem(thrown: unknown): AppError {
  if (isAppError(thrown)) return thrown
  if (isTransportError(thrown)) return fromTransport(thrown)
  if (thrown instanceof Error && thrown.name === 'AbortError')
    return new AppError({ kind: 'cancelled', code: 'cancelled', message: 'Cancelled.' })
  return new AppError({
    kind: 'bug',
    code: 'bug.unexpected',
    message: thrown instanceof Error ? thrown.message : String(thrown),
    cause: thrown,
  })
}
