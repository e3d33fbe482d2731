import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

export const SESSION_COOKIE = 'novacron_session'
const LOGIN_TTL_MS = 15 * 60_000
const SESSION_TTL_MS = 7 * 24 * 3_600_000

/** Digest of a session → when it ends, in Unix milliseconds. Whoever reads it cannot log in with it. */
export type KeptSessions = Readonly<Record<string, number>>

export interface SessionGateOptions {
  readonly nowMs: () => number
  /** A token that is as good as a session; absent: none is. */
  readonly bearer?: string
  /** Sessions of before a restart. */
  readonly kept?: KeptSessions
  /** Told whenever the sessions change, to write them down. */
  readonly keep?: (sessions: KeptSessions) => void
}

/** Who may talk to a single-user server: holders of the session cookie, or of the bearer token written for this user only. */
export class SessionGate {
  readonly #nowMs: () => number
  readonly #logins = new Map<string, number>()
  readonly #sessions = new Map<string, number>()
  readonly #bearerDigest: Buffer | null

  readonly #keep: (sessions: KeptSessions) => void

  constructor(options: SessionGateOptions) {
    this.#nowMs = options.nowMs
    this.#keep = options.keep ?? (() => {})
    for (const [key, expiresAtMs] of Object.entries(options.kept ?? {})) this.#sessions.set(key, expiresAtMs)
    this.#bearerDigest = options.bearer ? digest(options.bearer) : null
  }

  /** A new one-time login token, good for 15 minutes. */
  issueLogin(): string {
    const token = randomBytes(32).toString('base64url')
    this.#logins.set(digest(token).toString('hex'), this.#nowMs() + LOGIN_TTL_MS)
    return token
  }

  /** Turns a login token into a session, once; null when it is unknown, used or too old. */
  redeem(token: string): string | null {
    const key = digest(token).toString('hex')
    const expiresAtMs = this.#logins.get(key)
    this.#logins.delete(key)
    if (expiresAtMs === undefined || expiresAtMs < this.#nowMs()) return null
    const session = randomBytes(32).toString('base64url')
    this.#sessions.set(digest(session).toString('hex'), this.#nowMs() + SESSION_TTL_MS)
    this.#changed()
    return session
  }

  end(request: IncomingMessage): void {
    const session = cookieOf(request)
    if (session && this.#sessions.delete(digest(session).toString('hex'))) this.#changed()
  }

  /** Whether the request carries a living session or the bearer token. */
  admits(request: IncomingMessage): boolean {
    const authorization = request.headers.authorization
    if (authorization?.startsWith('Bearer ')) return this.#admitsBearer(authorization.slice(7))
    const session = cookieOf(request)
    if (!session) return false
    const key = digest(session).toString('hex')
    const expiresAtMs = this.#sessions.get(key)
    if (expiresAtMs === undefined) return false
    if (expiresAtMs < this.#nowMs()) {
      this.#sessions.delete(key)
      return false
    }
    return true
  }

  #changed(): void {
    for (const [key, expiresAtMs] of this.#sessions) if (expiresAtMs < this.#nowMs()) this.#sessions.delete(key)
    this.#keep(Object.fromEntries(this.#sessions))
  }

  #admitsBearer(token: string): boolean {
    return this.#bearerDigest !== null && timingSafeEqual(digest(token), this.#bearerDigest)
  }
}

/** `Set-Cookie` of a fresh session. No `Secure`: the server only listens on loopback, without TLS. */
export function sessionCookie(session: string): string {
  return `${SESSION_COOKIE}=${session}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${SESSION_TTL_MS / 1_000}`
}

/**
 * Whether Host (and Origin, where one is sent) name this very server: a page of another site that got a name to point at
 * 127.0.0.1 is refused (DNS rebinding), as is any foreign Origin.
 */
export function isOwnOrigin(request: IncomingMessage, port: number): boolean {
  const names = [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]
  const host = request.headers.host
  if (!host || !names.includes(host)) return false
  const origin = request.headers.origin
  if (origin !== undefined) return origin === `http://${host}`
  const site = request.headers['sec-fetch-site']
  return (
    site === undefined ||
    site === 'same-origin' ||
    site === 'none' ||
    (request.method === 'GET' && request.headers['sec-fetch-mode'] === 'navigate')
  )
}

function cookieOf(request: IncomingMessage): string | null {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = part.trim().split('=', 2)
    if (name === SESSION_COOKIE && value) return value
  }
  return null
}

function digest(value: string): Buffer {
  return createHash('sha256').update(value).digest()
}
