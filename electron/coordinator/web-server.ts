import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Duplex } from 'node:stream'
import fastifyStatic from '@fastify/static'
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { type WebSocket, WebSocketServer } from 'ws'
import { AppError } from '../../shared/errors/index.ts'
import { PAGE_HEADERS } from '../api/page-policy.ts'
import { MAX_BODY_BYTES } from '../api/serve.ts'
import type { Console } from '../host/compose.ts'
import { downloadResponse } from '../host/download-response.ts'
import { acceptSocket, isSocketPath, pathOf, refuseUpgrade, surviveReset } from '../host/sockets.ts'
import { DOCS_CSP, docsInitializer, docsPage, lockedPage, redirectPage } from './pages.ts'
import { isOwnOrigin, type SessionGate, sessionCookie } from './session.ts'

export interface WebServerOptions {
  readonly port: number
  /** Folder of the built page. */
  readonly pageDirectory: string
  readonly gate: SessionGate
  readonly console: Pick<Console, 'serving' | 'contextFor' | 'forgetClient' | 'takeConsole' | 'findDownload'>
  readonly openApi: () => Promise<Record<string, unknown>>
}

export interface WebServer {
  readonly port: number
  close(): Promise<void>
}

/** The single-user face: loopback only, Host and Origin checked, nothing but the login answered without a session. */
export async function startWebServer(options: WebServerOptions): Promise<WebServer> {
  const app = Fastify({ logger: false, forceCloseConnections: true, bodyLimit: MAX_BODY_BYTES })
  let port = options.port
  // bodies are read by the contract's own handler, which parses them against the schema
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_BODY_BYTES, perMessageDeflate: false })
  /** How each socket came in: what it may is the session's, and ends with it. */
  const upgrades = new WeakMap<WebSocket, IncomingMessage>()
  guard(app, options, () => port)
  loginRoutes(app, options, () => {
    for (const client of sockets.clients) {
      const upgrade = upgrades.get(client)
      if (!upgrade || !options.gate.admits(upgrade)) client.close(1008, 'Logged out.')
    }
  })
  apiRoutes(app, options)
  downloadRoute(app, options)
  // every file but the page itself carries a hash of its content in its name
  await app.register(fastifyStatic, {
    root: join(options.pageDirectory, 'assets'),
    prefix: '/assets/',
    index: false,
    immutable: true,
    maxAge: '1y',
  })
  const page = await readFile(join(options.pageDirectory, 'index.html'))
  const sendPage = (reply: FastifyReply): FastifyReply =>
    reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(page)
  app.get('/*', (_request, reply) => sendPage(reply))
  app.get('/', (_request, reply) => sendPage(reply))
  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    surviveReset(socket)
    const path = pathOf(request)
    const admitted = isOwnOrigin(request, port) && options.gate.admits(request) && isSocketPath(path)
    if (!admitted) return refuseUpgrade(socket)
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      upgrades.set(webSocket, request)
      acceptSocket(webSocket, path, options.console, 'page')
    })
    return undefined
  })
  try {
    await app.listen({ host: '127.0.0.1', port: options.port })
  } catch (cause) {
    throw listenError(cause, options.port)
  }
  port = (app.server.address() as { port: number }).port
  return {
    port,
    close: async () => {
      for (const client of sockets.clients) client.close(1001, 'The console stops.')
      await app.close()
    },
  }
}

function guard(app: FastifyInstance, options: WebServerOptions, port: () => number): void {
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(PAGE_HEADERS)
    if (!isOwnOrigin(request.raw, port())) {
      return reply.code(403).type('text/plain').send('This address only answers to its own page.')
    }
    const path = request.url.split('?', 1)[0]
    if (path === '/login') return undefined
    if (options.gate.admits(request.raw)) return undefined
    const wantsPage = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html')
    return reply
      .code(401)
      .type(wantsPage ? 'text/html; charset=utf-8' : 'text/plain')
      .send(wantsPage ? lockedPage() : 'Log in first.')
  })
}

function loginRoutes(app: FastifyInstance, options: WebServerOptions, onLogout: () => void): void {
  app.get('/login', async (request, reply) => {
    const token = (request.query as { token?: unknown }).token
    const session = typeof token === 'string' ? options.gate.redeem(token) : null
    void reply.type('text/html; charset=utf-8').header('cache-control', 'no-store')
    if (!session) return options.gate.admits(request.raw) ? reply.send(redirectPage()) : reply.code(401).send(lockedPage())
    // a page rather than a redirect: a Strict cookie is not sent on a redirect that another site has started
    return reply.header('set-cookie', sessionCookie(session)).send(redirectPage())
  })
  app.post('/logout', async (request, reply) => {
    options.gate.end(request.raw)
    onLogout()
    return reply.header('set-cookie', `${sessionCookie('gone')}; Max-Age=0`).send('Logged out.')
  })
}

function apiRoutes(app: FastifyInstance, options: WebServerOptions): void {
  app.get('/api/openapi.json', async (_request, reply) => reply.send(await options.openApi()))
  app.get('/api/docs', async (_request, reply) =>
    reply.type('text/html; charset=utf-8').header('content-security-policy', DOCS_CSP).send(docsPage()),
  )
  app.get('/api/docs/start.js', async (_request, reply) => reply.type('text/javascript').send(docsInitializer()))
  const swagger = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
  void app.register(fastifyStatic, { root: swagger, prefix: '/api/docs/ui/', decorateReply: false, index: false })
  app.all('/api/*', async (request, reply) => {
    reply.hijack()
    const gone = new AbortController()
    const clientId = randomUUID()
    reply.raw.on('close', () => {
      gone.abort()
      options.console.forgetClient(clientId)
    })
    for (const [name, value] of Object.entries(PAGE_HEADERS)) reply.raw.setHeader(name, value)
    const context = options.console.contextFor('api', clientId, gone.signal)
    const { matched } = await options.console.serving.http.handle(request.raw, reply.raw, { prefix: '/api', context })
    if (!matched)
      reply.raw.writeHead(404, { 'content-type': 'application/json' }).end('{"code":"method.unknown","message":"There is no such method."}')
  })
}

/** What is saved, in parts where it can be, behind the session as everything else. */
function downloadRoute(app: FastifyInstance, { console }: WebServerOptions): void {
  app.route({
    method: ['GET', 'HEAD'],
    url: '/download/*',
    handler: async (request, reply) => {
      const gone = new AbortController()
      reply.raw.once('close', () => gone.abort())
      const asked = {
        isHead: request.method === 'HEAD',
        header: (name: string) => String(request.headers[name] ?? '') || undefined,
        signal: gone.signal,
      }
      const answer = await downloadResponse(new URL(request.url, 'http://127.0.0.1'), asked, console)
      if (!answer) return reply.code(404).type('text/plain').send('There is no such file any more.')
      return reply
        .code(answer.status)
        .headers({ ...answer.headers })
        .send(answer.body)
    },
  })
}

function listenError(cause: unknown, port: number): unknown {
  const code = (cause as { code?: string }).code
  if (code === 'EADDRINUSE') {
    return new AppError({
      kind: 'conflict',
      code: 'server.port-taken',
      message: `Port ${port} is taken by another program. Choose another one with --port N, or --port 0 for any free one.`,
      details: { port },
      cause,
    })
  }
  if (code === 'EACCES') {
    return new AppError({
      kind: 'forbidden',
      code: 'server.port-forbidden',
      message: `Port ${port} needs more rights. Choose one above 1023.`,
      cause,
    })
  }
  return cause
}
