import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { type WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import { AppError } from '../../shared/errors/index.ts'
import { answers, claimSocket } from './claim-socket.ts'
import { folderError } from './folder-error.ts'
import { pathOf, refuseUpgrade, surviveReset } from './sockets.ts'

/** What `endpoint.json` in the data folder says: how other programs of this user reach the running engine. */
const endpointSchema = z.object({ pid: z.number().int(), socket: z.string(), token: z.string(), face: z.string() })
export type Endpoint = z.infer<typeof endpointSchema>

const SOCKET_PATH_MAX = 100 // sun_path holds 108 bytes on Linux, 104 on macOS

export interface ControlServer {
  readonly endpoint: Endpoint
  close(): Promise<void>
}

export interface ControlOptions {
  readonly dataDirectory: string
  readonly face: string
  /** `path`: what it was opened for, such as `/ws`. */
  readonly onSocket: (socket: WebSocket, path: string) => void
  /** Answers `GET <path>` with a text, for the few things that are not in the contract (a new login link); null: not found. */
  readonly onRequest: (path: string) => Promise<string | null>
}

/**
 * A socket of this user's own, through which the command line reaches the engine. It also is the lock: a second engine on
 * the same data folder is refused with the pid of the first. Throws `conflict` instance.running, and errors of `folderError`
 * where the folder takes no files; nothing of it is left behind then.
 */
export async function startControl(options: ControlOptions): Promise<ControlServer> {
  const { dataDirectory } = options
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw folderError(cause, dataDirectory) ?? cause
  })
  const running = await findEndpoint(dataDirectory)
  if (running) throw alreadyRunning(running, dataDirectory)
  const token = randomBytes(32).toString('base64url')
  const { server, sockets } = createControlServer(options, token)
  const wanted = socketPath(dataDirectory)
  const socket = await claimSocket(server, wanted).catch((cause: unknown) => {
    throw folderError(cause, dirname(wanted)) ?? controlFailed(wanted, cause)
  })
  if (socket === null) throw alreadyRunning(await readEndpoint(dataDirectory), dataDirectory)
  const endpoint: Endpoint = { pid: process.pid, socket, token, face: options.face }
  const close = async (): Promise<void> => {
    try {
      // the names first: while it listens nobody else can take its place
      if ((await readEndpoint(dataDirectory))?.token === token) await rm(endpointFile(dataDirectory), { force: true })
      if (process.platform !== 'win32' && server.listening) await rm(socket, { force: true })
    } finally {
      for (const client of sockets.clients) client.terminate()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    }
  }
  try {
    await writeEndpoint(endpoint, dataDirectory)
  } catch (cause) {
    // else the process could not end, and another try would meet this one
    await close()
    throw folderError(cause, dataDirectory) ?? cause
  }
  return { endpoint, close }
}

function createControlServer(options: ControlOptions, token: string): { server: Server; sockets: WebSocketServer } {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 16 * 1024 * 1024, perMessageDeflate: false })
  const admitted = (request: IncomingMessage) => sameToken(request.headers.authorization, `Bearer ${token}`)
  const server = createServer((request, response) => {
    if (!admitted(request)) return void response.writeHead(401).end()
    options.onRequest(request.url ?? '/').then(
      (text) => response.writeHead(text === null ? 404 : 200, { 'content-type': 'text/plain' }).end(text ?? ''),
      () => response.writeHead(500).end(),
    )
    return undefined
  })
  server.on('upgrade', (request, socket, head) => {
    surviveReset(socket)
    if (!admitted(request)) return refuseUpgrade(socket)
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      // whoever takes it over may only come once the engine is open
      webSocket.on('error', () => webSocket.terminate())
      options.onSocket(webSocket, pathOf(request))
    })
    return undefined
  })
  return { server, sockets }
}

/** The engine that runs on this data folder, if one answers. A stale file (after a crash) counts as none. */
export async function findEndpoint(dataDirectory: string): Promise<Endpoint | null> {
  const endpoint = await readEndpoint(dataDirectory)
  return endpoint && (await answers(endpoint.socket)) ? endpoint : null
}

async function readEndpoint(dataDirectory: string): Promise<Endpoint | null> {
  try {
    return endpointSchema.parse(JSON.parse(await readFile(endpointFile(dataDirectory), 'utf8')))
  } catch {
    return null // no file, or half a file of a crashed writer: nobody to talk to
  }
}

async function writeEndpoint(endpoint: Endpoint, dataDirectory: string): Promise<void> {
  const file = endpointFile(dataDirectory)
  try {
    await writeFile(`${file}.new`, JSON.stringify(endpoint), { mode: 0o600 })
    await rename(`${file}.new`, file)
  } catch (thrown) {
    await rm(`${file}.new`, { force: true }).catch(() => {}) // half a file that nobody reads
    throw thrown
  }
}

function endpointFile(dataDirectory: string): string {
  return join(dataDirectory, 'endpoint.json')
}

function socketPath(dataDirectory: string): string {
  const name = createHash('sha256').update(dataDirectory).digest('hex').slice(0, 16)
  if (process.platform === 'win32') return `\\\\.\\pipe\\novacron-${userInfo().username}-${name}`
  const path = join(dataDirectory, 'control.sock')
  return Buffer.byteLength(path) <= SOCKET_PATH_MAX ? path : join(process.env.XDG_RUNTIME_DIR ?? tmpdir(), `novacron-${name}.sock`)
}

function sameToken(given: string | undefined, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return given !== undefined && timingSafeEqual(digest(given), digest(expected))
}

function controlFailed(path: string, cause: unknown): AppError {
  const message = `The control socket ${path} cannot be opened: ${cause instanceof Error ? cause.message : String(cause)}`
  return new AppError({ kind: 'conflict', code: 'instance.control-failed', message, cause })
}

/** `endpoint`: null while the other one has only just started. */
function alreadyRunning(endpoint: Endpoint | null, dataDirectory: string): AppError {
  const who = endpoint ? `A NovaCron (process ${endpoint.pid})` : 'Another NovaCron'
  return new AppError({
    kind: 'conflict',
    code: 'instance.running',
    message: `${who} already uses ${dataDirectory}. Use its window, run "novacron login-link" for a new link to it, or give this one another folder with --data.`,
    details: { pid: endpoint?.pid ?? null, dataDirectory },
  })
}
