import type { ErrorKind } from './error-kind.ts'
import { ERROR_TABLE, UNKNOWN_ERROR } from './error-table.ts'
import type { RemoteError } from './wire/generated/types.ts'

export type { ErrorKind } from './error-kind.ts'

/** What a daemon said, as it said it. */
export interface RemoteFacts {
  /** virErrorNumber. */
  readonly number: number
  /** virErrorDomain: which part of libvirt raised it. */
  readonly domain: number
  /** virErrorLevel: 1 warning, 2 error. */
  readonly level: number
  readonly str1: string | null
  readonly str2: string | null
  readonly str3: string | null
  readonly int1: number
  readonly int2: number
}

/** Everything a {@link LibvirtError} may carry besides its kind, code and message. */
export interface LibvirtErrorDetails {
  /** The procedure that was called, by its table name. */
  readonly procedure?: string | undefined
  /** Whether the request had been handed to the transport. False means that the host cannot have seen it. */
  readonly sent?: boolean
  readonly remote?: RemoteFacts
  /** precondition and unsupported: what was needed and what was found. */
  readonly expected?: string
  readonly actual?: string
  readonly cause?: unknown
}

const BRAND = Symbol.for('node-libvirt.LibvirtError')

/**
 * The one error class of this library. `kind` decides what to do, `code` (dotted, stable) names the case, `message` is for people.
 * An error that a daemon sent has the daemon's number, domain, level and strings.
 */
export class LibvirtError extends Error {
  readonly [BRAND] = true
  readonly kind: ErrorKind
  readonly code: string
  readonly procedure: string | undefined
  readonly sent: boolean
  readonly remote: RemoteFacts | undefined
  readonly expected: string | undefined
  readonly actual: string | undefined

  constructor(kind: ErrorKind, code: string, message: string, details: LibvirtErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'LibvirtError'
    this.kind = kind
    this.code = code
    this.procedure = details.procedure
    this.sent = details.sent ?? false
    this.remote = details.remote
    this.expected = details.expected
    this.actual = details.actual
  }

  get number(): number | undefined {
    return this.remote?.number
  }

  get domain(): number | undefined {
    return this.remote?.domain
  }

  get level(): number | undefined {
    return this.remote?.level
  }

  get str1(): string | null {
    return this.remote?.str1 ?? null
  }

  get str2(): string | null {
    return this.remote?.str2 ?? null
  }

  get str3(): string | null {
    return this.remote?.str3 ?? null
  }

  get int1(): number | undefined {
    return this.remote?.int1
  }

  get int2(): number | undefined {
    return this.remote?.int2
  }
}

/** By brand, so that two copies of the library in one process recognise each other's errors. */
export function isLibvirtError(value: unknown): value is LibvirtError {
  return typeof value === 'object' && value !== null && BRAND in value
}

/** The error of a reply that says the call failed. The request was answered, so nothing about it is in doubt. */
export function errorFromRemote(remote: RemoteError, procedure: string | undefined): LibvirtError {
  const [kind, code] = ERROR_TABLE[remote.code] ?? UNKNOWN_ERROR
  return new LibvirtError(kind, `libvirt.${code}`, remote.message ?? `libvirt error ${remote.code}`, {
    procedure,
    sent: true,
    remote: {
      number: remote.code,
      domain: remote.domain,
      level: remote.level,
      str1: remote.str1,
      str2: remote.str2,
      str3: remote.str3,
      int1: remote.int1,
      int2: remote.int2,
    },
  })
}
