import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Fault } from '../faults.ts'
import { accountRoutes } from './account-routes.ts'
import type { Desk, Found } from './answering.ts'
import { createRoutes } from './create-routes.ts'
import { diskRoutes } from './disk-routes.ts'
import { galleryRoutes } from './gallery-routes.ts'
import { machineRoutes } from './machine-routes.ts'
import { monitorRoutes } from './monitor-routes.ts'
import { ArmError } from './parts.ts'
import { costRoutes, retailPrices } from './price-routes.ts'
import { resourceRoutes } from './resource-routes.ts'
import { scheduleRoutes } from './schedule-routes.ts'
import { refused, type Tokens } from './tokens.ts'
import { type ArmReply, type ArmRequest, errorBody, type Json, type Route, type WireSettings } from './wire.ts'
import type { AzureWorld } from './world.ts'

const ROUTES = [
  ...machineRoutes,
  ...createRoutes,
  ...accountRoutes,
  ...resourceRoutes,
  ...monitorRoutes,
  ...costRoutes,
  ...scheduleRoutes,
  ...galleryRoutes,
  ...diskRoutes,
].map((route) => {
  const pattern = route.path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')
  return { route, pattern: new RegExp(`^/${pattern}/?$`, 'i') }
})

/** A screen of 64 by 48 pixels, black but for a line: a bitmap of 24 bits, as boot diagnostics have it. */
const SCREEN = screen(64, 48)

/** Takes every request of the loopback Azure but those for the bytes of disks: who asks, what befalls it, what is answered. */
export class Doorman implements Desk {
  leaks = 0
  readonly #world: AzureWorld
  readonly #tokens: Tokens
  readonly #settings: WireSettings

  constructor(world: AzureWorld, tokens: Tokens, settings: WireSettings) {
    this.#world = world
    this.#tokens = tokens
    this.#settings = settings
  }

  find(request: IncomingMessage, url: URL, bytes: Buffer): Found {
    const body = bytes.toString('utf8')
    const path = url.pathname
    const login = /^\/([^/]+)\/(?:v2\.0\/)?(\.well-known\/openid-configuration|oauth2\/v2\.0\/token)$/.exec(path)
    if (login !== null) return this.#login(login[1] as string, login[2] === 'oauth2/v2.0/token', body)
    if (path === '/common/discovery/instance') return open('Discovery', () => ({ status: 200, body: this.#discovery() }))
    if (path === '/api/retail/prices')
      return open('RetailPrices', () => ({ status: 200, body: retailPrices(this.#world, url, this.#settings.origin) }))
    if (path.startsWith('/bootdiagnostics/')) return open('Blob_Get', () => this.#blob(request, path))
    for (const { route, pattern } of ROUTES) {
      const match = route.method === request.method ? pattern.exec(path) : null
      if (match !== null) return this.#arm(route, match.groups ?? {}, request, url, body)
    }
    return open('Unknown', () => {
      throw new ArmError(404, 'InvalidResourceType', `The resource type could not be found for ${request.method} ${path}.`)
    })
  }

  #arm(route: Route, named: Readonly<Record<string, string>>, request: IncomingMessage, url: URL, body: string): Found {
    const params = Object.fromEntries(Object.entries(named).map(([key, value]) => [key, decodeURIComponent(value)]))
    const subscription = params['subscription']?.toLowerCase() ?? null
    if (subscription !== null) params['subscription'] = subscription
    const answer = () => {
      this.#admit(request.headers.authorization)
      if (url.searchParams.get('api-version') === null) {
        throw new ArmError(
          400,
          'MissingApiVersionParameter',
          'The api-version query parameter (?api-version=) is required for all requests.',
        )
      }
      if (subscription !== null && !this.#world.subscriptions.includes(subscription)) {
        throw new ArmError(404, 'SubscriptionNotFound', `The subscription '${subscription}' could not be found.`)
      }
      const whole: ArmRequest = {
        method: route.method,
        url,
        params,
        body: parse(body),
        ifNoneMatch: request.headers['if-none-match'],
        world: this.#world,
        settings: this.#settings,
      }
      return request.method === 'GET' || params['group'] === undefined ? route.handle(whole) : this.#logged(request, whole, route)
    }
    return { operation: route.operation, place: subscription, isToken: false, action: route.action, answer }
  }

  /** A change, which the activity log then tells of. */
  #logged(request: IncomingMessage, whole: ArmRequest, route: Route): ArmReply {
    const header = (name: string) => request.headers[name]?.toString() ?? randomUUID()
    const line = {
      atMs: Date.now(),
      resourceId: whole.url.pathname.split('/').slice(0, 9).join('/'),
      action: route.action ?? '',
      clientRequestId: header('x-ms-client-request-id'),
      correlationId: header('x-ms-correlation-request-id'),
    }
    try {
      const reply = route.handle(whole)
      this.#world.activities.push({ ...line, status: 'Accepted', httpStatus: reply.status })
      return reply
    } catch (error) {
      if (error instanceof ArmError) this.#world.activities.push({ ...line, status: 'Failed', httpStatus: error.status })
      throw error
    }
  }

  #admit(authorization: string | undefined): void {
    const judgement = this.#tokens.judge(authorization)
    if (judgement === 'missing')
      throw new ArmError(401, 'AuthenticationFailed', "Authentication failed. The 'Authorization' header is missing.")
    if (judgement === 'invalid') throw new ArmError(401, 'InvalidAuthenticationToken', 'The access token is invalid.')
    if (judgement === 'expired') {
      throw new ArmError(401, 'ExpiredAuthenticationToken', 'The access token expiry UTC time is earlier than current UTC time.')
    }
  }

  #login(tenant: string, isToken: boolean, body: string): Found {
    const { origin } = this.#settings
    const answer = (): ArmReply => {
      if (isToken) return this.#tokens.grant(tenant, new URLSearchParams(body))
      if (tenant.toLowerCase() !== this.#tokens.tenantId) return this.#tokens.unknownTenant(tenant)
      const at = `${origin}/${tenant}`
      return {
        status: 200,
        body: JSON.stringify({
          token_endpoint: `${at}/oauth2/v2.0/token`,
          token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
          jwks_uri: `${at}/discovery/v2.0/keys`,
          issuer: `${at}/v2.0`,
          authorization_endpoint: `${at}/oauth2/v2.0/authorize`,
          end_session_endpoint: `${at}/oauth2/v2.0/logout`,
          tenant_region_scope: 'EU',
        }),
      }
    }
    return { operation: isToken ? 'Token' : 'OpenIdConfiguration', place: null, isToken, action: null, answer }
  }

  #discovery(): string {
    const { host } = new URL(this.#settings.origin)
    const tenant = `${this.#settings.origin}/${this.#tokens.tenantId}/v2.0/.well-known/openid-configuration`
    return JSON.stringify({
      tenant_discovery_endpoint: tenant,
      'api-version': '1.1',
      metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
    })
  }

  /** Blobs are opened by the signature in their link: a token beside it is refused. */
  #blob(request: IncomingMessage, path: string): ArmReply {
    if (request.headers.authorization !== undefined) {
      this.leaks += 1
      throw new ArmError(403, 'AuthenticationFailed', 'Server failed to authenticate the request.')
    }
    const vm = [...this.#world.machines.values()].find(({ vmId }) => path.startsWith(`/bootdiagnostics/${vmId}/`))
    if (vm === undefined) throw new ArmError(404, 'BlobNotFound', 'The specified blob does not exist.')
    if (path.endsWith('.log')) {
      return { status: 200, body: `[    0.000000] Linux version 6.8.0\n${vm.name} login: `, headers: { 'Content-Type': 'text/plain' } }
    }
    return { status: 200, body: SCREEN, headers: { 'Content-Type': 'image/bmp' } }
  }

  /** The answer that a fault gives in the place of the right one; null: it gives none. */
  misfortune(fault: Fault, found: Found): ArmReply | null {
    if (fault.do === 'throttle') {
      const details = [
        { code: 'TooManyRequests', target: 'HighCostGet30Min', message: '{"operationGroup":"HighCostGet30Min","allowedRequestCount":900}' },
      ]
      const words = 'The server rejected the request because too many requests have been received for this subscription.'
      const headers = { 'Retry-After': String(fault.retryAfterS ?? 1) }
      return { status: 429, body: errorBody('OperationNotAllowed', words, { details }), headers }
    }
    if (fault.do === 'deny') {
      const scope = found.place === null ? '/' : `/subscriptions/${found.place}`
      const words = `The client '6a6f' with object id '6a6f' does not have authorization to perform action '${found.action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`
      return this.refuse(new ArmError(403, 'AuthorizationFailed', words))
    }
    if (fault.do === 'revoke') {
      if (found.isToken) return refused(401, 'invalid_client', 7000222, 'The provided client secret keys for app are expired.')
      return this.refuse(new ArmError(401, 'InvalidAuthenticationToken', 'The access token has been revoked.'))
    }
    return fault.do === 'error' ? this.refuse(new ArmError(fault.status, fault.code, fault.message)) : null
  }

  refuse({ status, code, message }: ArmError): ArmReply {
    const challenge = `Bearer authorization_uri="${this.#settings.origin}/${this.#tokens.tenantId}", error="invalid_token", error_description="${message}"`
    return {
      status,
      body: errorBody(code, message),
      headers: { 'x-ms-failure-cause': 'gateway', ...(status === 401 ? { 'WWW-Authenticate': challenge } : {}) },
    }
  }
}

function open(operation: string, answer: () => ArmReply): Found {
  return { operation, place: null, isToken: false, action: null, answer }
}

function parse(body: string): Json {
  if (body === '') return undefined
  try {
    return JSON.parse(body) as Json
  } catch {
    throw new ArmError(400, 'InvalidRequestContent', 'The request content was invalid and could not be deserialized.')
  }
}

function screen(width: number, height: number): Buffer {
  const bytes = Buffer.alloc(54 + width * height * 3)
  bytes.write('BM')
  bytes.writeUInt32LE(bytes.length, 2)
  bytes.writeUInt32LE(54, 10)
  bytes.writeUInt32LE(40, 14)
  bytes.writeInt32LE(width, 18)
  bytes.writeInt32LE(height, 22)
  bytes.writeUInt16LE(1, 26)
  bytes.writeUInt16LE(24, 28)
  return bytes.fill(0xc0, bytes.length - width * 3)
}
