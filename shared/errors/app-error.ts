import { type ErrorKind, isErrorKind } from './kinds.ts'

/** Plain data that may stand in an error: survives JSON and structured clone. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }
export type ErrorDetails = Readonly<Record<string, Json>>

/** What the other side said, unabridged: procedure, number, domain, strings; HTTP status, request id. */
export type RemoteTruth = Readonly<Record<string, Json>>

export interface AppErrorInit {
  readonly kind: ErrorKind
  /** Stable and dotted, such as `libvirt.domain-not-found`. Texts may change, codes may not. */
  readonly code: string
  /** English fallback: what happened, why, what to do. The page prefers its catalogue entry for `code`. */
  readonly message: string
  readonly details?: ErrorDetails
  readonly remote?: RemoteTruth
  /** Milliseconds after which another try makes sense. */
  readonly retryAfterMs?: number
  readonly cause?: unknown
}

/** An error as it crosses a boundary. No stack ever leaves the process. */
export interface WireError {
  readonly kind: ErrorKind
  readonly code: string
  readonly message: string
  readonly details?: ErrorDetails | undefined
  readonly remote?: RemoteTruth | undefined
  readonly retryAfterMs?: number | undefined
}

const BRAND = 'novacron.error'

/** The one error class of the product. */
export class AppError extends Error {
  readonly brand = BRAND
  readonly kind: ErrorKind
  readonly code: string
  readonly details: ErrorDetails
  readonly remote: RemoteTruth | undefined
  readonly retryAfterMs: number | undefined

  constructor(init: AppErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause })
    this.name = 'AppError'
    this.kind = init.kind
    this.code = init.code
    this.details = init.details ?? {}
    this.remote = init.remote
    this.retryAfterMs = init.retryAfterMs
  }
}

/** Recognised by brand, not instanceof: bundles may hold the class twice. */
export function isAppError(value: unknown): value is AppError {
  return value instanceof Error && (value as { brand?: unknown }).brand === BRAND
}

/** Anything thrown, as an AppError. What is not one of ours is a `bug`, or `cancelled` for an abort. */
export function toAppError(thrown: unknown, fallback: Partial<AppErrorInit> = {}): AppError {
  if (isAppError(thrown)) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  if (thrown instanceof Error && thrown.name === 'AbortError') {
    return new AppError({ kind: 'cancelled', code: 'cancelled', message: 'Cancelled.', cause: thrown })
  }
  return new AppError({ kind: 'bug', code: 'bug.unexpected', message, cause: thrown, ...fallback })
}

export function toWireError(thrown: unknown): WireError {
  const error = toAppError(thrown)
  return {
    kind: error.kind,
    code: error.code,
    message: error.message,
    ...(Object.keys(error.details).length > 0 && { details: error.details }),
    ...(error.remote && { remote: error.remote }),
    ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
  }
}

export function fromWireError(wire: WireError): AppError {
  const { details, remote, retryAfterMs, ...rest } = wire
  return new AppError({
    ...rest,
    kind: isErrorKind(wire.kind) ? wire.kind : 'bug',
    ...(details && { details }),
    ...(remote && { remote }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
}

/** The envelope of a call across a boundary, and of one target of a fan-out: a fan-out never rejects. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: WireError }

export function ok<T>(value: T): Result<T> {
  return { ok: true, value }
}

export function failed(thrown: unknown): Result<never> {
  return { ok: false, error: toWireError(thrown) }
}
