import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { type Fault, Faults } from '../faults.ts'
import { type BatchManner, batchAnswer, type PartAnswer, partsOf } from './batch.ts'
import { IMPORT_ROUTES } from './import-routes.ts'
import { INSTANCE_ROUTES } from './instance-routes.ts'
import { OTHER_ROUTES } from './other-routes.ts'
import { exhausted, forbidden, GrantProblem, invalidCredentials, Problem, throttled } from './problem.ts'
import type { Answer, Route } from './route.ts'
import { SERVICE_ROUTES } from './service-routes.ts'
import { STORAGE_ROUTES } from './storage-routes.ts'
import { type ServiceAccountKey, Tokens } from './tokens.ts'
import { GcpWorld, type WorldOptions } from './world.ts'

export type { BatchManner } from './batch.ts'
export type { ServiceAccountKey } from './tokens.ts'
export type { Machine } from './world.ts'
export type { GcpWorld }

export interface GcpCloud {
  /** Root of all its services, with a slash at the end. */
  readonly endpoint: string
  readonly tokenEndpoint: string
  readonly faults: Faults
  readonly world: GcpWorld
  readonly tokens: Tokens
  /** Key of a service account in the first project. */
  readonly key: ServiceAccountKey
  /** Hosts that were asked for anything, as the requests named them. */
  readonly hosts: ReadonlySet<string>
  /** What stood behind the question mark of each change, in the order of coming. */
  readonly queries: readonly URLSearchParams[]
  /** Calls that came in batches, whose faults are `compute.batch`: how many in each. Those inside have the faults of their own methods. */
  readonly batches: { manner: BatchManner; readonly sizes: readonly number[] }
  /** From now on every answer sends elsewhere. */
  redirectTo(url: string): void
  /** All connections break, and no new one is taken: the network is gone. */
  cut(): void
  stop(): Promise<void>
}

const ROUTES: readonly Route[] = [...INSTANCE_ROUTES, ...STORAGE_ROUTES, ...IMPORT_ROUTES, ...OTHER_ROUTES, ...SERVICE_ROUTES]
const TOKEN = 'oauth2.token'
const BATCH = 'compute.batch'
/** Shorter answers are not worth it. */
const GZIP_FROM = 1400

const squeeze = promisify(gzip)

/** A Google Cloud on loopback: Compute Engine, Monitoring, Resource Manager, Billing and the token endpoint under one address. */
export async function startGcpCloud(options: Partial<WorldOptions> = {}): Promise<GcpCloud> {
  const world = new GcpWorld({ machines: 40, projects: 2, seed: 1, transitionMs: 300, listLagMs: 0, pageLimit: 500, ...options })
  const faults = new Faults()
  const tokens = new Tokens()
  const hosts = new Set<string>()
  const queries: URLSearchParams[] = []
  const sizes: number[] = []
  const batches: GcpCloud['batches'] = { manner: 'orderly', sizes }
  let tokenEndpoint = ''
  let elsewhere: string | null = null
  const server = createServer((request, response) => {
    hosts.add(request.headers.host ?? '')
    serve(request, response).catch((cause: unknown) => {
      if (cause instanceof Problem || cause instanceof GrantProblem) refuse(response, cause)
      else response.destroy(cause as Error)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  tokenEndpoint = `${endpoint}token`
  world.fill(`${endpoint}compute/v1/`)

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', endpoint)
    const bytes = await bytesOf(request)
    const text = isText(request) ? bytes.toString() : ''
    if (elsewhere !== null) {
      response.writeHead(307, { location: elsewhere }).end()
      return
    }
    if (url.pathname === '/token') {
      const befallen = befall(faults.take(TOKEN, null), TOKEN, request)
      if (befallen.over) return
      const answer = tokens.grant(new URLSearchParams(text), tokenEndpoint)
      await answerAs(befallen, request, response, answer)
      return
    }
    if (request.method === 'POST' && url.pathname === '/batch/compute/v1') {
      await serveBatch(request, response, text)
      return
    }
    const { authorization } = request.headers
    const done = await perform({ method: request.method ?? 'GET', url, authorization, text, bytes }, request)
    if (done !== null) await answerAs(done.befallen, request, response, done.answer)
  }

  /** Null: nothing more is to be done. */
  async function perform({ method, url, authorization, text, bytes }: Asked, request: IncomingMessage): Promise<Done | null> {
    for (const route of ROUTES) {
      const found = route.method === method ? route.pattern.exec(decodeURI(url.pathname)) : null
      if (found === null) continue
      const params = found.groups ?? {}
      const project = params['project'] ?? null
      const befallen = befall(faults.take(route.id, project), route.id, request)
      if (befallen.over) return null
      const user = tokens.userOf(authorization)
      allow(route, project)
      const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
      if (method !== 'GET') queries.push(url.searchParams)
      const requestId = method === 'GET' ? null : url.searchParams.get('requestId')
      const before = world.operations.repeated(requestId)
      const answer =
        before?.body ?? (await route.handle({ world, params, query: url.searchParams, body, bytes, headers: request.headers, user }))
      return { befallen, answer }
    }
    throw new Problem(404, 'notFound', `Not Found: ${method} ${url.pathname}`)
  }

  /** Each of its calls as if it had come alone; what breaks one call's connection breaks that of all. */
  async function serveBatch(request: IncomingMessage, response: ServerResponse, text: string): Promise<void> {
    const befallen = befall(faults.take(BATCH, null), BATCH, request)
    if (befallen.over) return
    const { manner } = batches
    if (manner === 'absent') throw new Problem(404, 'notFound', 'Not Found')
    if (manner === 'plain') {
      await answerAs(befallen, request, response, { kind: 'nothing' })
      return
    }
    const parts = partsOf(request.headers['content-type'], text)
    sizes.push(parts.length)
    const answers: PartAnswer[] = []
    const all: Befallen[] = [befallen]
    for (const { contentId, method, target, headers, body } of parts) {
      const authorization = headers.get('authorization') ?? request.headers.authorization
      try {
        const done = await perform({ method, url: new URL(target, endpoint), authorization, text: body, bytes: Buffer.from(body) }, request)
        if (done === null) return
        all.push(done.befallen)
        answers.push({ contentId, status: 200, retryAfterS: null, body: textFor(done.answer) })
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem
        answers.push({ contentId, status: problem.status, retryAfterS: problem.retryAfterS, body: JSON.stringify(problem.body()) })
      }
    }
    const worst: Befallen = {
      over: false,
      delayMs: Math.max(...all.map(({ delayMs }) => delayMs)),
      loseReply: all.some(({ loseReply }) => loseReply),
      half: all.some(({ half }) => half),
    }
    const { contentType, text: whole } = batchAnswer(answers, manner)
    await answerAs(worst, request, response, { text: whole }, contentType)
  }

  function allow({ permission }: Route, project: string | null): void {
    if (project !== null && world.apiOff.has(project)) {
      const message = `Compute Engine API has not been used in project ${project} before or it is disabled.`
      throw new Problem(403, 'accessNotConfigured', message, { domain: 'usageLimits', rpcStatus: 'PERMISSION_DENIED' })
    }
    if (permission === null) return
    if (world.denied.has(permission) || world.denied.has(`${project}:${permission}`)) throw forbidden(permission, `projects/${project}`)
    const known = project === null || world.projects.includes(project) || project.endsWith('-cloud')
    if (!known) throw forbidden(permission, `projects/${project}`)
  }

  return {
    endpoint,
    tokenEndpoint,
    faults,
    world,
    tokens,
    hosts,
    queries,
    batches,
    redirectTo: (url) => {
      elsewhere = url
    },
    key: tokens.serviceAccount(world.projects[0] as string, 'https://oauth2.googleapis.com/token'),
    cut: () => {
      server.close()
      server.closeAllConnections()
    },
    stop: async () => {
      world.operations.stop()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/** One call, by itself or of a batch. */
interface Asked {
  readonly method: string
  readonly url: URL
  readonly authorization: string | undefined
  /** Empty: it is no text. */
  readonly text: string
  readonly bytes: Buffer
}

interface Done {
  readonly befallen: Befallen
  readonly answer: Answer
}

interface Befallen {
  /** Nothing more is to be done: it was answered, or never will be. */
  readonly over: boolean
  /** It is done at once; the answer takes so long. */
  readonly delayMs: number
  readonly loseReply: boolean
  readonly half: boolean
}

const JSON_TYPE = 'application/json; charset=UTF-8'

async function answerAs(
  befallen: Befallen,
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  type = JSON_TYPE,
): Promise<void> {
  if (befallen.delayMs > 0) await later(befallen.delayMs, response)
  if (befallen.loseReply) request.socket.destroy()
  else if (!response.destroyed) await write(request, response, { text: textFor(answer), type, half: befallen.half })
}

/** Ends early when nobody waits for the answer any more. */
async function later(ms: number, response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms)
    response.on('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

function befall(fault: Fault | null, operation: string, request: IncomingMessage): Befallen {
  const carryOn: Befallen = { over: false, delayMs: 0, loseReply: fault?.do === 'lose-reply', half: fault?.do === 'half-reply' }
  switch (fault?.do) {
    case undefined:
    case 'lose-reply':
    case 'half-reply':
      return carryOn
    case 'throttle':
      throw operation.startsWith('compute.') ? throttled(fault.retryAfterS) : exhausted(fault.retryAfterS)
    case 'deny':
      throw forbidden(operation, new URL(request.url ?? '/', 'http://loopback').pathname.replace(/^\/compute\/v1\//, ''))
    case 'revoke':
      throw operation === TOKEN ? new GrantProblem(400, 'invalid_grant', 'Invalid JWT Signature.') : invalidCredentials()
    case 'error':
      throw new Problem(fault.status, fault.code, fault.message)
    case 'delay':
      return { ...carryOn, delayMs: fault.ms }
    case 'hang':
      return { ...carryOn, over: true }
    case 'reset':
      request.socket.resetAndDestroy()
      return { ...carryOn, over: true }
  }
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

function isText({ headers }: IncomingMessage): boolean {
  return headers['content-type'] !== 'application/octet-stream'
}

function refuse(response: ServerResponse, problem: Problem | GrantProblem): void {
  if (response.headersSent) return void response.destroy()
  const retryAfterS = problem instanceof Problem ? problem.retryAfterS : null
  const headers = {
    'content-type': JSON_TYPE,
    ...(retryAfterS === null ? {} : { 'retry-after': String(retryAfterS) }),
  }
  const body = problem instanceof Problem ? problem.body() : { error: problem.error, error_description: problem.message }
  response.writeHead(problem.status, headers).end(JSON.stringify(body))
}

const textFor = (answer: Answer): string => ('text' in answer && typeof answer.text === 'string' ? answer.text : JSON.stringify(answer))

interface Written {
  readonly text: string
  readonly type: string
  readonly half: boolean
}

async function write(request: IncomingMessage, response: ServerResponse, { text, type, half }: Written): Promise<void> {
  const headers = { 'content-type': type, 'cache-control': 'private', vary: 'Origin, X-Origin, Referer' }
  if (half) {
    const bytes = Buffer.from(text)
    response.writeHead(200, { ...headers, 'content-length': bytes.length })
    response.write(bytes.subarray(0, bytes.length / 2), () => request.socket.destroy())
    return
  }
  const zipped = text.length >= GZIP_FROM && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
  const bytes = zipped ? await squeeze(text, { level: 1 }) : Buffer.from(text)
  response.writeHead(200, { ...headers, ...(zipped ? { 'content-encoding': 'gzip' } : {}), 'content-length': bytes.length }).end(bytes)
}
