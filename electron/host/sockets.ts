import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { toAppError } from '../../shared/errors/index.ts'
import { CONSOLE_FAILED, closeReason } from '../../shared/model/index.ts'
import type { Console } from './compose.ts'
import { coupleConsole } from './console-socket.ts'

/**
 * The first thing an upgrade handler does: Node hands the connection over without anybody who hears its errors, and a client
 * that resets it would end the process.
 */
export function surviveReset(connection: Duplex): void {
  connection.on('error', () => connection.destroy())
}

/** Answers 401 to a client that asked for a socket. */
export function refuseUpgrade(connection: Duplex): void {
  connection.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n')
}

const CONTRACT_PATH = '/ws'
/** Followed by the token that a console was opened with. */
const CONSOLE_PATH = '/console/'

/** What a socket is opened for, without the query. */
export function pathOf(request: IncomingMessage): string {
  return request.url?.split('?', 1)[0] ?? ''
}

export function isSocketPath(path: string): boolean {
  return path === CONTRACT_PATH || path.startsWith(CONSOLE_PATH)
}

type Accepting = Pick<Console, 'serving' | 'contextFor' | 'forgetClient' | 'takeConsole'>

/** Couples a socket with the console its path names, or gives it its own client id and lifetime and speaks the contract on it. */
export function acceptSocket(socket: WebSocket, path: string, console: Accepting, origin: string): void {
  socket.on('error', () => socket.terminate())
  if (path.startsWith(CONSOLE_PATH)) acceptConsole(socket, console, path.slice(CONSOLE_PATH.length))
  else acceptClient(socket, console, origin)
}

function acceptClient(socket: WebSocket, console: Accepting, origin: string): void {
  const clientId = randomUUID()
  const gone = new AbortController()
  socket.on('close', () => {
    gone.abort()
    console.forgetClient(clientId)
  })
  void console.serving.attachSocket(socket, console.contextFor(origin, clientId, gone.signal))
}

function acceptConsole(socket: WebSocket, console: Accepting, token: string): void {
  try {
    coupleConsole(console.takeConsole(token), socket)
  } catch (thrown) {
    socket.close(CONSOLE_FAILED, closeReason(toAppError(thrown)))
  }
}
