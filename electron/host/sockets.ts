import { randomUUID } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { toAppError } from '../../shared/errors/index.ts'
import type { Console } from './compose.ts'
import { CONSOLE_FAILED, coupleConsole } from './console-socket.ts'

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

/** Gives a socket its own client id and lifetime, and speaks the contract on it. */
export function acceptSocket(socket: WebSocket, console: Pick<Console, 'serving' | 'contextFor' | 'forgetClient'>, origin: string): void {
  const clientId = randomUUID()
  const gone = new AbortController()
  socket.on('error', () => socket.terminate())
  socket.on('close', () => {
    gone.abort()
    console.forgetClient(clientId)
  })
  void console.serving.attachSocket(socket, console.contextFor(origin, clientId, gone.signal))
}

/** Couples a socket with the console that was opened under that token. */
export function acceptConsole(socket: WebSocket, console: Pick<Console, 'takeConsole'>, token: string): void {
  try {
    void coupleConsole(console.takeConsole(token), socket)
  } catch (thrown) {
    socket.on('error', () => socket.terminate())
    socket.close(CONSOLE_FAILED, toAppError(thrown).code)
  }
}
