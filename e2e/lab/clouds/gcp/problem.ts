/** The body of a refused request as Google's API servers write it. */
export class Problem extends Error {
  readonly status: number
  readonly reason: string
  readonly domain: string
  readonly rpcStatus: string | null
  readonly retryAfterS: number | null

  constructor(
    status: number,
    reason: string,
    message: string,
    more: { readonly domain?: string; readonly rpcStatus?: string; readonly retryAfterS?: number } = {},
  ) {
    super(message)
    this.status = status
    this.reason = reason
    this.domain = more.domain ?? 'global'
    this.rpcStatus = more.rpcStatus ?? null
    this.retryAfterS = more.retryAfterS ?? null
  }

  body(): object {
    const { status: code, message, domain, reason, rpcStatus } = this
    const where = reason === 'authError' ? { location: 'Authorization', locationType: 'header' } : {}
    return {
      error: { code, message, errors: [{ message, domain, reason, ...where }], ...(rpcStatus === null ? {} : { status: rpcStatus }) },
    }
  }
}

/** What the token endpoint says: RFC 6749, section 5.2. */
export class GrantProblem extends Error {
  readonly status: number
  readonly error: string

  constructor(status: number, error: string, description: string) {
    super(description)
    this.status = status
    this.error = error
  }
}

export const notFound = (path: string): Problem => new Problem(404, 'notFound', `The resource '${path}' was not found`)

export const forbidden = (permission: string, path: string): Problem =>
  new Problem(403, 'forbidden', `Required '${permission}' permission for '${path}'`)

/** Compute Engine says 403 for a rate, not 429, and means "wait". */
export const throttled = (retryAfterS?: number): Problem =>
  new Problem(403, 'rateLimitExceeded', "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute'.", {
    domain: 'usageLimits',
    ...(retryAfterS === undefined ? {} : { retryAfterS }),
  })

/** The other services say it the newer way. */
export const exhausted = (retryAfterS?: number): Problem =>
  new Problem(429, 'rateLimitExceeded', "Quota exceeded for quota metric 'Time series queries'.", {
    rpcStatus: 'RESOURCE_EXHAUSTED',
    ...(retryAfterS === undefined ? {} : { retryAfterS }),
  })

export const invalidCredentials = (): Problem =>
  new Problem(401, 'authError', 'Request had invalid authentication credentials. Expected OAuth 2 access token.', {
    rpcStatus: 'UNAUTHENTICATED',
  })

export const invalidValue = (field: string, value: string, why: string): Problem =>
  new Problem(400, 'invalid', `Invalid value for field '${field}': '${value}'. ${why}`)

export const notReady = (path: string): Problem => new Problem(400, 'resourceNotReady', `The resource '${path}' is not ready`)

export const invalidUse = (why: string): Problem => new Problem(400, 'invalidResourceUsage', `Invalid resource usage: '${why}'.`)
